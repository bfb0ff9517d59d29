"""What the tests need besides Python, and where this machine has it."""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg


def chromium() -> str | None:
    """Path of a Chromium, from CHROMIUM or the usual names; None where there is none."""
    names = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    return next((path for name in names if name and (path := shutil.which(name))), None)


def redis_server() -> str | None:
    """Path of a redis-server to start, None where there is none."""
    return shutil.which("redis-server")


@contextmanager
def running_redis() -> Iterator[str]:
    """The URL of a Redis of our own on a free port, stopped afterwards; needs redis_server()."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with tempfile.TemporaryDirectory(prefix="beacon-redis-") as folder:
        process = subprocess.Popen([*command, "--dir", folder], stdout=subprocess.DEVNULL)
        try:
            wait_for_port(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(10)


@contextmanager
def postgres() -> Iterator[str | None]:
    """The URL of a PostgreSQL whose user may create databases: one that answers, else one started for us.

    TEST_POSTGRES_URL names one. None where there is neither.
    """
    candidates = [
        os.environ.get("TEST_POSTGRES_URL", ""),
        "postgres://postgres@127.0.0.1:5432/postgres",
        f"postgres://{getpass.getuser()}@{quote('/var/run/postgresql', safe='')}/postgres",
    ]
    for url in filter(None, candidates):
        if may_create_databases(url):
            yield url
            return
    if programs := _postgres_programs():
        with _own_postgres(programs) as url:
            yield url
    else:
        yield None


def may_create_databases(url: str) -> bool:
    question = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(question).fetchone()
    except psycopg.OperationalError:
        return False
    return bool(row and row[0])


@contextmanager
def _own_postgres(programs: Path) -> Iterator[str]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="beacon-pg-") as folder:
        cluster = f"{folder}/cluster"
        Path(cluster).mkdir()
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, "postgres", "postgres")
            shutil.chown(cluster, "postgres", "postgres")

        def run(program: str, *words: str) -> None:
            command = [*_as_postgres(), str(programs / program), "-D", cluster, *words]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

        run("initdb", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run("pg_ctl", "start", "-w", "-o", options, "-l", f"{folder}/log")
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "stop", "-m", "immediate")


def _postgres_programs() -> Path | None:
    """Folder of initdb and pg_ctl, the newest version first; None where they are not installed."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True
    )
    found = shutil.which("initdb")
    return next(
        (path for path in folders if (path / "initdb").exists()), Path(found).parent if found else None
    )


def _as_postgres() -> list[str]:
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for_port(port: int, seconds: float = 10) -> None:
    """Return when something listens there; TimeoutError after the given seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")
