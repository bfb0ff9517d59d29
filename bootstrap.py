#!/usr/bin/env python3
"""Make the environment, then do what was asked. Needs Python 3.11 and nothing else.

python3 bootstrap.py env       make .venv and install what is locked
python3 bootstrap.py demo      the demo city, served; PORT and DATA_DIR may be given
python3 bootstrap.py serve     serve what is there
python3 bootstrap.py test      all tests; further words go to pytest
python3 bootstrap.py bench     the benchmarks; --json for one object a line
python3 bootstrap.py lint      every check that is not a test
python3 bootstrap.py format    lay out code and templates
python3 bootstrap.py messages  compile the translations
"""

from __future__ import annotations  # so that an older Python reaches the sentence about its age

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
RUNTIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"


def main(words: list[str]) -> int:
    if sys.version_info < (3, 11):  # noqa: UP036
        print(f"Beacon needs Python 3.11 or newer; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    verbs = {
        "env": lambda rest: install(DEVELOPMENT),
        "demo": lambda rest: prepared(RUNTIME, "-m", "tools.demo", *rest),
        "serve": lambda rest: prepared(RUNTIME, "manage.py", "serve", *rest),
        "test": lambda rest: prepared(DEVELOPMENT, "-m", "tools.run_tests", *rest),
        "bench": lambda rest: prepared(DEVELOPMENT, "-m", "bench", *rest),
        "lint": lambda rest: prepared(DEVELOPMENT, "-m", "tools.lint", *rest),
        "format": lambda rest: prepared(DEVELOPMENT, "-m", "tools.lint", "--fix", *rest),
        "messages": lambda rest: prepared(RUNTIME),
    }
    if not words or words[0] not in verbs:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return verbs[words[0]](words[1:])
    except subprocess.CalledProcessError as error:
        print(f"bootstrap: {' '.join(map(str, error.cmd))} ended with {error.returncode}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def prepared(lock: str, *command: str) -> int:
    """Install, compile the translations, then run the environment's Python with these words."""
    install(lock)
    run(PYTHON, "tools/messages.py", "compile")
    return subprocess.call([PYTHON, *command], cwd=ROOT) if command else 0


def install(lock: str) -> int:
    """Bring .venv to what the lock says; nothing to do when the lock has not changed since."""
    if lock == RUNTIME and stamp_of(DEVELOPMENT).exists():
        lock = DEVELOPMENT  # holds the runtime too; a mixture of both locks would hold neither
    digest = hashlib.sha256((ROOT / lock).read_bytes() + sys.version.encode()).hexdigest()
    stamp = stamp_of(lock)
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == digest:
        return 0
    uv = working_uv()
    make_environment(with_pip=uv is None)
    if uv is None or not install_with_uv(uv, lock):
        run(*pip(), "install", "--quiet", "--require-hashes", "--no-deps", "-r", lock)
    stamp.write_text(digest)
    return 0


def stamp_of(lock: str) -> Path:
    return VENV / f"{lock}.installed"


def make_environment(with_pip: bool) -> None:
    """Make .venv, without pip where this Python has none to give (Debian without python3-venv)."""
    if PYTHON.exists() and subprocess.call([PYTHON, "-c", ""], stderr=subprocess.DEVNULL) == 0:
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    print("Making .venv …", flush=True)
    with_pip = with_pip and find_spec("ensurepip") is not None
    venv.create(VENV, symlinks=os.name != "nt", with_pip=with_pip)


def working_uv() -> str | None:
    """The path of uv where it is installed and runs, else None."""
    uv = shutil.which("uv")
    if uv and subprocess.call([uv, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
        return uv
    return None


def install_with_uv(uv: str, lock: str) -> bool:
    """True when uv installed everything; pip has its own settings and may reach what uv cannot."""
    print(f"Installing {lock} with uv …", flush=True)
    command = [
        uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        PYTHON,
        "--require-hashes",
        "--no-deps",
        "-r",
        lock,
    ]
    return subprocess.call(command, cwd=ROOT) == 0


def pip() -> list[str | Path]:
    """pip of the environment, else this Python's pip working on the environment."""
    print("Installing with pip, about a minute …", flush=True)
    if (
        subprocess.call(
            [PYTHON, "-m", "pip", "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        == 0
    ):
        return [PYTHON, "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", PYTHON]


def run(*command: str | Path) -> None:
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
