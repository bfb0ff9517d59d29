"""Real services around a test: Redis, Celery workers and a beat on the test's own database, to be started and killed.

    def test_something(services: Services):
        worker = services.start_worker()
        job = …enqueue(…)
        services.wait_for(lambda: job_of(job).progress_done > 3, "the job is under way")
        worker.kill()

The test must be transactional: what it writes has to be committed for a worker to see it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from celery import current_app
from django.conf import settings as django_settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
LEASE_SECONDS = 3


class Service:
    """A process and its children, in a session of their own so that all can be killed at once."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
            )
        self.pid = self._process.pid

    def children(self) -> list[int]:
        """Process ids of the direct children."""
        found = subprocess.run(["pgrep", "-P", str(self.pid)], capture_output=True, text=True, check=False)
        return [int(line) for line in found.stdout.split()]

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End it and its children without a word (SIGKILL), as a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end (SIGTERM), as a deployment does; waits."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            if number == signal.SIGKILL:
                os.killpg(self.pid, number)
            else:
                self._process.send_signal(number)
            self._process.wait(60)


class Services:
    """What a test may start; all of it is killed at its end."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self._folder = folder
        self._redis_url = redis_url
        self._started: list[Service] = []

    def start_worker(self, *, processes: int = 1) -> Service:
        """A Celery worker, up and listening."""
        worker = self._start(
            "worker", "worker", "--concurrency", str(processes), "--without-gossip", "--without-mingle"
        )
        self.wait_for(
            lambda: "ready." in worker.log.read_text(errors="replace"), "the worker is ready", seconds=60
        )
        return worker

    def start_beat(self) -> Service:
        """The clock that sweeps; one is enough, two must do no harm."""
        return self._start("beat", "beat", "--schedule", str(self._folder / f"beat-{len(self._started)}"))

    def wait_for(self, question: Callable[[], object], what: str, *, seconds: float = 60) -> None:
        """Ask until the answer is yes; fails with what the services said."""
        until = time.monotonic() + seconds
        while not question():
            if time.monotonic() > until:
                pytest.fail(f"Waited {seconds} s in vain until {what}.\n{self._said()}")
            time.sleep(0.05)

    def end(self) -> None:
        for service in self._started:
            service.kill()

    def _start(self, name: str, *arguments: str) -> Service:
        command = [sys.executable, "-m", "celery", "--app", "config", *arguments, "--loglevel", "INFO"]
        log = self._folder / f"{len(self._started)}-{name}.log"
        service = Service(name, command, self._environment(), log)
        self._started.append(service)
        return service

    def _environment(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.services.settings",
            "DATABASE_URL": url_of_test_database(),
            "DATA_DIR": str(self._folder),
            "REDIS_URL": self._redis_url,
            "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
            "PYTHONUNBUFFERED": "1",
        }

    def _said(self) -> str:
        return "\n".join(
            f"--- {service.log.name}\n{service.log.read_text(errors='replace')[-3000:]}"
            for service in self._started
        )


def url_of_test_database() -> str:
    """The address under which another process reaches the database of this test."""
    given = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{given['NAME']}"
    person = quote(given["USER"], safe="") + (
        f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else ""
    )
    host = quote(given["HOST"] or "", safe="")
    port = f":{given['PORT']}" if given["PORT"] else ""
    return f"postgres://{person}@{host}{port}/{given['NAME']}"


def pause(folder: Path, name: str) -> None:
    """Let the next worker that gets there stop in its transaction (tests.services.pausing)."""
    (folder / f"pause-{name}").touch()


def written(folder: Path, name: str) -> dict[str, int] | None:
    """Rows that the paused worker has written and not committed; None where none has paused."""
    path = folder / f"paused-{name}"
    return json.loads(path.read_text()) if path.exists() else None


def release(folder: Path, name: str) -> None:
    """Let later workers pass."""
    for prefix in ("pause", "paused"):
        (folder / f"{prefix}-{name}").unlink(missing_ok=True)


@pytest.fixture
def services(
    transactional_db: None,
    tmp_path: Path,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    settings: type[django_settings],
) -> Iterator[Services]:
    """An empty Redis, which this process tells of new jobs as a production server would."""
    redis.Redis.from_url(redis_url).flushall()
    settings.JOBS_EMBEDDED = False
    monkeypatch.setattr(current_app.conf, "broker_write_url", redis_url)
    around = Services(tmp_path, redis_url)
    try:
        yield around
    finally:
        around.end()
