"""A production installation on this very machine: the words of deploy/run, PostgreSQL, Redis, nginx with TLS."""

import json
import os
import re
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from django.urls import reverse

from tests.services.production import environment_of
from tools import services

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow, pytest.mark.timeout(900)]


def nginx_program() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


@pytest.fixture(scope="module")
def database_url(django_db_setup: None) -> Iterator[str]:
    """An empty database of this walk's own."""
    server = urlsplit(os.environ["DATABASE_URL"])
    name = f"beacon_walk_{uuid4().hex[:8]}"
    with psycopg.connect(urlunsplit(server._replace(path="/postgres")), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(server._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def environment(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """What docker-compose.yml gives our containers, and a log that tells all."""
    folder = tmp_path_factory.mktemp("production")
    given = environment_of(
        folder,
        database_url=database_url,
        redis_url=redis_url,
        secret_key=uuid4().hex + uuid4().hex,
        static=folder / "collected",
        port=services.free_port(),
    )
    return given | {"LOG_LEVEL": "INFO"}


def run(word: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["deploy/run", word],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_healthy(word: str, environment: dict[str, str], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if run(word, environment).returncode == 0:
            return
        time.sleep(0.5)
    raise AssertionError(f"{word} never answered:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def installation(environment: dict[str, str]) -> Iterator[dict[str, str]]:
    """Static files collected, database prepared, web, worker and beat running and healthy."""
    folder = Path(environment["DATA_DIR"])
    for word in ("collect", "prepare"):
        done = run(word, environment)
        assert done.returncode == 0, done.stdout + done.stderr
    with (
        running(["deploy/run", "web"], environment, folder / "web.log"),
        running(["deploy/run", "worker"], environment, folder / "worker.log"),
        running(["deploy/run", "beat"], environment, folder / "beat.log"),
    ):
        for word in ("healthy-web", "healthy-worker", "healthy-beat"):
            wait_until_healthy(word, environment, folder / f"{word.removeprefix('healthy-')}.log")
        yield environment


def get(address: str, headers: dict[str, str] | None = None, context: ssl.SSLContext | None = None) -> Any:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any) -> None:
            return None

    opener = urllib.request.build_opener(Stay, urllib.request.HTTPSHandler(context=context))
    request = urllib.request.Request(address, headers={"Host": "beacon.test", **(headers or {})})
    try:
        return opener.open(request, timeout=20)
    except urllib.error.HTTPError as answer:
        return answer


def test_the_installation_is_ready_and_sends_people_to_tls(installation: dict[str, str]):
    web = f"http://127.0.0.1:{installation['PORT']}"
    assert json.load(get(f"{web}/health/ready"))["ready"] is True
    redirect = get(f"{web}/")
    assert (redirect.status, redirect.headers["Location"]) == (301, "https://beacon.test/")
    assert get(f"{web}/health/live", {"Host": "elsewhere.test"}).status in {200, 400}


def test_metrics_come_from_the_web_process_and_from_the_database(installation: dict[str, str]):
    text = get(f"http://127.0.0.1:{installation['PORT']}/metrics").read().decode()
    assert "django_http_requests_total" in text
    assert 'beacon_jobs{state="queued"}' in text


def test_log_lines_are_one_json_object_each(installation: dict[str, str]):
    get(f"http://127.0.0.1:{installation['PORT']}/nothing-here", {"X-Forwarded-Proto": "https"})
    lines = (Path(installation["DATA_DIR"]) / "web.log").read_text().splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{")]
    assert any("nothing-here" in str(line["event"]) for line in told)
    assert all({"level", "logger", "timestamp", "request_id"} <= line.keys() for line in told)


def test_beat_wakes_the_worker(installation: dict[str, str]):
    log = Path(installation["DATA_DIR"]) / "worker.log"
    until = time.monotonic() + 60
    while time.monotonic() < until and "foundation.tasks.sweep" not in log.read_text().partition("ready.")[2]:
        time.sleep(0.5)
    assert re.search(r"Task foundation\.tasks\.sweep\[[\w-]+\] succeeded", log.read_text()), log.read_text()[
        -3000:
    ]


def test_an_unknown_word_is_refused(environment: dict[str, str]):
    assert run("shell", environment).returncode == 2


@pytest.fixture
def proxy(installation: dict[str, str], tmp_path: Path) -> Iterator[tuple[int, int]]:
    """nginx with our configuration and a certificate of its own: (port of HTTP, port of HTTPS)."""
    program = nginx_program()
    if not program:
        pytest.skip("no nginx on this machine")
    http, https = services.free_port(), services.free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=beacon.test",
         "-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "certificate.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    values = {
        "WEB_ADDRESS": f"127.0.0.1:{installation['PORT']}",
        "HTTP_PORT": str(http),
        "HTTPS_PORT": str(https),
        "SERVER_NAME": "beacon.test",
        "TLS_DIR": str(tmp_path),
    }
    template = (ROOT / "deploy/nginx/beacon.conf.template").read_text()
    site = re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], template)
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"{user} pid {tmp_path}/pid; error_log {tmp_path}/error.log; daemon off; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{site}}}\n"
    )
    command = [program, "-c", str(tmp_path / "nginx.conf")]
    with running(command, dict(os.environ), tmp_path / "nginx.log"):
        services.wait_for_port(https)
        yield http, https


def trusting(certificate_folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(certificate_folder / "certificate.pem"))
    context.check_hostname = False  # the certificate is for beacon.test, reached by its address
    return context


def test_people_reach_the_pages_through_tls(proxy: tuple[int, int], tmp_path: Path):
    http, https = proxy
    plain = get(f"http://127.0.0.1:{http}/")
    assert (plain.status, plain.headers["Location"]) == (301, "https://beacon.test/")
    page = get(f"https://127.0.0.1:{https}{reverse('sign_in')}", context=trusting(tmp_path))
    assert page.status == 200
    assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_metrics_are_not_seen_through_the_proxy(proxy: tuple[int, int], tmp_path: Path):
    answer = get(
        f"https://127.0.0.1:{proxy[1]}/metrics", {"X-Forwarded-For": "127.0.0.1"}, trusting(tmp_path)
    )
    assert answer.status == 404


def test_static_files_carry_their_digest_and_are_kept_for_long(installation: dict[str, str]):
    manifest = json.loads((Path(installation["STATIC_ROOT"]) / "staticfiles.json").read_text())["paths"]
    name = manifest["vendor/htmx/htmx.min.js"]
    answer = get(f"http://127.0.0.1:{installation['PORT']}/static/{name}", {"X-Forwarded-Proto": "https"})
    assert answer.status == 200
    assert "immutable" in answer.headers["Cache-Control"]
