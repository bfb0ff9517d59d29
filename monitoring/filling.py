"""Filling a table: every cell saves itself, and what the rules say of the table comes back with the save.

A cell is compared with what its author saw: two people never overwrite each other in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext as _

from foundation import audit, clock
from foundation.errors import BadInput, RuleError
from foundation.money import wan
from monitoring import rollups
from monitoring.explaining import ExplanationChanges, GivenExplanation, write_explanations
from monitoring.form import Address, parse_address
from monitoring.models import (
    CellOrigin,
    FundRow,
    IndicatorRow,
    MonitoringTable,
    TableFigures,
)
from monitoring.parsing import parse_cell
from monitoring.querysets import TableQuerySet
from monitoring.snapshots import Sheet, load_sheets
from monitoring.stages import EDITABLE_STAGES, CellSource, CycleState, Stage
from monitoring.tables import Assessed, assess_sheets, keep
from organisation.models import User
from organisation.roles import Role
from organisation.scope import scope_of


@dataclass(frozen=True)
class Edit:
    """A typed value. `seen` is the text the cell showed before, None when the author did not look."""

    cell: str
    value: Any
    seen: str | None = None


@dataclass(frozen=True)
class CellResult:
    """What became of an edit: "saved", "unchanged", "conflict" or "invalid"; `text` is what the cell holds now."""

    cell: str
    state: str
    text: str
    message: str = ""
    by: str = ""


@dataclass(frozen=True)
class Saved:
    """What a save did. `version_before` is the table's version as the save found it: whoever knew another one
    has not seen everything that was saved before.
    """

    results: list[CellResult]
    at: datetime
    assessed: Assessed
    version_before: int


def may_fill(table: MonitoringTable, user: User) -> bool:
    """Whether the person fills tables of this unit."""
    return table.unit_id in scope_of(user).at(Role.CLERK)


def lock(tables: TableQuerySet, **which: Any) -> MonitoringTable:
    """The one table of `tables` that is meant, locked, with what its figures and lock_reason() need.

    Raises MonitoringTable.DoesNotExist.
    """
    return (
        tables.select_for_update(of=("self",))
        .select_related("project", "cycle__rule_book", "unit", "department")
        .with_filling_window()
        .get(**which)
    )


def lock_reason(table: MonitoringTable, at: datetime) -> RuleError | None:
    """Why nobody may type into the table now; None when the unit may."""
    if table.cycle.state != CycleState.OPEN:
        return RuleError("cycle_closed", _("This cycle is closed; its tables no longer change."))
    if table.stage not in EDITABLE_STAGES:
        return RuleError("not_editable", _("This table is under review; withdraw it or wait for its return."))
    # A returned table may be put right as long as the tier that returned it is open.
    begins, ends = _filling_window(table)
    if table.stage == Stage.FILLING and ends and at >= ends:
        return RuleError("too_late", _("The time for filling has ended. Ask for an extension."))
    if begins and at < begins:
        return RuleError("too_early", _("Filling has not begun yet."))
    return None


def _filling_window(table: MonitoringTable) -> tuple[datetime | None, datetime | None]:
    """When filling begins and ends, as with_filling_window() gave it or as the cycle has it."""
    if hasattr(table, "filling_until"):
        return table.filling_from, table.filling_until  # type: ignore[attr-defined]
    window = table.cycle.windows_by_stage.get(Stage.FILLING)
    return (window.opens_at, window.closes_at) if window else (None, None)


@transaction.atomic
def save_cells(
    table: MonitoringTable,
    edits: Sequence[Edit],
    explanations: Sequence[GivenExplanation] = (),
    *,
    by: User,
) -> Saved:
    """Save typed cells and explanations and compute the table anew, in one transaction with its audit rows.

    An edit that cannot be read, or whose cell somebody else has changed meanwhile, is told of in its result
    and does not hold up the others. Raises PermissionDenied; RuleError when the table is locked.
    """
    return save_locked(lock(MonitoringTable.objects.filter(pk=table.pk)), edits, explanations, by=by)


def save_locked(
    table: MonitoringTable,
    edits: Sequence[Edit],
    explanations: Sequence[GivenExplanation] = (),
    *,
    by: User,
) -> Saved:
    """The same for a table that lock() gave in this transaction."""
    at = _require_open(table, by)
    version_before = table.version
    kept = TableFigures.objects.filter(pk=table.pk).first()
    contributed = rollups.contribution(table, kept)
    sheet = load_sheets([table])[0]
    changes = TableChanges(sheet, by, at, CellSource.TYPED)
    results = [changes.take(edit) for edit in edits]
    after = assess_sheets([sheet])[0]
    after.figures_before = kept
    explained = ExplanationChanges(after, by, at)
    results += [_explained(explained, given) for given in explanations]
    if changes.after or explained.after:
        changes.raise_versions(anyway=True)
    if changes.after or explained.after or kept is None:
        write_origins([changes])
        write_explanations([explained])
        keep([after], changes.rows())
        rollups.adjust(table, contributed, rollups.contribution(table, after.figures))
    entries = ([changes.entry()] if changes.after else []) + ([explained.entry()] if explained.after else [])
    audit.record_many(entries)
    return Saved(results, at, after, version_before)


def _explained(changes: ExplanationChanges, given: GivenExplanation) -> CellResult:
    try:
        text = changes.take(given)
    except BadInput as error:
        return CellResult(given.address, "invalid", "", str(error.faults[0].message))
    return CellResult(given.address, "saved", text)


@transaction.atomic
def explain(table: MonitoringTable, check_id: str, cell: str, text: str, *, by: User) -> Assessed:
    """Keep why a warning may stand; an empty text takes the explanation back.

    Raises BadInput when the text is too short to say anything, and what save_cells() raises.
    """
    given = GivenExplanation(check_id, cell, text)
    saved = save_cells(table, [], [given], by=by)
    if saved.results[0].state == "invalid":
        raise given.refusal(saved.results[0].message)
    return saved.assessed


def raise_version(table: MonitoringTable) -> None:
    """Say that a locked table holds something new, so that no page shown before may submit or decide on it."""
    table.version += 1
    table.save(update_fields=["version"])


def _require_open(table: MonitoringTable, by: User) -> datetime:
    """The moment of the act. Raises PermissionDenied; RuleError when the locked table is not open to its unit."""
    if not may_fill(table, by):
        raise PermissionDenied
    at = clock.now()
    if refusal := lock_reason(table, at):
        raise refusal
    return at


def cell_text(sheet: Sheet, address: Address) -> str:
    """A cell as the browser shows and sends it: money in 万元, choices by value, lists joined by commas."""
    row = _row(sheet, address)
    if row is None:
        return ""
    return _text(getattr(row, address.column.field), _typed_text(row, address.column.field), address)


class TableChanges:
    """Edits of one table: applied to its rows in memory, written together."""

    def __init__(self, sheet: Sheet, by: User | None, at: datetime, source: CellSource) -> None:
        self.sheet, self.by, self.at, self.source = sheet, by, at, source
        self.before: dict[str, str] = {}
        self.after: dict[str, str] = {}
        self.touched: dict[tuple[type[models.Model], int], tuple[models.Model, set[str]]] = {}

    def take(self, edit: Edit) -> CellResult:
        address = parse_address(edit.cell)
        row = _row(self.sheet, address) if address else None
        if address is None or row is None:
            return CellResult(edit.cell, "invalid", "", _("There is no such cell."))
        old = cell_text(self.sheet, address)
        try:
            parsed = parse_cell(address, edit.value)
        except BadInput as error:
            return CellResult(edit.cell, "invalid", old, str(error.faults[0].message))
        new = self._preview(row, address, parsed.values)
        if new == old:
            return CellResult(edit.cell, "unchanged", old)
        if edit.seen is not None and edit.seen != old:
            message = _("Somebody else has changed this cell meanwhile.")
            return CellResult(edit.cell, "conflict", old, message, by=self._last_author(edit.cell))
        for name, value in parsed.values.items():
            setattr(row, name, value)
        _row_and_names = self.touched.setdefault((type(row), row.pk), (row, set()))
        _row_and_names[1].update(parsed.values)
        self.before.setdefault(edit.cell, old)
        self.after[edit.cell] = new
        self.sheet.origins[edit.cell] = self.source
        return CellResult(edit.cell, "saved", new, parsed.warning)

    def raise_versions(self, *, anyway: bool = False) -> None:
        """A change in any row is a change of the table: pages that show the table as it was are out of date.

        anyway: also when no cell has changed.
        """
        if self.after or anyway:
            self.touched.setdefault((MonitoringTable, self.sheet.table.pk), (self.sheet.table, set()))
        for row, names in self.touched.values():
            row.version += 1  # type: ignore[attr-defined]
            names.add("version")

    def rows(self) -> list[tuple[models.Model, set[str]]]:
        """The rows that an edit has changed, with the names of the fields changed."""
        return list(self.touched.values())

    def origins(self) -> list[CellOrigin]:
        """Who put the changed values there, and how."""
        return [
            CellOrigin(table=self.sheet.table, cell=cell, kind=self.source, by=self.by, at=self.at)
            for cell in self.after
        ]

    def entry(self) -> audit.Entry:
        """The line in the audit trail."""
        table = self.sheet.table
        return audit.Entry(
            action="tables.cells_saved",
            target=table,
            actor=self.by,
            before=self.before,
            after=self.after,
            division_id=table.division_id,
        )

    @staticmethod
    def _preview(row: models.Model, address: Address, values: dict[str, Any]) -> str:
        kept = {name: getattr(row, name) for name in values}
        for name, value in values.items():
            setattr(row, name, value)
        text = _text(getattr(row, address.column.field), _typed_text(row, address.column.field), address)
        for name, value in kept.items():
            setattr(row, name, value)
        return text

    def _last_author(self, cell: str) -> str:
        origin = CellOrigin.objects.filter(table=self.sheet.table, cell=cell).select_related("by").first()
        return str(origin.by) if origin and origin.by else ""


def write_origins(changes: Iterable[TableChanges]) -> None:
    """Note who put the changed values there."""
    CellOrigin.objects.bulk_create(
        [origin for change in changes for origin in change.origins()],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["table", "cell"],
        update_fields=["kind", "source", "by", "at"],
    )


def _row(sheet: Sheet, address: Address) -> MonitoringTable | FundRow | IndicatorRow | None:
    match address.part:
        case "table":
            return sheet.table
        case "fund":
            return sheet.fund(address.key)
        case _:
            return sheet.indicator(address.key)


_TEXT_BESIDE = {"actual": "actual_text", "expected_value": "expected_text"}


def _typed_text(row: models.Model, field: str) -> str:
    beside = _TEXT_BESIDE.get(field)
    return getattr(row, beside) if beside else ""


_SHOWN: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "1" if value else "0",
    list: ",".join,
    date: date.isoformat,
}


def _text(value: Any, typed: str, address: Address) -> str:
    if value is None:
        return typed
    if isinstance(value, Decimal):
        if address.part == "fund":
            return _plain(wan(value), least=2)
        return _plain(value)
    shown = _SHOWN.get(type(value))
    return shown(value) if shown else str(value)


def _plain(number: Decimal, least: int = 0) -> str:
    """Without trailing zeros beyond `least` places, never in exponents."""
    text = format(number.normalize(), "f")
    whole, _dot, places = text.partition(".")
    places = places.ljust(least, "0")
    return f"{whole}.{places}" if places else whole
