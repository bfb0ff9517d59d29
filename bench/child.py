"""python -m bench.child STEP: one step of a run, in the database and the directory that the parent made."""

import importlib
import sys

import django
from django.utils import translation


def main(step: str) -> None:
    django.setup()
    module = "bench.dataset" if step in ("files", "city") else f"bench.{step}"
    with translation.override("zh-hans"):
        act = getattr(importlib.import_module(module), step if module == "bench.dataset" else "main")
        act()


if __name__ == "__main__":
    main(sys.argv[1])
