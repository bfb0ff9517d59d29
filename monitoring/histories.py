"""What happened to one cell: its changes, its target, what was reported last time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from foundation.models import AuditEvent
from foundation.templatetags.figures import day, measure, wan
from monitoring.cells import Typed, said
from monitoring.form import Address, parse_address
from monitoring.grids import previous_words, target_words
from monitoring.models import CellOrigin, MonitoringTable
from monitoring.snapshots import Sheet, load_sheets
from projects.choices import FundSource

MOST_CHANGES = 50


@dataclass(frozen=True)
class Change:
    at: datetime
    who: str
    before: str
    after: str


def cell_history(table: MonitoringTable, cell: str) -> dict[str, Any]:
    """name, facts, changes (newest first, at most 50) of a cell; an unknown cell has an empty history.

    Changes are read from the audit trail, so they cannot be edited away.
    """
    sheet = load_sheets([table])[0]
    events = AuditEvent.objects.filter(
        target_kind=table._meta.label_lower, target_id=str(table.pk), after__has_key=cell
    ).order_by("-sequence")[:MOST_CHANGES]
    address = parse_address(cell)
    changes = [
        Change(
            event.at,
            event.actor_name,
            _shown(event.before, cell, address),
            _shown(event.after, cell, address),
        )
        for event in events
    ]
    return {
        "table": table,
        "name": name_of(cell, sheet),
        "changes": changes,
        "facts": list(_facts(cell, sheet)),
    }


def name_of(cell: str, sheet: Sheet) -> str:
    """A cell as people call it: "Actual · Road mended"."""
    address = parse_address(cell)
    part, _dot, rest = cell.partition(".")
    key = rest.rpartition(".")[0]
    label = str(address.column.label) if address else ""
    if part == "fund" and key in FundSource.values:
        return " · ".join(filter(None, (label, str(FundSource(key).label))))
    row = sheet.indicator(key) if part == "indicator" else None
    if row is not None:
        return " · ".join(filter(None, (label, row.name)))
    return label or cell


def _facts(cell: str, sheet: Sheet) -> Iterator[tuple[str, str]]:
    part, _dot, rest = cell.partition(".")
    key = rest.rpartition(".")[0]
    if part == "indicator" and (row := sheet.indicator(key)):
        yield _("Target of the year"), target_words(row)
        yield _("Last cycle"), previous_words(row)
        if row.due_on:
            yield _("Due on"), day(row.due_on)
        yield _("Weight"), measure(row.weight)
    if part == "fund" and (fund := sheet.fund(key)):
        yield _("Adjusted budget"), wan(fund.adjusted)
        yield _("Executed"), wan(fund.executed)
    origin = CellOrigin.objects.filter(table=sheet.table, cell=cell).first()
    if origin:
        yield _("Where it came from"), origin.get_kind_display()


def _shown(texts: dict[str, str] | None, cell: str, address: Address | None) -> str:
    text = str((texts or {}).get(cell) or "")
    return said(Typed(address, text)) if address else text
