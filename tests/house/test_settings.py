"""Production starts only when it is safe to."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import lint

ROOT = Path(__file__).resolve().parents[2]


def run(*words: str, **changed: str | None) -> subprocess.CompletedProcess[str]:
    """Python with a production environment, some variables changed (None: not given)."""
    environment = {**os.environ, **lint.PRODUCTION, **changed}
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={name: value for name, value in environment.items() if value is not None},
        capture_output=True,
        text=True,
        check=False,
    )


DEPLOYMENT_CHECK = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]


@pytest.mark.slow
def test_the_deployment_check_finds_nothing():
    done = run(*DEPLOYMENT_CHECK)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_weak_secret_is_told():
    assert "security.W009" in run(*DEPLOYMENT_CHECK, SECRET_KEY="short").stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS"])
def test_production_does_not_start_without(name: str):
    done = run("-c", "import config.settings.production", **{name: None})
    assert done.returncode != 0
    assert f"{name} must be set" in done.stderr
