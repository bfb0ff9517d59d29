"""How one cell of a table stands on a page: a field for whoever may type, a figure or a text for the others.

Written as text and not as templates, because a table has up to a thousand cells: whatever goes into the markup
passes through `safe` first. The scripts know a cell by data-cell (static/js/grid-cells.js).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from html import escape

from django.utils.html import html_safe
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from monitoring.form import INDICATOR_COLUMNS, Address, CellType, Column

EMPTY = SafeString("")
LONG_TEXT = 100
# Origins that the page explains under its grids.
EXPLAINED_ORIGINS = ("suggested",)


class Source(StrEnum):
    """Where a shown value comes from; the page says it in words under these names."""

    BUDGET = "budget"
    PAYMENTS = "payments"
    COMPUTED = "computed"
    LAST_CYCLE = "last-cycle"


class MarkKind(StrEnum):
    """What the checks say of a cell, mildest first."""

    HINT = "hint"
    WARNING = "warning"
    NEEDED = "needed"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Mark:
    kind: MarkKind
    message: str = ""


@html_safe
@dataclass(frozen=True, slots=True)
class Cell:
    """One <td>; a template writes {{ cell }}. source: where a locked figure is from; origin: how a typed one came."""

    address: str
    body: SafeString
    css: str = ""
    source: str = ""
    origin: str = ""
    mark: Mark | None = None

    def __str__(self) -> str:
        css = " ".join(part for part in (self.css, self.mark.kind if self.mark else "", self.origin) if part)
        about = f' data-source="{self.source}"' if self.source else ""
        address = safe(self.address)
        note = note_of(self.address, self.mark)
        return SafeString(
            f'<td id="cell-{address}" data-cell="{address}" class="{css}"{about}>{safe(self.body)}{note}</td>'
        )


@dataclass(frozen=True, slots=True)
class Typed:
    """A cell of the form as it stands: its column, canonical text, and what else a field needs to be drawn.

    labels: ids of the elements that name it; without them its own id is "field-<address>", for a label to point at.
    """

    address: Address
    text: str
    labels: Sequence[str] = ()
    mark: Mark | None = None
    origin: str = ""
    disabled: bool = False

    @property
    def column(self) -> Column:
        return self.address.column


def safe(text: str) -> str:
    """The text as it may stand in markup and in a quoted attribute; what is markup already stays as it is."""
    return text if isinstance(text, SafeString) else escape(text)


def note_of(address: str, mark: Mark | None) -> SafeString:
    """What a screen reader says of a marked cell; the scripts fill it anew after each save."""
    if mark is None or not mark.message:
        return EMPTY
    return SafeString(f'<span class="visually-hidden" id="note-{safe(address)}">{safe(mark.message)}</span>')


def control(cell: Typed) -> SafeString:
    """The field to type into."""
    match cell.column.type:
        case CellType.CHOICE | CellType.FLAG:
            return _select(cell)
        case CellType.CHOICES:
            return _boxes(cell)
        case CellType.DATE:
            return _input(cell, 'type="date"')
        case CellType.MONEY | CellType.MEASURE | CellType.MEASURE_OR_TEXT:
            return _input(cell, 'type="text" inputmode="decimal"')
        case _ if cell.column.max_length > LONG_TEXT:
            # A text area drops its first line break; it gets one to drop.
            return SafeString(f"<textarea{_attributes(cell)} rows=1>\n{safe(cell.text)}</textarea>")
        case _:
            return _input(cell, 'type="text"')


def said(cell: Typed) -> str:
    """The cell's text as a reader sees it: labels of choices, yes and no, amounts in groups."""
    match cell.column.type:
        case CellType.CHOICE | CellType.CHOICES | CellType.FLAG:
            labels = dict(_choices(cell.column))
            chosen = (labels.get(value, value) for value in cell.text.split(",") if value)
            return pgettext("between the items of a list", ", ").join(chosen)
        case CellType.MONEY if cell.text:
            return f"{Decimal(cell.text):,f}"
        case _:
            return cell.text


def _choices(column: Column) -> Sequence[tuple[str, str]]:
    """(value, label) in the reader's language."""
    if column.type == CellType.FLAG:
        return (("1", _("Yes")), ("0", _("No")))
    return _labels(column.field, get_language() or "")


@lru_cache(maxsize=32)
def _labels(field: str, language: str) -> tuple[tuple[str, str], ...]:
    # The language is part of the key only: the labels are those of the language active now.
    choices = INDICATOR_COLUMNS[field].choices.choices
    return tuple((str(value), str(label)) for value, label in choices)


def _attributes(cell: Typed, *, name: bool = True) -> str:
    """name, what labels and describes the field, and whether it is asked for or wrong."""
    address = safe(str(cell.address))
    parts = [f' name="{address}"'] if name else []
    if cell.labels:
        parts.append(f' aria-labelledby="{safe(" ".join(cell.labels))}"')
    else:
        parts.append(f' id="field-{address}"')
    notes = [f"note-{address}"] if cell.mark and cell.mark.message else []
    notes += [f"source-{cell.origin}"] if cell.origin in EXPLAINED_ORIGINS else []
    if notes:
        parts.append(f' aria-describedby="{" ".join(notes)}"')
    if cell.mark and cell.mark.kind == MarkKind.NEEDED:
        parts.append(' aria-required="true"')
    if cell.mark and cell.mark.kind == MarkKind.ERROR:
        parts.append(' aria-invalid="true"')
    return "".join([*parts, " disabled"] if cell.disabled else parts)


def _input(cell: Typed, kind: str) -> SafeString:
    return SafeString(f'<input {kind}{_attributes(cell)} value="{safe(cell.text)}">')


def _select(cell: Typed) -> SafeString:
    options = _options([("", ""), *_choices(cell.column)], cell.text)
    return SafeString(f"<select{_attributes(cell)}>{options}</select>")


def _options(choices: Iterable[tuple[str, str]], text: str) -> str:
    return "".join(
        f'<option value="{safe(value)}"{" selected" if value == text else ""}>{safe(label)}</option>'
        for value, label in choices
    )


def _boxes(cell: Typed) -> SafeString:
    """Several choices: a closed list that says what is chosen, with a box for each inside."""
    address = safe(str(cell.address))
    chosen = set(cell.text.split(","))
    shut = " disabled" if cell.disabled else ""
    boxes = "".join(
        f'<label><input type="checkbox" name="{address}" value="{safe(value)}" data-label="{safe(label)}"'
        f"{' checked' if value in chosen else ''}{shut}> {safe(label)}</label>"
        for value, label in _choices(cell.column)
    )
    named = replace(cell, labels=[*cell.labels, f"chosen-{cell.address}"])
    # An empty value beside the boxes: a form that ticks none still says so.
    return SafeString(
        f"<details data-causes><summary{_attributes(named, name=False)}>"
        f'<span id="chosen-{address}" data-chosen>{safe(said(cell) or "—")}</span></summary>'
        f'<div class="choices" role="group" data-cause-list aria-labelledby="{safe(" ".join(cell.labels))}">{boxes}'
        f'</div></details><input type="hidden" name="{address}" value="">'
    )
