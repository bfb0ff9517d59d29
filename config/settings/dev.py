"""One machine, no service: SQLite, jobs in the serving process."""

from config.settings.base import *  # noqa: F403
from config.settings.base import DATA_DIR, STATIC_ROOT

# Empty: files are found where they lie. WhiteNoise wants the folder all the same.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)


def _own_secret() -> str:
    """A secret of this installation, made once and kept beside its data."""
    from django.core.management.utils import get_random_secret_key

    path = DATA_DIR / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(get_random_secret_key())
    return path.read_text()


SECRET_KEY = SECRET_KEY or _own_secret()  # noqa: F405
WHITENOISE_USE_FINDERS = True
