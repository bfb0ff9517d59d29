"""What every installation shares. dev, test and production say what differs."""

from pathlib import Path
from typing import Any

import dj_database_url
from django.utils.translation import gettext_lazy as _

from config import env

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).resolve()

SECRET_KEY = env.text("SECRET_KEY", "")
DEBUG = False
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "guardian",
    "axes",
    "django_htmx",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "foundation",
    "organisation",
    "projects",
    "monitoring",
    "reviews",
    "rectification",
    "dashboards",
    "demo",
]

# The reverse proxies of our own that stand before us; 0 where people reach this process directly.
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)

MIDDLEWARE = [
    "foundation.proxies.TrustedProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "foundation.middleware.RequestContextMiddleware",
    "foundation.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "organisation.context_processors.person",
            ],
            "builtins": ["foundation.templatetags.figures"],
        },
    }
]

SQLITE_OPTIONS: dict[str, Any] = {
    # IMMEDIATE: a transaction that will write takes the lock at once instead of failing half-way.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA mmap_size=134217728;"
        "PRAGMA cache_size=-20000;PRAGMA journal_size_limit=67108864;"
    ),
}


def database(url: str) -> dict[str, Any]:
    """Django's database entry for a URL, with the options each engine needs."""
    entry: dict[str, Any] = dict(dj_database_url.parse(url))
    entry["ATOMIC_REQUESTS"] = False
    if "sqlite" in entry["ENGINE"]:
        entry["OPTIONS"] = {**entry.get("OPTIONS", {}), **SQLITE_OPTIONS}
    else:
        entry["CONN_MAX_AGE"] = 600
        entry["CONN_HEALTH_CHECKS"] = True
        entry["OPTIONS"] = {
            **entry.get("OPTIONS", {}),
            "options": "-c lock_timeout=5s -c idle_in_transaction_session_timeout=60s",
        }
    return entry


DATABASES = {"default": database(env.text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'beacon.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "organisation.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "my_work"
LOGOUT_REDIRECT_URL = "sign_in"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 10 / 60  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"

CSRF_COOKIE_HTTPONLY = True  # pages carry the token in a meta element
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
MEDIA_ROOT = DATA_DIR / "files"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
UPLOAD_LIMIT_BYTES = env.number("UPLOAD_LIMIT_MB", 10, least=1) * 1024 * 1024
FIXTURE_DIRS = [BASE_DIR / "fixtures"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "foundation.api_session.PageSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "foundation.api_schema.ApiSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "foundation.problems.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,
}
# What one person may write through the API in a minute (foundation.api.WriteThrottle).
API_WRITES_PER_MINUTE = env.number("API_WRITES_PER_MINUTE", 120, least=1)
SPECTACULAR_SETTINGS = {
    "TITLE": "Beacon 灯塔 API",
    "DESCRIPTION": "Budget performance operation monitoring (预算绩效运行监控).",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # They show nobody's data, yet what an intranet offers is told to its own people only.
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "LightEnum": "monitoring.choices.Light",
        "LevelResultEnum": "monitoring.choices.LevelResult",
        "StageEnum": "monitoring.stages.Stage",
        "CycleStateEnum": "monitoring.stages.CycleState",
        "CellSourceEnum": "monitoring.stages.CellSource",
        "NodeLevelEnum": "monitoring.stages.NodeLevel",
        "JobStateEnum": "foundation.models.JobState",
        "NodeKindEnum": "organisation.roles.NodeKind",
        "ProjectKindEnum": "projects.choices.ProjectKind",
        "AdjustmentKindEnum": "projects.choices.AdjustmentKind",
        "FundSourceEnum": "projects.choices.FundSource",
        "TaskStateEnum": "rectification.choices.TaskState",
        "ReplyStateEnum": "rectification.choices.ReplyState",
        "FundActionKindEnum": "rectification.choices.FundActionKind",
        "FindingSourceEnum": "rectification.choices.FindingSource",
    },
}

# Where no broker is named, jobs run in this very process (docs/decisions/0003-database-is-the-queue.md).
REDIS_URL = env.text("REDIS_URL", "")
JOBS_EMBEDDED = not REDIS_URL
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
# How long a person's click waits for a broker that does not answer; the sweep finds the job anyway.
BROKER_WAIT_SECONDS = 2
JOB_LEASE_SECONDS = env.number("JOB_LEASE_SECONDS", 120, least=2)

# `manage.py serve`
SERVE_ADDRESS = env.text("SERVE_ADDRESS", "127.0.0.1")
SERVE_PORT = env.number("PORT", 8000)
SERVE_THREADS = env.number("SERVE_THREADS", 8, least=1)

METRICS_ALLOW = env.words("METRICS_ALLOW", "127.0.0.1,::1")
PROMETHEUS_MULTIPROC_DIR = env.text("PROMETHEUS_MULTIPROC_DIR", "")

# Where false, a start with the demo's well-known accounts is refused.
DEMO_ACCOUNTS_ALLOWED = True
DEMO_PASSWORD = env.text("DEMO_PASSWORD", "lighthouse-370782")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {"axes": {"level": "WARNING"}},
}
