"""Filling many tables at once: values that come from a file instead of a keyboard.

The same reading, the same checks and the same figures as a cell save (monitoring.filling), with a number of
statements that does not depend on the number of tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F, Model

from foundation import audit, clock
from foundation.upsert import update_rows
from monitoring import rollups
from monitoring.filling import CellResult, Edit, TableChanges, lock_reason, may_fill
from monitoring.models import CellOrigin, Cycle, Explanation, FundRow, IndicatorRow, MonitoringTable
from monitoring.snapshots import load_sheets
from monitoring.stages import CellSource
from monitoring.tables import Assessed, assess_sheets, keep
from organisation.models import User

BATCH = 500


@dataclass
class Filled:
    """What became of the values: assessed tables, refused cells by table, tables left alone with the reason."""

    assessed: list[Assessed] = field(default_factory=list)
    refused: dict[int, list[CellResult]] = field(default_factory=dict)
    locked: dict[int, str] = field(default_factory=dict)


@transaction.atomic
def fill_many(
    cycle: Cycle, edits: Mapping[int, Sequence[Edit]], *, by: User, source: CellSource = CellSource.IMPORTED
) -> Filled:
    """Write edits into the tables they are for (table id → edits), as far as the person may fill them now."""
    result, at = Filled(), clock.now()
    tables = MonitoringTable.objects.select_for_update(of=("self",)).filter(cycle=cycle, pk__in=list(edits))
    open_tables = []
    for table in tables.select_related("project", "cycle__rule_book", "unit", "department").order_by("pk"):
        if not may_fill(table, by):
            continue
        if reason := lock_reason(table, at):
            result.locked[table.pk] = reason.message
        else:
            open_tables.append(table)
    sheets = load_sheets(open_tables)
    changes = [TableChanges(sheet, by, at, source) for sheet in sheets]
    for change in changes:
        results = [change.take(edit) for edit in edits[change.sheet.table.pk]]
        if refused := [each for each in results if each.state in ("invalid", "conflict")]:
            result.refused[change.sheet.table.pk] = refused
    _write([change for change in changes if change.after])
    result.assessed = assess_sheets(sheets)
    keep(result.assessed)
    rollups.rebuild(cycle)
    audit.record_many(
        audit.Entry(
            action="tables.cells_saved",
            target=change.sheet.table,
            actor=by,
            before=change.before,
            after=change.after,
            division_id=cycle.division_id,
        )
        for change in changes
        if change.after
    )
    return result


_FUND_FIELDS = ["expected", "version"]
_ROW_FIELDS = [
    "actual",
    "actual_text",
    "level",
    "expected_value",
    "expected_text",
    "likelihood",
    "causes",
    "cause_text",
    "measure",
    "version",
]
_TABLE_FIELDS = [
    "manager",
    "phone",
    "execution_reason",
    "execution_plan_on",
    "objective_progress",
    "target_changed",
    "target_change_note",
    "problems",
    "measures",
    "suggestions",
    "attainable",
    "version",
]
_FIELDS: dict[type[Model], list[str]] = {
    FundRow: _FUND_FIELDS,
    IndicatorRow: _ROW_FIELDS,
    MonitoringTable: _TABLE_FIELDS,
}


def _write(changes: Sequence[TableChanges]) -> None:
    for change in changes:
        change.raise_versions()
    for model, fields in _FIELDS.items():
        update_rows([row for change in changes for row in change.rows(model)], fields)
    CellOrigin.objects.bulk_create(
        [origin for change in changes for origin in change.origins()],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["table", "cell"],
        update_fields=["kind", "source", "by", "at"],
    )


@transaction.atomic
def explain_many(
    cycle: Cycle, texts: Mapping[int, Mapping[tuple[str, str], str]], *, by: User
) -> list[Assessed]:
    """Keep explanations (table id → (check, cell) → text) and assess the tables anew."""
    at = clock.now()
    tables = [
        table
        for table in MonitoringTable.objects.select_for_update(of=("self",))
        .filter(cycle=cycle, pk__in=list(texts))
        .select_related("project", "cycle__rule_book", "unit", "department")
        if may_fill(table, by) and lock_reason(table, at) is None
    ]
    Explanation.objects.bulk_create(
        [
            Explanation(table=table, check_id=check_id, cell=cell, text=text, by=by, at=at)
            for table in tables
            for (check_id, cell), text in texts[table.pk].items()
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["table", "check_id", "cell"],
        update_fields=["text", "by", "at"],
    )
    MonitoringTable.objects.filter(pk__in=[table.pk for table in tables]).update(version=F("version") + 1)
    for table in tables:
        table.version += 1
    assessed = assess_sheets(load_sheets(tables))
    keep(assessed)
    audit.record_many(
        audit.Entry(
            action="tables.explained",
            target=each.table,
            actor=by,
            after={f"{check_id} {cell}": text for (check_id, cell), text in texts[each.table.pk].items()},
            division_id=cycle.division_id,
        )
        for each in assessed
    )
    return assessed
