"""The whole test suite: on SQLite, then on PostgreSQL; says at the end what it could not run.

    python -m tools.run_tests [--engine sqlite|postgres] [words for pytest]

BEACON_REQUIRE_ALL=1: a missing PostgreSQL, Redis or browser, or a skipped test, is a failure.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from xml.etree import ElementTree

from tools import services

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "test-results"
NOTHING_COLLECTED = 5


@dataclass(frozen=True)
class Outcome:
    """One run of pytest. seconds: wall clock."""

    engine: str
    code: int
    passed: int
    failed: int
    skipped: int
    seconds: float


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=["sqlite", "postgres"], help="only this one")
    asked, for_pytest = parser.parse_known_args(words)
    outcomes, not_run = [], []
    if asked.engine != "postgres":
        outcomes.append(run("SQLite", {"DATABASE_URL": None}, for_pytest))
    if asked.engine != "sqlite":
        with services.postgres() as url:
            if url is None:
                not_run.append("PostgreSQL (none answers, none is installed; TEST_POSTGRES_URL can name one)")
            else:
                outcomes.append(
                    run(
                        "PostgreSQL",
                        {"DATABASE_URL": own_database(url), "BEACON_ONLY_DATABASE": "1"},
                        for_pytest,
                    )
                )
    if not services.redis_server():
        not_run.append("Redis (no redis-server on this machine)")
    if not services.chromium():
        not_run.append("browser (no Chromium on this machine; CHROMIUM can name one)")
    return report(outcomes, not_run)


def run(engine: str, environment: dict[str, str | None], words: list[str]) -> Outcome:
    """pytest on one engine, with its own output as it comes."""
    print(f"\n=== {engine} ===", flush=True)
    results = RESULTS / f"{engine.lower()}.xml"
    results.unlink(missing_ok=True)
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test", **environment}
    # One more than cores: a browser, a worker or PostgreSQL is often what a test waits for.
    workers = min((os.cpu_count() or 1) + 1, 4)
    command = [sys.executable, "-m", "pytest", f"--junit-xml={results}", "-q"]
    if workers > 1 and "-n" not in words:
        # loadfile: what a file sets up once (a city, a browser, a Redis) is set up once.
        command += ["-n", str(workers), "--dist", "loadfile"]
    began = time.monotonic()
    code = subprocess.call(
        [*command, *words],
        cwd=ROOT,
        env={name: value for name, value in settings.items() if value is not None},
    )
    return read_outcome(engine, code, results, time.monotonic() - began)


def read_outcome(engine: str, code: int, results: Path, seconds: float) -> Outcome:
    """Counts from pytest's own result file; a run that broke before it could write one counts as one failure."""
    if not results.exists():
        return Outcome(engine, code, 0, 1, 0, seconds)
    suite = ElementTree.parse(results).getroot().find("testsuite")  # noqa: S314 - written by pytest just now
    count = (
        {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
        if suite is not None
        else {}
    )
    failed = count.get("failures", 0) + count.get("errors", 0)
    skipped = count.get("skipped", 0)
    return Outcome(engine, code, max(count.get("tests", 0) - failed - skipped, 0), failed, skipped, seconds)


def own_database(url: str) -> str:
    """The same server, a database named after this checkout, so that two checkouts do not meet."""
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    return urlunsplit(urlsplit(url)._replace(path=f"/beacon_{name}"))


def report(outcomes: list[Outcome], not_run: list[str]) -> int:
    """Print what ran and what did not; the exit code of the whole."""
    print()
    for outcome in outcomes:
        print(
            f"{outcome.engine}: {outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped"
            f" in {outcome.seconds:.0f} s"
        )
    for name in not_run:
        print(f"NOT RUN: {name}")
    required = os.environ.get("BEACON_REQUIRE_ALL") == "1"
    bad = any(outcome.code not in (0, NOTHING_COLLECTED) for outcome in outcomes)
    if required and not_run:
        print("BEACON_REQUIRE_ALL=1 and something did not run.")
    total = [sum(getattr(outcome, name) for outcome in outcomes) for name in ("passed", "failed", "skipped")]
    print("{} passed, {} failed, {} skipped".format(*total))
    return 1 if bad or (required and not_run) or total[0] == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
