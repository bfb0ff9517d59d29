"""What the system fills by itself: funds, targets, last round's values, suggestions.

Every set here is one statement or a constant number of them, however many tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    ExpressionWrapper,
    F,
    FilteredRelation,
    JSONField,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least

from foundation import clock
from foundation.money import MoneyField
from foundation.upsert import upsert
from monitoring.models import CellOrigin, Cycle, FundRow, IndicatorRow, MonitoringTable
from monitoring.stages import EDITABLE_STAGES, CellSource
from projects.models import BudgetAdjustment, FundingLine, Indicator

BATCH = 1000
_FUND_MATCH = ["table_id", "source"]
_FUND_SYSTEM = ["initial", "change", "change_reason", "adjusted", "in_place", "executed"]


def fill(cycle: Cycle, table_ids: Sequence[int]) -> None:
    """Fill new tables: fund rows with a suggested full-year amount, and targets as they stand."""
    refresh_funds(cycle, table_ids)
    _copy_targets(cycle, table_ids)
    _note_suggestions(table_ids)


def refresh_funds(cycle: Cycle, table_ids: Sequence[int] | None = None) -> int:
    """Bring the budget system's figures into tables still with their unit; returns rows written.

    A submitted table keeps its snapshot; mark_newer_figures tells that others exist.
    """
    rows = _fund_rows(cycle).filter(t__stage__in=EDITABLE_STAGES)
    if table_ids is not None:
        rows = rows.filter(t__pk__in=table_ids)
    return upsert(FundRow, rows.values(*_FUND_COLUMNS), match=_FUND_MATCH, update=_FUND_SYSTEM)


def mark_newer_figures(cycle: Cycle) -> int:
    """Mark submitted tables whose budget, receipts or payments have moved since; returns how many are marked anew."""
    line = "table__project__lines__"
    moved = (
        FundRow.objects.filter(
            table__cycle=cycle, table__newer_figures=False, **{f"{line}source": F("source")}
        )
        .exclude(table__stage__in=EDITABLE_STAGES)
        .annotate(
            new_adjusted=_sum(F(f"{line}initial"), _months(cycle, "change", line)),
            new_executed=_months(cycle, "paid", line),
            new_in_place=_months(cycle, "received", line),
        )
        .exclude(adjusted=F("new_adjusted"), executed=F("new_executed"), in_place=F("new_in_place"))
    )
    tables = list(moved.order_by().values_list("table_id", flat=True))
    if not tables:
        return 0
    return MonitoringTable.objects.filter(pk__in=tables).update(newer_figures=True)


_FUND_COLUMNS = [
    "table_id",
    "source",
    "initial",
    "change",
    "change_reason",
    "adjusted",
    "in_place",
    "executed",
    "expected",
    "previous_executed",
    "version",
]


def _months(cycle: Cycle, measure: str, line: str = "") -> Coalesce:
    """Sum of the month columns of a line up to the cycle's month; `line` leads to it."""
    return Coalesce(
        reduce(add, (F(f"{line}months__{measure}_{month}") for month in range(1, cycle.month + 1))),
        Value(0, output_field=MoneyField()),
        output_field=MoneyField(),
    )


def _fund_rows(cycle: Cycle) -> Any:
    """The fund rows of the cycle's tables as the budget system has them now."""
    lines = FundingLine.objects.filter(
        project__division_id=cycle.division_id, project__year=cycle.year
    ).annotate(t=FilteredRelation("project__tables", condition=Q(project__tables__cycle=cycle)))
    reason = (
        BudgetAdjustment.objects.filter(line=OuterRef("pk"), on__lte=cycle.cut_off)
        .exclude(reason="")
        .order_by("-on")
    )
    before = FundRow.objects.filter(
        table__cycle=cycle.previous_id, table__project=OuterRef("project"), source=OuterRef("source")
    )
    return (
        lines.filter(t__isnull=False)
        .annotate(
            table_id=F("t__pk"),
            change=_months(cycle, "change"),
            in_place=_months(cycle, "received"),
            executed=_months(cycle, "paid"),
            change_reason=Coalesce(
                Subquery(reason.values("reason")[:1]), Value(""), output_field=CharField()
            ),
            previous_executed=Subquery(before.values("executed")[:1], output_field=MoneyField()),
            version=Value(1, output_field=BigIntegerField()),
        )
        .annotate(adjusted=_sum(F("initial"), F("change")))
        .annotate(expected=_suggested_expected(cycle))
    )


def _sum(first: F | Coalesce, second: F | Coalesce) -> ExpressionWrapper:
    return ExpressionWrapper(first + second, output_field=MoneyField())


def _suggested_expected(cycle: Cycle) -> Case:
    """Full-year amount if spending goes on as it went: executed ÷ (m/12), at most the adjusted budget."""
    pace = ExpressionWrapper(F("executed") * Value(12) / Value(cycle.month), output_field=MoneyField())
    return Case(
        When(executed__gte=F("adjusted"), then=F("executed")),
        default=Least(pace, F("adjusted"), output_field=MoneyField()),
        output_field=MoneyField(),
    )


def _copy_targets(cycle: Cycle, table_ids: Sequence[int]) -> None:
    """Each table gets its own copy of the targets, with last round's actuals beside them."""
    indicators = Indicator.objects.annotate(
        t=FilteredRelation("project__tables", condition=Q(project__tables__cycle=cycle))
    ).filter(t__pk__in=table_ids)
    before = IndicatorRow.objects.filter(table__cycle=cycle.previous_id, indicator=OuterRef("pk"))
    due = Case(When(due_on__gt=cycle.cut_off, then=Value(False)), default=Value(True))
    rows = indicators.annotate(
        table_id=F("t__pk"),
        indicator_id=F("pk"),
        due=due,
        previous_actual=Subquery(before.values("actual")[:1]),
        previous_level=Coalesce(Subquery(before.values("level")[:1]), Value(""), output_field=CharField()),
        previous_light=Coalesce(Subquery(before.values("light")[:1]), Value(""), output_field=CharField()),
        **{name: Value("", output_field=TextField()) for name in _EMPTY_TEXTS},
        causes=Value([], output_field=JSONField()),
        light=Value("grey"),
        version=Value(1),
    )
    columns = ["table_id", "indicator_id", "due", *_TARGET_COLUMNS, *_EMPTY_TEXTS]
    columns += ["causes", "previous_actual", "previous_level", "previous_light", "light", "version"]
    upsert(IndicatorRow, rows.values(*columns), match=["table_id", "indicator_id"], update=_TARGET_COLUMNS)


_TARGET_COLUMNS = [
    "position",
    "level1",
    "level2",
    "name",
    "sign",
    "target_low",
    "target_high",
    "target_text",
    "unit",
    "weight",
    "accrual",
    "due_on",
    "dropped",
]
_EMPTY_TEXTS = ["actual_text", "level", "expected_text", "likelihood", "cause_text", "measure"]


def _note_suggestions(table_ids: Sequence[int]) -> None:
    """Say of each suggested amount that the system suggested it."""
    at = clock.now()
    rows = FundRow.objects.filter(table__in=table_ids, expected__isnull=False).values_list(
        "table_id", "source"
    )
    CellOrigin.objects.bulk_create(
        (
            CellOrigin(
                table_id=table,
                cell=f"fund.{source}.expected",
                kind=CellSource.SUGGESTED,
                source="pace",
                at=at,
            )
            for table, source in rows.iterator(BATCH)
        ),
        batch_size=BATCH,
        ignore_conflicts=True,
    )
