"""python -m bench [--json] [--quick] [NAME …]

Measures the product beside a reference, in turn, in one run: medians, ratios, and the goal of each.
Builds the demo city in a scratch database: SQLite, or PostgreSQL where DATABASE_URL names a server on which
databases may be created. --quick: a city of 40 projects and fewer rounds, to see that it runs.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[1]
# imports wants an empty database and comes first; the others share the city that `city` makes.
BENCHES = ("imports", "recompute", "growth", "web", "approvals")


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--quick", action="store_true", help="small and rough")
    asked = parser.parse_args(words)
    unknown = set(asked.names) - set(BENCHES)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    names = [name for name in BENCHES if name in (asked.names or BENCHES)]
    with tempfile.TemporaryDirectory(prefix="beacon-bench-") as scratch, database(Path(scratch)) as url:
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "DATA_DIR": scratch,
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "BENCH_QUICK": "1" if asked.quick else "0",
            "BENCH_ROUNDS": "1" if asked.quick else "5",
        }
        if not asked.json:
            print(heading(url))
        return run(steps(names), environment, as_json=asked.json)


def steps(names: list[str]) -> list[str]:
    """What to run: the city is made once, after what wants an empty database."""
    return ["files", *[n for n in names if n == "imports"], *(["city"] if set(names) - {"imports"} else []),
            *[n for n in names if n != "imports"]]  # fmt: skip


def run(names: list[str], environment: dict[str, str], *, as_json: bool) -> int:
    """Each step in a process of its own, so that the memory of one is not another's."""
    for name in names:
        command = [sys.executable, "-m", "bench.child", name]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            for line in child.stdout:
                print(line.rstrip() if as_json else shown(json.loads(line)), flush=True)
        if child.returncode:
            print(f"bench: {name} ended with {child.returncode}", file=sys.stderr)
            return 1
    return 0


def heading(url: str) -> str:
    engine = "PostgreSQL" if url.startswith("postgres") else "SQLite"
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{engine}, {os.cpu_count()} cores{load}, Python {sys.version.split()[0]}"


def shown(line: dict[str, Any]) -> str:
    """bench, n, seconds, × reference (its seconds), statements, rows, memory, goal."""
    text = f"{line['bench']:<32}{line['n']:>8,}  {seconds(line['ours_s']):>9}"
    if line["ratio"] is not None:
        text += f"  {line['ratio']:>8.3g} × {line['ref']} ({seconds(line['ref_s'])})"
    for name, unit in (("queries", "statements"), ("rows", "rows"), ("peak_mb", "MB")):
        if line[name] is not None:
            text += f"  {line[name]:,.0f} {unit}"
    return text + (f"  [goal {line['goal']}]" if line["goal"] else "")


def seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.1f} ms"


@contextmanager
def database(scratch: Path) -> Iterator[str]:
    """The address of an empty database, gone afterwards."""
    given = os.environ.get("DATABASE_URL", "")
    if not given.startswith("postgres"):
        yield f"sqlite:///{scratch / 'bench.sqlite3'}"
        return
    import psycopg

    name = f"beacon_bench_{os.getpid()}"
    server = urlunsplit(urlsplit(given)._replace(path="/postgres"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(given)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
