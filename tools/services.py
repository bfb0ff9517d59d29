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
def running_redis(port: int | None = None) -> Iterator[str]:
    """The URL of a Redis of our own on that port or a free one, stopped afterwards; needs redis_server()."""
    port = port or free_port()
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
    with own_postgres() as cluster:
        yield cluster.url if cluster else None


def may_create_databases(url: str) -> bool:
    question = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(question).fetchone()
    except psycopg.OperationalError:
        return False
    return bool(row and row[0])


class PostgresCluster:
    """A PostgreSQL of our own in a folder of its own, on a port that it keeps over restarts."""

    def __init__(self, programs: Path, folder: str) -> None:
        self._programs = programs
        self._folder = folder
        self._cluster = f"{folder}/cluster"
        self._port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self._port}/postgres"
        Path(self._cluster).mkdir()
        if os.geteuid() == 0:  # the server refuses to run as root
            shutil.chown(folder, "postgres", "postgres")
            shutil.chown(self._cluster, "postgres", "postgres")
        self._run("initdb", "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")

    def start(self) -> None:
        """Returns when it answers."""
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "start", "-w", "-o", options, "-l", f"{self._folder}/log")

    def stop(self, mode: str = "fast") -> None:
        """fast: transactions are taken back and people disconnected. immediate: as a power cut."""
        self._run("pg_ctl", "stop", "-w", "-m", mode)

    def is_up(self) -> bool:
        return may_create_databases(self.url)

    def _run(self, program: str, *words: str) -> None:
        command = [*_as_postgres(), str(self._programs / program), "-D", self._cluster, *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder)


@contextmanager
def own_postgres() -> Iterator[PostgresCluster | None]:
    """A started cluster of our own, gone afterwards; None where PostgreSQL is not installed."""
    programs = _postgres_programs()
    if programs is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="beacon-pg-") as folder:
        cluster = PostgresCluster(programs, folder)
        cluster.start()
        try:
            yield cluster
        finally:
            if cluster.is_up():
                cluster.stop("immediate")


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
