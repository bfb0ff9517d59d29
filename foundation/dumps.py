"""A whole database as one file and back, by the means its makers give: SQLite's backup API, pg_dump and pg_restore.

Never by copying the file of a live database: a copy misses what stands in the write-ahead log.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

FILE_NAMES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
_LONGEST_COMPLAINT = 2_000
_PATIENCE_SECONDS = 5


class DumpError(Exception):
    """The database could not be written out or taken back; the message is for the operator."""


def dump(target: Path) -> dict[str, int]:
    """Write the database as of one moment to the file; returns the rows of each table at that moment."""
    if connection.vendor == "sqlite":
        return _dump_sqlite(target)
    return _dump_postgres(target)


def load(source: Path) -> None:
    """Replace everything in the database by what the file holds, in one transaction: all of it or nothing."""
    try:
        if connection.vendor == "sqlite":
            _load_sqlite(source)
        else:
            _load_postgres(source)
    finally:
        connection.close()


def row_counts() -> dict[str, int]:
    """Rows of each table as this connection sees them."""
    with connection.cursor() as cursor:
        names = sorted(connection.introspection.table_names(cursor))
        return {name: _count(cursor, connection.ops.quote_name(name)) for name in names}


def _count(cursor: Any, quoted: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {quoted}")  # noqa: S608 - a table's own name
    return int(cursor.fetchone()[0])


def _dump_sqlite(target: Path) -> dict[str, int]:
    with closing(_open_sqlite()) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)
        # One file by itself: a copy in WAL mode would begin files beside it as soon as somebody looks.
        copy.execute("PRAGMA journal_mode=DELETE")
        (verdict,) = copy.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise DumpError(_("The database is damaged: %(complaint)s") % {"complaint": verdict})
        tables = copy.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        )
        return {name: _count_sqlite(copy, name) for (name,) in sorted(tables.fetchall())}


def _count_sqlite(copy: sqlite3.Connection, name: str) -> int:
    row = copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()  # noqa: S608 - a table's own name
    return int(row[0])


def _load_sqlite(source: Path) -> None:
    connection.close()
    with closing(sqlite3.connect(source)) as copy, closing(_open_sqlite()) as live:
        try:
            copy.backup(live, progress=_patience())
        except sqlite3.Error as error:
            raise DumpError(
                _("The database could not be replaced: %(complaint)s") % {"complaint": error}
            ) from error
        live.execute("PRAGMA journal_mode=WAL")


def _patience() -> Callable[[int, int, int], None]:
    """Gives up on a database that somebody else keeps locked; sqlite3 by itself would try for ever."""
    until = time.monotonic() + _PATIENCE_SECONDS

    def look(status: int, remaining: int, total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > until:
            raise sqlite3.OperationalError("database is locked")

    return look


def _open_sqlite() -> sqlite3.Connection:
    """A connection of its own: Django's may be within a transaction."""
    path = Path(str(connection.settings_dict["NAME"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    return sqlite3.connect(path, timeout=_PATIENCE_SECONDS)


def _dump_postgres(target: Path) -> dict[str, int]:
    """pg_dump and the counts read the same snapshot."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        # The snapshot is held while pg_dump works, however long that takes.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        _run(
            ["pg_dump", "--format=custom", "--no-owner", "--no-privileges"],
            [f"--snapshot={snapshot}", f"--file={target}"],
        )
        return row_counts()


def _load_postgres(source: Path) -> None:
    """All in one transaction of psql: whoever fails half-way has changed nothing."""
    connection.close()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "restore.sql"
        _run(
            ["pg_restore", "--no-owner", "--no-privileges"],
            [f"--file={script}", str(source)],
            connects=False,
        )
        _run(
            ["psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"],
            ["--command=SET client_min_messages = warning", "--command=DROP SCHEMA IF EXISTS public CASCADE"],
            ["--command=CREATE SCHEMA public", f"--file={script}"],
        )


def _run(*words: Sequence[str], connects: bool = True) -> None:
    """Run a program of PostgreSQL; raises DumpError with what it complained of."""
    command = [word for part in words for word in part]
    program = command[0]
    if shutil.which(program) is None:
        raise DumpError(
            _("%(program)s is not installed; it comes with the client of PostgreSQL.") % {"program": program}
        )
    if connects:
        command.append(f"--dbname={connection.settings_dict['NAME']}")
    done = subprocess.run(
        command,
        env=_postgres_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        complaint = done.stderr.strip()[-_LONGEST_COMPLAINT:]
        raise DumpError(_("%(program)s failed: %(complaint)s") % {"program": program, "complaint": complaint})


def _postgres_environment() -> dict[str, str]:
    """Where to connect and as whom; the password is in no list of processes."""
    given = connection.settings_dict
    options = {**given["OPTIONS"]}
    told = {
        "PGHOST": given["HOST"],
        "PGPORT": given["PORT"],
        "PGUSER": given["USER"],
        "PGPASSWORD": given["PASSWORD"],
        "PGSSLMODE": options.get("sslmode"),
        "PGSSLROOTCERT": options.get("sslrootcert"),
        # Somebody still at work: refuse soon instead of waiting for their locks.
        "PGOPTIONS": "-c lock_timeout=5s",
    }
    return {**os.environ, **{name: str(value) for name, value in told.items() if value}}
