"""Every check that is not a test, one after the other; all are run, whatever the first ones say.

python -m tools.lint          check
python -m tools.lint --fix    lay out code and templates, and correct what can be corrected safely
"""

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent

# check --deploy reads the settings of a production installation; it connects to nothing.
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": secrets.token_urlsafe(60),
    "DATABASE_URL": "postgres://beacon@database.invalid/beacon",
    "REDIS_URL": "redis://redis.invalid/0",
    "ALLOWED_HOSTS": "beacon.invalid",
    "LOG_LEVEL": "WARNING",
}
TEST = {"DJANGO_SETTINGS_MODULE": "config.settings.test"}


def main(words: list[str]) -> int:
    templates = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "templates").rglob("*.html"))]
    ruff, djhtml, djade = ([str(PROGRAMS / name)] for name in ("ruff", "djhtml", "djade"))
    djhtml += ["--tabwidth", "2"]
    djade += ["--target-version", "5.2"]
    if words == ["--fix"]:
        for command in (
            [*ruff, "check", "--fix", "."],
            [*ruff, "format", "."],
            djhtml + templates,
            djade + templates,
        ):
            subprocess.call(command, cwd=ROOT)
        return 0
    manage = [sys.executable, "manage.py"]
    steps: list[tuple[str, list[str], dict[str, str]]] = [
        ("ruff check", [*ruff, "check", "--quiet", "."], {}),
        ("ruff format", [*ruff, "format", "--check", "--quiet", "."], {}),
        ("mypy", [str(PROGRAMS / "mypy")], TEST),
        ("layers", [str(PROGRAMS / "lint-imports"), "--no-cache"], {}),
        ("djhtml", [*djhtml, "--check", *templates], {}),
        ("djade", [*djade, "--check", *templates], {}),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], TEST),
        ("deployment", [*manage, "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
        ("messages", [sys.executable, "tools/messages.py", "check"], {}),
        ("vendored", [sys.executable, "-m", "tools.vendor_assets", "check"], {}),
    ]
    failed = [name for name, command, environment in steps if not passes(name, command, environment)]
    print(
        f"lint: {len(steps) - len(failed)} of {len(steps)} pass"
        + "".join(f"\nlint: {name} fails" for name in failed)
    )
    return 1 if failed else 0


def passes(name: str, command: list[str], environment: dict[str, str]) -> bool:
    """Run one step; its output is shown only where it fails."""
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    print(
        f"{name}: {'passes' if done.returncode == 0 else 'FAILS'} ({time.monotonic() - began:.0f} s)",
        flush=True,
    )
    if done.returncode:
        print(done.stdout, flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
