"""A cycle's figures computed anew: by the product, by SQL written by hand, by a loop of save(), by pandas."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection

from bench import naive, statements
from bench.dataset import september
from bench.measure import (
    Result,
    analyse,
    in_turn,
    is_quick,
    memory_mb,
    queries_of,
    rounds_asked,
    taken_back,
)
from monitoring.models import Cycle
from monitoring.recompute import recompute

BY_HAND = "SQL by hand"


def main() -> None:
    cycle = september()
    number = cycle.tables.count()
    idle = memory_mb()
    against_sql("recompute", cycle, number, idle)
    some = 2 if is_quick() else 40
    seconds, theirs, ratio = in_turn(
        lambda: recompute(cycle),
        taken_back(lambda: naive.save_each(cycle, some)),
        rounds=min(rounds_asked(), 3),
        before=moved(cycle),
        per=(1, number / some),
    )
    Result("recompute", number, seconds, f"save() loop, extrapolated from {some}", theirs, ratio,
           goal="≤ 0.0033 ×").emit()  # fmt: skip
    seconds, theirs, ratio = in_turn(
        lambda: recompute(cycle),
        lambda: naive.with_pandas(cycle),
        rounds=rounds_asked(),
        before=moved(cycle),
    )
    Result("recompute", number, seconds, "pandas script", theirs, ratio, goal="≤ 0.1 ×").emit()


def against_sql(name: str, cycle: Cycle, number: int, idle: float) -> None:
    """First fill, everything moved, nothing moved; both write the same, which is checked by running one after the other."""
    agree(cycle)
    analyse()
    cases = (
        (f"{name}, first", gone(cycle), ""),
        (f"{name}, all moved", moved(cycle), "≤ 1.25 × (1.5 × SQLite)"),
        (f"{name}, nothing moved", None, "≤ 0.6 × first"),
    )
    for case, before, goal in cases:
        seconds, theirs, ratio = in_turn(
            lambda: recompute(cycle),
            lambda: statements.recompute(cycle),
            rounds=rounds_asked(),
            before=before,
        )
        if before:
            before()
        rows = sum(recompute(cycle).values())
        queries = queries_of(lambda: recompute(cycle))
        Result(case, number, seconds, BY_HAND, theirs, ratio, queries, rows, memory_mb() - idle, goal).emit()


def agree(cycle: Cycle) -> None:
    """What the one has written leaves the other nothing to write."""
    gone(cycle)()
    recompute(cycle)
    assert statements.recompute(cycle) == 0
    gone(cycle)()
    statements.recompute(cycle)
    assert sum(recompute(cycle).values()) == 0


def gone(cycle: Cycle) -> Callable[[], None]:
    """No figures and no sums, as before the first run."""
    return lambda: _execute(
        f"DELETE FROM monitoring_tablefigures WHERE cycle_id = {cycle.pk}",
        f"DELETE FROM monitoring_rollup WHERE cycle_id = {cycle.pk}",
    )


def moved(cycle: Cycle) -> Callable[[], None]:
    """Every fund row, every figure and every sum is out of date."""
    tables = f"SELECT id FROM monitoring_monitoringtable WHERE cycle_id = {cycle.pk}"
    return lambda: _execute(
        f"UPDATE monitoring_fundrow SET executed = executed - 1 WHERE table_id IN ({tables})",
        f"UPDATE monitoring_tablefigures SET executed = executed - 1, in_place_rate = -1, rule_book_id = 0 "
        f"WHERE cycle_id = {cycle.pk}",
        f"UPDATE monitoring_rollup SET executed = executed - 1 WHERE cycle_id = {cycle.pk}",
    )


def _execute(*texts: str) -> None:
    with connection.cursor() as cursor:
        for text in texts:
            cursor.execute(text)
