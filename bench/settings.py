"""As in production, on a database of the benchmark's own."""

from config.settings.base import *  # noqa: F403
from config.settings.base import BASE_DIR, TEMPLATES

DEBUG = False
SECRET_KEY = "only-for-benchmarks"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.urls"
TEMPLATES[0]["DIRS"].append(BASE_DIR / "bench" / "templates")
WHITENOISE_USE_FINDERS = True
# Jobs are not what is measured; nobody works in the background.
JOBS_EMBEDDED = False
LOGGING = {"version": 1, "disable_existing_loggers": True}
