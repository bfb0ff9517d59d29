"""The two grids of a table: funds by source, and indicators by level 1 (form A, blocks B and D).

Cells of the budget system and of the rules are locked; the others are fields while the unit may type.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from foundation.drawings import light_name
from foundation.money import wan as in_wan
from foundation.templatetags.figures import day, measure, rate, wan
from foundation.templatetags.ui import light
from monitoring import rates
from monitoring.cells import EXPLAINED_ORIGINS, Cell, Mark, Source, Typed, control, safe, said
from monitoring.choices import Light
from monitoring.filling import cell_text
from monitoring.form import FUND_COLUMNS, INDICATOR_COLUMNS, Address
from monitoring.models import FundRow, IndicatorRow
from monitoring.snapshots import Sheet
from projects.choices import Accrual, FundSource, Level1, Sign

TOTAL = "total"
ZERO = Decimal(0)
SIGNED_TARGETS = {Sign.GE, Sign.GT, Sign.EQ, Sign.LT, Sign.LE}


class Head(NamedTuple):
    """A column's head; `id` is what its cells and their fields are named by."""

    id: str
    label: str | Promise


FUND_HEADS = (
    Head("initial", gettext_lazy("Initial budget")),
    Head("change", gettext_lazy("Adjustment")),
    Head("adjusted", gettext_lazy("Adjusted budget")),
    Head("in_place", gettext_lazy("Funds in place")),
    Head("previous_executed", gettext_lazy("Executed, last cycle")),
    Head("executed", gettext_lazy("Executed")),
    Head("execution_rate", gettext_lazy("Execution rate")),
    Head("expected", gettext_lazy("Expected full-year execution")),
    Head("expected_rate", gettext_lazy("Expected rate")),
    Head("carry_over", gettext_lazy("Expected to be left")),
)

INDICATOR_HEADS = (
    Head("target", gettext_lazy("Target of the year")),
    Head("weight", gettext_lazy("Weight")),
    Head("previous_actual", gettext_lazy("Last cycle")),
    Head("actual", gettext_lazy("Actual")),
    Head("completion", gettext_lazy("Completion")),
    Head("deviation", gettext_lazy("Deviation")),
    Head("expected_value", gettext_lazy("Expected for the year")),
    Head("causes", gettext_lazy("Causes")),
    Head("cause_text", gettext_lazy("Explanation of causes")),
    Head("likelihood", gettext_lazy("Likelihood")),
    Head("measure", gettext_lazy("Measure to be taken")),
    Head("evidence", gettext_lazy("Evidence")),
)


@dataclass(frozen=True)
class Desk:
    """What the cells of one table have in common.

    editable: whether the reader may type. marks: what the checks say, by address. origins: how a typed value came.
    remarked: addresses on which a reviewer's remark stands.
    """

    sheet: Sheet
    editable: bool = False
    marks: Mapping[str, Mark] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    remarked: Collection[str] = ()

    @property
    def has_last_cycle(self) -> bool:
        return self.sheet.table.cycle.previous_id is not None

    def locked(self, address: str, text: str, source: Source, css: str = "amount", title: str = "") -> Cell:
        """A cell of the budget system, of the rules or of the last cycle."""
        kind = "computed" if source == Source.COMPUTED else "locked"
        body = f'<span title="{safe(title)}">{safe(text)}</span>' if title else safe(text)
        return Cell(
            address, SafeString(body), self._css(kind, css, address), source, mark=self.marks.get(address)
        )

    def typed(self, address: Address, labels: list[str], css: str = "", shut: bool = False) -> Cell:
        """A cell of the unit."""
        name = str(address)
        cell = Typed(
            address,
            cell_text(self.sheet, address),
            labels,
            self.marks.get(name),
            self.origins.get(name, ""),
            shut,
        )
        if not self.editable:
            shown = SafeString(safe(said(cell)))
            return Cell(name, shown, self._css(css, name), origin=cell.origin, mark=cell.mark)
        source = cell.origin if cell.origin in EXPLAINED_ORIGINS else ""
        return Cell(name, control(cell), self._css("cell", css, name), source, cell.origin, cell.mark)

    def _css(self, *words: str) -> str:
        """The classes of a cell; the last word is its address."""
        *classes, address = words
        return " ".join([*filter(None, classes), *(["remarked"] if address in self.remarked else [])])


@dataclass(frozen=True)
class Row:
    """A row of a grid: its head (id, name, what stands below it) and its cells."""

    id: str
    name: str
    below: list[str]
    cells: list[Cell]
    dropped: bool = False


@dataclass(frozen=True)
class Group:
    """Indicators of one level 1, with the weight they carry together."""

    label: str
    weight: Decimal
    rows: list[Row]


# Funds


def fund_heads(desk: Desk) -> list[Head]:
    return [head for head in FUND_HEADS if desk.has_last_cycle or head.id != "previous_executed"]


def fund_rows(desk: Desk) -> list[Row]:
    """The sources that have money in any column, in the order of the form."""
    order = {str(source): place for place, source in enumerate(FundSource.values)}
    rows = sorted(desk.sheet.funds, key=lambda row: order.get(row.source, len(order)))
    return [_fund_row(row, desk) for row in rows if has_money(row) or len(rows) == 1]


def has_money(row: FundRow) -> bool:
    return any((row.initial, row.change, row.adjusted, row.in_place, row.executed, row.expected))


def _fund_row(row: FundRow, desk: Desk) -> Row:
    name = f"fund.{row.source}"
    cells = list(_money_cells(name, _amounts(row), desk, row.reason_of_change))
    place = next(i for i, head in enumerate(fund_heads(desk)) if head.id == "expected")
    address = Address("fund", row.source, FUND_COLUMNS["expected"])
    cells.insert(place, desk.typed(address, ["head-fund-expected", f"row-{name}"], "amount"))
    return Row(f"row-{name}", str(FundSource(row.source).label), [], cells)


def fund_total(desk: Desk) -> Row:
    """The row of all sources together."""
    sums = {name: _total([_amounts(row)[name] for row in desk.sheet.funds]) for name in _SUMMED}
    if any(row.expected is None for row in desk.sheet.funds):
        sums["expected"] = None
    name = f"fund.{TOTAL}"
    cells = list(_money_cells(name, sums, desk))
    place = next(i for i, head in enumerate(fund_heads(desk)) if head.id == "expected")
    cells.insert(place, desk.locked(f"{name}.expected", wan(sums["expected"]), Source.COMPUTED))
    return Row(f"row-{name}", _("Total"), [], cells)


_SUMMED = ("initial", "change", "adjusted", "in_place", "previous_executed", "executed", "expected")


def _amounts(row: FundRow) -> dict[str, Decimal | None]:
    return {name: getattr(row, name) for name in _SUMMED}


def _total(amounts: list[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if known else None


def _money_cells(
    name: str, amounts: Mapping[str, Decimal | None], desk: Desk, change_reason: str = ""
) -> Iterator[Cell]:
    """All cells of a fund row but the expected amount."""
    for head in fund_heads(desk):
        address = f"{name}.{head.id}"
        match head.id:
            case "expected":
                continue
            case "execution_rate" | "expected_rate" | "carry_over":
                yield desk.locked(address, fund_figure(head.id, amounts), Source.COMPUTED)
            case "previous_executed":
                yield desk.locked(address, wan(amounts[head.id]), Source.LAST_CYCLE)
            case _:
                source = Source.PAYMENTS if head.id == "executed" else Source.BUDGET
                exact = _exactly(amounts[head.id]) or (change_reason if head.id == "change" else "")
                yield desk.locked(address, wan(amounts[head.id]), source, title=exact)


def _exactly(amount: Decimal | None) -> str:
    """The amount in full where two places of 万元 do not show all of it."""
    if amount is None or in_wan(amount) == in_wan(amount).quantize(Decimal("0.01")):
        return ""
    return f"{in_wan(amount).normalize():,f}"


def fund_figure(name: str, amounts: Mapping[str, Decimal | None]) -> str:
    """A computed figure of a fund row, as shown."""
    match name:
        case "execution_rate":
            return rate(rates.execution_rate(amounts["executed"], amounts["adjusted"]))
        case "expected_rate":
            return rate(rates.expected_rate(amounts["expected"], amounts["adjusted"]))
        case _:
            return wan(rates.carry_over(amounts["expected"], amounts["adjusted"]))


# Indicators


def indicator_heads(desk: Desk) -> list[Head]:
    return [head for head in INDICATOR_HEADS if desk.has_last_cycle or head.id != "previous_actual"]


def indicator_groups(desk: Desk) -> list[Group]:
    """Indicators by level 1, each group in the order of the budget system."""
    groups = []
    for level1, rows in groupby(desk.sheet.indicators, key=lambda row: row.level1):
        members = list(rows)
        weight = sum((row.weight for row in members if not row.dropped), ZERO)
        label = str(Level1(level1).label) if level1 in Level1.values else level1
        groups.append(Group(label, weight, [_indicator_row(row, desk) for row in members]))
    return groups


def _indicator_row(row: IndicatorRow, desk: Desk) -> Row:
    name = f"indicator.{row.indicator.code}"
    cells = [_indicator_cell(head.id, name, row, desk) for head in indicator_heads(desk)]
    return Row(f"row-{name}", row.name, list(_below(row)), cells, row.dropped)


def _below(row: IndicatorRow) -> Iterator[str]:
    """What stands under the indicator's name."""
    yield str(row.get_level2_display())
    if row.dropped:
        yield _("Dropped by an adjustment of targets")
    elif not row.due:
        yield (
            _("Not due before %(day)s") % {"day": day(row.due_on)}
            if row.due_on
            else _("Not due in this cycle")
        )
    elif row.accrual == Accrual.CUMULATIVE and row.sign in SIGNED_TARGETS:
        yield pgettext("indicator", "cumulative")


def _indicator_cell(head: str, name: str, row: IndicatorRow, desk: Desk) -> Cell:
    address = f"{name}.{head}"
    match head:
        case "target":
            return desk.locked(address, target_words(row), Source.BUDGET, "target")
        case "weight":
            return desk.locked(address, measure(row.weight), Source.BUDGET)
        case "previous_actual":
            return desk.locked(address, previous_words(row), Source.LAST_CYCLE)
        case "completion" | "deviation":
            return desk.locked(address, indicator_figure(head, row), Source.COMPUTED)
        case "evidence":
            return _evidence_cell(address, row, desk)
        case _:
            return _typed_cell(head, name, row, desk)


def _typed_cell(head: str, name: str, row: IndicatorRow, desk: Desk) -> Cell:
    column = INDICATOR_COLUMNS["level" if head == "actual" and row.sign == Sign.LEVEL else head]
    address = Address("indicator", row.indicator.code, column)
    css = "amount" if head in ("actual", "expected_value") and column.field != "level" else head
    return desk.typed(address, [f"head-indicator-{head}", f"row-{name}"], css, shut=row.dropped)


def _evidence_cell(address: str, row: IndicatorRow, desk: Desk) -> Cell:
    cell = f"indicator.{row.indicator.code}.actual"
    count = desk.sheet.evidence_by_cell.get(cell, 0)
    if not desk.editable:
        return Cell(address, SafeString(count or ""), "files")
    said_count = _("%(n)s files; attach another") % {"n": count} if count else _("Attach a file")
    name = safe(f"{said_count}: {row.name}")
    body = f'<a class="attach" href="#evidence" data-attach="{safe(cell)}" aria-label="{name}">{count or "+"}</a>'
    return Cell(address, SafeString(body), "files")


def target_words(row: IndicatorRow) -> str:
    """The year's target as the form shows it: "≥ 100 km", "80–90 %", or its words."""
    if row.sign == Sign.LEVEL or row.target_low is None:
        return row.target_text or "—"
    if row.sign == Sign.BETWEEN:
        return f"{measure(row.target_low)}–{measure(row.target_high)} {row.unit}".strip()
    return f"{Sign(row.sign).label} {measure(row.target_low)} {row.unit}".strip()


def previous_words(row: IndicatorRow) -> str:
    if row.previous_level:
        return str(row.get_previous_level_display())
    return measure(row.previous_actual)


def indicator_figure(name: str, row: IndicatorRow) -> SafeString | str:
    """Completion with its light, or the deviation with its sign, as shown."""
    if name == "deviation":
        return "—" if row.deviation is None else f"{'+' if row.deviation > 0 else ''}{rate(row.deviation)}"
    if row.light == Light.GREY and row.completion is None:
        return "—"
    return SafeString(f"<span>{rate(row.completion)}</span> {light(light_name(row.light))}")


def computed(desk: Desk, addresses: list[str]) -> dict[str, str]:
    """What the computed cells show that depend on the cells named: address → markup."""
    keys = {address.rpartition(".")[0] for address in addresses}
    shown: dict[str, str] = {}
    for row in desk.sheet.indicators:
        name = f"indicator.{row.indicator.code}"
        if name in keys:
            shown |= {f"{name}.{head}": safe(indicator_figure(head, row)) for head in _ROW_FIGURES}
    if any(key.startswith("fund.") for key in keys):
        for fund in [*fund_rows(desk), fund_total(desk)]:
            shown |= {cell.address: cell.body for cell in fund.cells if cell.source == Source.COMPUTED}
    return shown


_ROW_FIGURES = ("completion", "deviation")
