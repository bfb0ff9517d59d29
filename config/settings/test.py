"""Fast, alone, on SQLite unless DATABASE_URL names another engine."""

import atexit
import os
import shutil
import tempfile

if "DATA_DIR" not in os.environ:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="beacon-test-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

from config.settings.base import *  # noqa: F403
from config.settings.base import DATA_DIR, DATABASES, SQLITE_OPTIONS, STATIC_ROOT

STATIC_ROOT.mkdir(parents=True, exist_ok=True)
SECRET_KEY = "only-for-tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
AXES_ENABLED = False

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, as in an installation: threads and worker processes meet the same locks. Nobody reads it after a crash.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = SQLITE_OPTIONS["init_command"].replace(
        "synchronous=FULL", "synchronous=OFF"
    )
else:
    DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"
CLOCK = "process"  # tests freeze time
