"""Filling many tables at once: values that come from a file instead of a keyboard.

The same reading, the same checks and the same figures as a cell save (monitoring.filling), with a number of
statements that does not depend on the number of tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from foundation import audit, clock
from monitoring import rollups
from monitoring.explaining import ExplanationChanges, GivenExplanation, write_explanations
from monitoring.filling import CellResult, Edit, TableChanges, lock_reason, may_fill, write_origins
from monitoring.models import Cycle, MonitoringTable
from monitoring.snapshots import load_sheets
from monitoring.stages import CellSource
from monitoring.tables import Assessed, assess_sheets, keep
from organisation.models import User


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
    tables = tables.select_related("project", "cycle__rule_book", "unit", "department").with_filling_window()
    for table in tables.order_by("pk"):
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
    written = [change for change in changes if change.after]
    for change in written:
        change.raise_versions()
    write_origins(written)
    result.assessed = assess_sheets(sheets)
    keep(result.assessed, [row for change in written for row in change.rows()])
    rollups.rebuild(cycle)
    audit.record_many(change.entry() for change in written)
    return result


@transaction.atomic
def explain_many(
    cycle: Cycle, texts: Mapping[int, Mapping[tuple[str, str], str]], *, by: User
) -> list[Assessed]:
    """Keep explanations (table id → (check, cell) → text) and assess the tables anew."""
    at = clock.now()
    tables = (
        MonitoringTable.objects.select_for_update(of=("self",))
        .filter(cycle=cycle, pk__in=list(texts))
        .select_related("project", "cycle__rule_book", "unit", "department")
        .with_filling_window()
    )
    open_tables = [table for table in tables if may_fill(table, by) and lock_reason(table, at) is None]
    assessed = assess_sheets(load_sheets(open_tables))
    changes = [ExplanationChanges(each, by, at) for each in assessed]
    for change in changes:
        for (check_id, cell), text in texts[change.assessed.table.pk].items():
            change.take(GivenExplanation(check_id, cell, text))
    written = [change for change in changes if change.after]
    for change in written:
        change.assessed.table.version += 1
    write_explanations(written)
    keep(assessed, [(change.assessed.table, {"version"}) for change in written])
    audit.record_many(change.entry() for change in written)
    return assessed
