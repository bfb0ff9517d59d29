"""Two acts in turn, rounds and medians; what one of them asks of the database and of memory."""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection, transaction

Act = Callable[[], Any]


@dataclass
class Result:
    """One line, explained in docs/performance.md. ref_s, ratio: None where there is nothing to compare with."""

    bench: str
    n: int
    ours_s: float
    ref: str = ""
    ref_s: float | None = None
    ratio: float | None = None
    queries: int | None = None
    rows: int | None = None
    peak_mb: float | None = None
    goal: str = ""

    def emit(self) -> None:
        """Hand the line to the parent process."""
        print(json.dumps(asdict(self), ensure_ascii=False), flush=True)


def timed(act: Act, *, before: Act | None = None) -> float:
    """Seconds of one run, `before` not counted; garbage is collected outside."""
    if before is not None:
        before()
    gc.collect()
    began = perf_counter()
    act()
    return perf_counter() - began


def in_turn(
    ours: Act, ref: Act, *, rounds: int, before: Act | None = None, per: tuple[float, float] = (1, 1)
) -> tuple[float, float, float]:
    """Medians of ours and of the reference, A B A B after one warm-up each, and the median of each round's ratio.

    before: run untimed before each of them. per: what one run of each is multiplied by (extrapolation).
    """
    mine: list[float] = []
    theirs: list[float] = []
    for round_number in range(rounds + 1):
        pair = timed(ours, before=before) * per[0], timed(ref, before=before) * per[1]
        if round_number:
            mine.append(pair[0])
            theirs.append(pair[1])
    ratios = [one / other for one, other in zip(mine, theirs, strict=True)]
    return median(mine), median(theirs), median(ratios)


def alone(act: Act, *, rounds: int, before: Act | None = None) -> float:
    """Median of an act that is compared with nothing."""
    return median([timed(act, before=before) for _ in range(rounds + 1)][1:])


@contextmanager
def counted() -> Iterator[list[int]]:
    """The number of statements inside, as the only element of a list."""
    count = [0]

    def count_one(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        count[0] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count_one):
        yield count


def queries_of(act: Act) -> int:
    with counted() as count:
        act()
    return count[0]


def taken_back(act: Act) -> Act:
    """The act, with everything it wrote rolled back; the commit is not part of what is measured."""

    def run() -> None:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)

    return run


def memory_mb() -> float:
    """The most memory this process has held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def analyse() -> None:
    """Let the planner know what is in the tables now."""
    may_vacuum = connection.vendor == "postgresql" and not connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if may_vacuum else "ANALYZE")


def rounds_asked() -> int:
    return int(os.environ.get("BENCH_ROUNDS", "5"))


def is_quick() -> bool:
    return os.environ.get("BENCH_QUICK") == "1"
