"""The embedded installation: one process that serves and works."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}
    }
    return {**inherited, "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings.dev"}


def manage(*words: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def serving(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """(process, address) of `manage.py serve` on a free port with an empty database."""
    assert manage("migrate", "--verbosity", "0", environment=environment).returncode == 0
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", "0"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout
    told = ""
    for line in process.stdout:
        told += line
        if found := re.search(r"http://\S+/", line):
            yield process, found[0]
            break
    else:
        raise AssertionError(told)
    if process.poll() is None:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_it_prints_its_address_serves_and_ends_when_asked(serving: tuple[subprocess.Popen[str], str]):
    process, address = serving
    with urllib.request.urlopen(f"{address}health/ready", timeout=10) as answer:
        assert json.load(answer)["ready"] is True
    with urllib.request.urlopen(f"{address}static/vendor/htmx/htmx.min.js", timeout=10) as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0


@pytest.mark.slow
def test_a_taken_port_is_explained(environment: dict[str, str]):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = manage("serve", "--port", str(taken.getsockname()[1]), environment=environment)
    assert done.returncode == 1
    assert "PORT=" in done.stderr
