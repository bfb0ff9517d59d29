"""Settings of the worker processes that tests start: the test's own database, a kind of job that takes its time."""

from config.settings.test import *  # noqa: F403

CELERY_IMPORTS = ["tests.services.slow_jobs", "tests.services.pausing"]
