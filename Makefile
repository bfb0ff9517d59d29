# Each target is one line over bootstrap.py, which needs only Python 3.11.
# Where there is no make: python3 bootstrap.py demo | test | bench | lint | …
PYTHON ?= python3
ARGS ?=
ifdef PORT
export PORT
endif
ifdef DATA_DIR
export DATA_DIR
endif

.PHONY: help env demo serve test bench lint format messages

help:
	@$(PYTHON) bootstrap.py || true

env demo serve test bench lint format messages:
	@$(PYTHON) bootstrap.py $@ $(ARGS)
