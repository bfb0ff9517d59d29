"""Sums and counts of a cycle at every node: unit, department, section, division.

A whole cycle is summed up by four grouped upserts; a single table's change adds its difference to the four
rows above it, in one statement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from foundation.money import MeasureField, MoneyField
from foundation.upsert import upsert
from monitoring.choices import Light, Mismatch
from monitoring.models import Cycle, MonitoringTable, Rollup, TableFigures
from monitoring.stages import NodeLevel, Stage

COLUMN_OF_STAGE = {
    Stage.FILLING: "filling",
    Stage.RETURNED: "returned",
    Stage.HEAD: "head",
    Stage.DEPARTMENT: "department_tier",
    Stage.SECTION: "section_tier",
    Stage.PERFORMANCE: "performance_tier",
    Stage.THIRD_PARTY: "third_party_tier",
    Stage.COMPLETED: "completed",
}
MONEY = ("initial", "adjusted", "in_place", "executed", "expected")
_LEVELS = {
    NodeLevel.UNIT: "unit_id",
    NodeLevel.DEPARTMENT: "department_id",
    NodeLevel.SECTION: "section_id",
    NodeLevel.DIVISION: "division_id",
}
COUNTS = (
    "tables",
    *COLUMN_OF_STAGE.values(),
    *Light.values,
    "money_ahead",
    "target_ahead",
    "serious_mismatch",
    "with_errors",
    "cells_total",
    "cells_system",
    "scored",
)


def rebuild(cycle: Cycle) -> int:
    """Sum the cycle up anew; writes only rows that differ and drops those without tables. Returns rows written."""
    written = 0
    for level, column in _LEVELS.items():
        tables = MonitoringTable.objects.filter(cycle=cycle)
        nodes = tables.values(column)
        Rollup.objects.filter(cycle=cycle, level=level).exclude(node_id__in=nodes).delete()
        written += upsert(
            Rollup,
            _summed(tables, cycle, level, column),
            match=["cycle_id", "level", "node_id"],
            update=[*COUNTS, *MONEY, "score_sum"],
            key_prefix="new_",
        )
    return written


def _summed(tables: QuerySet[MonitoringTable], cycle: Cycle, level: str, column: str) -> QuerySet:
    """Rows of Rollup for one level, grouped by its node."""
    zero_money = Value(Decimal(0), output_field=MoneyField())
    zero_points = Value(Decimal(0), output_field=MeasureField())
    sums = {
        name: Coalesce(
            Sum(f"figures__{name}", output_field=MoneyField()), zero_money, output_field=MoneyField()
        )
        for name in MONEY
    }
    return (
        tables.order_by()
        .annotate(node_id=F(column), level=Value(level, output_field=CharField()))
        .values("cycle_id", "level", "node_id")
        .annotate(
            new_tables=Count("pk"),
            **{f"new_{name}": _count(stage=stage) for stage, name in COLUMN_OF_STAGE.items()},
            **{f"new_{light}": _count(figures__composite=light) for light in Light.values},
            new_money_ahead=_count(figures__mismatch=Mismatch.MONEY_AHEAD),
            new_target_ahead=_count(figures__mismatch=Mismatch.TARGET_AHEAD),
            new_serious_mismatch=_count(figures__mismatch_light=Light.RED),
            new_with_errors=_count(errors_open__gt=0),
            new_cells_total=Sum("cells_total"),
            new_cells_system=Sum("cells_system"),
            new_scored=Count("figures__score"),
            new_score_sum=Coalesce(
                Sum("figures__score", output_field=MeasureField()), zero_points, output_field=MeasureField()
            ),
            **{f"new_{name}": total for name, total in sums.items()},
        )
        .values("cycle_id", "level", "node_id", *(f"new_{name}" for name in (*COUNTS, *MONEY, "score_sum")))
    )


def _count(**condition: Any) -> Count:
    return Count(Case(When(Q(**condition), then=Value(1)), output_field=IntegerField()))


Contribution = Mapping[str, Any]
_REBUILD_FROM = 8


def contribution(table: MonitoringTable, figures: TableFigures | None) -> dict[str, Any]:
    """What one table adds to each node above it."""
    counted: dict[str, Any] = Counter({"tables": 1, COLUMN_OF_STAGE[Stage(table.stage)]: 1})
    counted["cells_total"], counted["cells_system"] = table.cells_total, table.cells_system
    counted["with_errors"] = int(table.errors_open > 0)
    if figures is not None:
        counted[figures.composite] += 1
        counted["money_ahead"] = int(figures.mismatch == Mismatch.MONEY_AHEAD)
        counted["target_ahead"] = int(figures.mismatch == Mismatch.TARGET_AHEAD)
        counted["serious_mismatch"] = int(figures.mismatch_light == Light.RED)
        counted["scored"] = int(figures.score is not None)
        counted["score_sum"] = figures.score or Decimal(0)
        for name in MONEY:
            counted[name] = getattr(figures, name) or Decimal(0)
    return counted


def adjust(table: MonitoringTable, before: Contribution, after: Contribution) -> None:
    """Add the difference that a table's change makes to the four nodes above it: one statement."""
    changes = {
        name: F(name) + _typed(name, difference)
        for name in {*before, *after}
        if (difference := after.get(name, 0) - before.get(name, 0))
    }
    if changes:
        Rollup.objects.filter(_above(table), cycle_id=table.cycle_id).update(**changes)


def restage(cycle_id: int, moves: Sequence[tuple[MonitoringTable, str, str]]) -> None:
    """Count tables at their new stages. (table, old stage, new stage) each.

    A few moves add their differences; many are summed up anew, so that the number of statements stays constant.
    """
    if len(moves) > _REBUILD_FROM:
        rebuild(Cycle.objects.get(pk=cycle_id))
        return
    changes: dict[tuple[str, int], Counter[str]] = {}
    for table, old, new in moves:
        for level, column in _LEVELS.items():
            counter = changes.setdefault((level.value, getattr(table, column)), Counter())
            counter[COLUMN_OF_STAGE[Stage(old)]] -= 1
            counter[COLUMN_OF_STAGE[Stage(new)]] += 1
    same: dict[tuple[tuple[str, int], ...], Q] = {}
    for (level_name, node), counter in changes.items():
        moved = tuple(sorted((name, n) for name, n in counter.items() if n))
        if moved:
            same[moved] = same.get(moved, Q(pk__in=[])) | Q(level=level_name, node_id=node)
    for moved, nodes in same.items():
        Rollup.objects.filter(nodes, cycle_id=cycle_id).update(**{name: F(name) + n for name, n in moved})


def _above(table: MonitoringTable) -> Q:
    nodes = Q(pk__in=[])
    for level, column in _LEVELS.items():
        nodes |= Q(level=level, node_id=getattr(table, column))
    return nodes


def _typed(name: str, difference: Any) -> Value:
    if name in MONEY:
        return Value(difference, output_field=MoneyField())
    if name == "score_sum":
        return Value(difference, output_field=MeasureField())
    return Value(difference, output_field=IntegerField())
