"""A table as plain data: what the checks are told, and what a submission freezes.

Loading many tables costs a constant number of queries.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, reduce
from operator import add
from typing import Any

from django.db.models import Case, ExpressionWrapper, F, IntegerField, OuterRef, Subquery, Value, When

from foundation.money import MoneyField
from monitoring import sheet_notes
from monitoring.facts import FundFacts, IndicatorFacts, TableFacts, total
from monitoring.models import FundRow, IndicatorRow, MonitoringTable
from monitoring.stages import EDITABLE_STAGES, CellSource
from projects.choices import FundSource
from projects.models import LineMonths

_TABLE_TEXTS = (
    "manager",
    "phone",
    "execution_reason",
    "objective",
    "objective_progress",
    "problems",
    "measures",
    "suggestions",
)


@dataclass
class Sheet:
    """A table with its rows in memory."""

    table: MonitoringTable
    funds: list[FundRow] = field(default_factory=list)
    indicators: list[IndicatorRow] = field(default_factory=list)
    evidence_by_cell: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    explanations: dict[tuple[str, str], str] = field(default_factory=dict)
    # Kinds of origin by cell: only "suggested" ones unless the sheet was loaded with all.
    origins: dict[str, str] = field(default_factory=dict)
    # Findings kept in the database: (check, severity, cell, code) → key.
    kept_findings: dict[tuple[str, str, str, str], int] = field(default_factory=dict)
    open_tasks: int = 0

    @cached_property
    def _indicator_of(self) -> dict[str, IndicatorRow]:
        return {row.indicator.code: row for row in self.indicators}

    def fund(self, source: str) -> FundRow | None:
        return next((row for row in self.funds if row.source == source), None)

    def indicator(self, code: str) -> IndicatorRow | None:
        return self._indicator_of.get(code)

    @property
    def suggested(self) -> set[str]:
        """Cells whose value stands as the system suggested it."""
        return {cell for cell, kind in self.origins.items() if kind == CellSource.SUGGESTED}


def load_sheets(tables: Iterable[MonitoringTable], *, origins: bool = False) -> list[Sheet]:
    """The tables with their rows: three queries however many.

    Each table needs `project`, `unit` and `cycle` selected. origins: where every typed value came from, too.
    """
    sheets = {table.pk: Sheet(table) for table in tables}
    funds = FundRow.objects.filter(table__in=list(sheets)).annotate(system_executed=_system_executed())
    for fund in funds.order_by("id"):
        sheets[fund.table_id].funds.append(fund)
    rows = IndicatorRow.objects.filter(table__in=list(sheets)).select_related("indicator")
    for row in rows.order_by("position", "id"):
        sheets[row.table_id].indicators.append(row)
    for note in sheet_notes.notes_of(list(sheets), origins=origins):
        _take(sheets[note.table_id], note)
    return list(sheets.values())


def _take(sheet: Sheet, note: sheet_notes.Note) -> None:
    match note.kind:
        case sheet_notes.FILE:
            sheet.evidence_by_cell[note.cell] += 1
        case sheet_notes.EXPLANATION:
            sheet.explanations[note.check_id, note.cell] = note.detail
        case sheet_notes.ORIGIN:
            sheet.origins[note.cell] = note.detail
        case sheet_notes.FINDING:
            sheet.kept_findings[note.check_id, note.detail, note.cell, note.code] = note.row_id
        case sheet_notes.TASK:
            sheet.open_tasks += 1


def facts_of(sheet: Sheet) -> TableFacts:
    """The table as the checks see it. Lights and rates must have been set on its rows before."""
    table, project = sheet.table, sheet.table.project
    return TableFacts(
        year=table.cycle.year,
        month=table.cycle.month,
        project_code=project.code,
        project_name=project.name,
        unit_code=table.unit.code,
        key_monitored=project.key_monitored,
        starts_on=project.starts_on,
        ends_on=project.ends_on,
        **{name: getattr(table, name) for name in _TABLE_TEXTS},
        execution_plan_on=table.execution_plan_on,
        attainable=table.attainable,
        target_changed=table.target_changed,
        funds=tuple(_fund_facts(fund, with_unit=table.stage in EDITABLE_STAGES) for fund in sheet.funds),
        indicators=tuple(_indicator_facts(row, sheet) for row in sheet.indicators),
        weighted_completion=table.weighted_completion,
        open_rectifications=sheet.open_tasks,
        last_year_carry_over=_carried_over(sheet.funds),
        evidence_count=sum(sheet.evidence_by_cell.values()),
    )


def _fund_facts(fund: FundRow, *, with_unit: bool) -> FundFacts:
    return FundFacts(
        source=fund.source,
        initial=fund.initial,
        change=fund.change,
        change_reason=fund.reason_of_change,
        adjusted=fund.adjusted,
        in_place=fund.in_place,
        executed=fund.executed,
        # A submitted table keeps its figures; `newer_figures` says that the budget system has others.
        system_executed=getattr(fund, "system_executed", None) if with_unit else None,
        expected=fund.expected,
        previous_executed=fund.previous_executed,
    )


def _carried_over(funds: list[FundRow]) -> Decimal | None:
    """What last year left unspent, as this year's budget took it up; None without such a row."""
    return total([fund.initial + fund.change for fund in funds if fund.source == FundSource.CARRYOVER])


def _system_executed() -> Subquery:
    """What the payments of a fund row's project and source add up to at the end of the row's cycle."""
    months = LineMonths.objects.filter(
        line__project=OuterRef("table__project"), line__source=OuterRef("source")
    ).annotate(last=ExpressionWrapper(OuterRef("table__cycle__month"), output_field=IntegerField()))
    nothing = Value(0, output_field=MoneyField())
    paid = [
        Case(When(last__gte=month, then=F(f"paid_{month}")), default=nothing, output_field=MoneyField())
        for month in range(1, 13)
    ]
    summed = ExpressionWrapper(reduce(add, paid), output_field=MoneyField())
    return Subquery(months.annotate(paid=summed).values("paid")[:1], output_field=MoneyField())


def _indicator_facts(row: IndicatorRow, sheet: Sheet) -> IndicatorFacts:
    code = row.indicator.code
    return IndicatorFacts(
        id=code,
        level1=row.level1,
        level2=row.level2,
        name=row.name,
        sign=row.sign,
        target_low=row.target_low,
        target_high=row.target_high,
        target_text=row.target_text,
        unit=row.unit,
        weight=row.weight,
        accrual=row.accrual,
        due=row.due,
        dropped=row.dropped,
        actual=row.actual,
        actual_text=row.actual_text,
        level=row.level or None,
        expected_value=row.expected_value,
        expected_text=row.expected_text,
        likelihood=row.likelihood or None,
        causes=tuple(row.causes),
        cause_text=row.cause_text,
        measure=row.measure,
        completion=row.completion,
        attainment=row.attainment,
        light=row.light,
        previous_actual=row.previous_actual,
        previous_light=row.previous_light or None,
        evidence_count=sum(
            sheet.evidence_by_cell.get(f"indicator.{code}.{cell}", 0) for cell in ("actual", "level")
        ),
    )


_FUND_FIELDS = (
    "source",
    "initial",
    "change",
    "change_reason",
    "change_note",
    "adjusted",
    "in_place",
    "executed",
    "expected",
)
_INDICATOR_FIELDS = (
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
    "due",
    "dropped",
    "actual",
    "actual_text",
    "level",
    "expected_value",
    "expected_text",
    "likelihood",
    "causes",
    "cause_text",
    "measure",
    "completion",
    "attainment",
    "light",
)


def snapshot_of(sheet: Sheet) -> dict[str, Any]:
    """Everything a submission freezes, as JSON-able data; amounts and measures as text."""
    table = sheet.table
    return {
        "schema": 1,
        "project": table.project.code,
        "cycle": [table.cycle.year, table.cycle.month],
        "revision": table.revision,
        "table": {name: getattr(table, name) for name in _TABLE_TEXTS}
        | {
            "attainable": table.attainable,
            "target_changed": table.target_changed,
            "target_change_note": table.target_change_note,
            "execution_plan_on": _plain(table.execution_plan_on),
        },
        "funds": [{name: _plain(getattr(row, name)) for name in _FUND_FIELDS} for row in sheet.funds],
        "indicators": [
            {"code": row.indicator.code} | {name: _plain(getattr(row, name)) for name in _INDICATOR_FIELDS}
            for row in sheet.indicators
        ],
    }


def digest_of(snapshot: dict[str, Any]) -> str:
    """SHA-256 of the snapshot in canonical JSON."""
    text = json.dumps(snapshot, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value
