"""A production installation around a test: the words of deploy/run on a database and a Redis that may go away."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.services.harness import ROOT, Service
from tools.services import free_port


@dataclass
class Answer:
    """status, headers by their name in small letters, text; seconds it took."""

    status: int
    headers: dict[str, str]
    text: str
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def environment_of(
    folder: Path, *, database_url: str, redis_url: str, secret_key: str, static: Path, port: int
) -> dict[str, str]:
    """What docker-compose.yml gives our containers."""
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "SECRET_KEY": secret_key,
        "ALLOWED_HOSTS": "beacon.test",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "TRUSTED_PROXIES": "1",
        "DATA_DIR": str(folder),
        "STATIC_ROOT": str(static),
        "PORT": str(port),
        "BIND_ADDRESS": "127.0.0.1",
        "WEB_PROCESSES": "1",
        "WORKER_PROCESSES": "1",
    }


class Production:
    """Its processes, and how to ask it as a browser or a program does."""

    def __init__(
        self, folder: Path, *, database_url: str, redis_url: str, secret_key: str, static: Path
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.environment = environment_of(
            folder,
            database_url=database_url,
            redis_url=redis_url,
            secret_key=secret_key,
            static=static,
            port=self.port,
        ) | {
            "DJANGO_SETTINGS_MODULE": "config.settings.production",
            "JOB_LEASE_SECONDS": "10",
            "PYTHONUNBUFFERED": "1",
        }
        self._started: list[Service] = []

    def run(self, *command: str) -> str:
        """Run a command to its end and return what it said; it must succeed."""
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, *command: str) -> Service:
        """Start a lasting process; it is killed at the end."""
        log = self.folder / f"{len(self._started)}.log"
        service = Service(" ".join(command), list(command), self.environment, log)
        self._started.append(service)
        return service

    def start_web(self) -> Service:
        web = self.start("deploy/run", "web")
        self.wait_for(self._answers, "the web process answers")
        return web

    def ask(
        self,
        path: str,
        *,
        session: str = "",
        token: str = "",
        language: str = "en",
        body: object = None,
        method: str = "",
        **headers: str,
    ) -> Answer:
        """A request as it comes from the proxy. body: sent as JSON, by POST unless a method is given."""
        told = {
            "Host": "beacon.test",
            "X-Forwarded-Proto": "https",
            "Accept-Language": language,
            "Accept": "application/json" if path.startswith("/api/") else "text/html",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        if session:
            told["Cookie"] = f"__Host-sessionid={session}"
        if token:
            told["Authorization"] = f"Token {token}"
        if body is not None:
            told["Content-Type"] = "application/json"
        content = None if body is None else json.dumps(body).encode()
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method or ("GET" if body is None else "POST"), path, content, told)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        given = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, given, text, time.monotonic() - began)

    def wait_for(self, question: Callable[[], object], what: str, *, seconds: float = 60) -> None:
        """Ask until the answer is yes; fails with what the processes said."""
        until = time.monotonic() + seconds
        while not question():
            if time.monotonic() > until:
                said = "\n".join(f"--- {each.name}\n{each.log.read_text()[-3000:]}" for each in self._started)
                pytest.fail(f"Waited {seconds} s in vain until {what}.\n{said}")
            time.sleep(0.1)

    def end(self) -> None:
        for service in self._started:
            service.kill()

    def _answers(self) -> bool:
        try:
            return self.ask("/health/live").status == 200
        except OSError:
            return False


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The static files of a production installation; they take most of a minute, so all installations share them."""
    folder = tmp_path_factory.mktemp("collected")
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "DATA_DIR": str(folder.parent),
        "STATIC_ROOT": str(folder),
    }
    subprocess.run(["deploy/run", "collect"], cwd=ROOT, env=environment, check=True, timeout=300)
    return folder
