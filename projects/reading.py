"""From cells to values: one sheet of an import file read by its columns, every fault named by sheet, row and column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from foundation.errors import BadInput, Fault
from foundation.money import MEASURE_LIMIT, MONEY_LIMIT, from_wan, parse_amount, parse_measure
from foundation.spreadsheets import Damaged, Range
from projects.import_columns import FLAGS, Column, ColumnType, HeadingMatch, Place, Sheet, normalise

EARLIEST, LATEST = 2000, 2100
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_UNSHOWABLE = re.compile(r"[\x00-\x08\x0b-\x1f]")
_COMPACT_DATE = re.compile(r"\d{8}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet: its number as Excel shows it, and its values by column key."""

    number: int
    values: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.values[key]

    def get(self, key: str) -> Any:
        return self.values.get(key)


@dataclass
class ReadSheet:
    """The rows of a sheet that could be read, what was wrong with the others, and how to name a cell.

    spoiled: rows with a cell that could not be read, without that cell; other rows may still refer to them.
    """

    sheet: Sheet
    rows: list[Row] = field(default_factory=list)
    spoiled: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    row_count: int = 0

    def at(self, row: Row, key: str) -> str:
        """Address of a cell: 预算项目!C12."""
        place = self.places.get(key)
        return f"{self.sheet.name}!{column_letters(place.index) if place else ''}{row.number}"

    def refuse(self, row: Row, key: str, message: str) -> None:
        self.faults.append(Fault(self.at(row, key), message))


def read_sheet(sheet: Sheet, rows: Sequence[Sequence[Any]], merged: Iterable[Range] = ()) -> ReadSheet:
    """Read a sheet's cells. Empty rows are skipped; a missing heading refuses the sheet.

    merged: ranges as foundation.spreadsheets.Sheet has them. Above the headings they are titles; below, whatever
    such a range covers is told, for only its first cell has the value that people see in all of it.
    """
    result = ReadSheet(sheet)
    heading = sheet.find_heading_row(rows)
    if heading is None:
        result.faults.append(Fault(sheet.name, _("The row of column headings was not found.")))
        return result
    match = sheet.match(rows[heading])
    if not _headings_hold(sheet, match, heading, result):
        return result
    result.places = match.places
    rows = _with_covered_cells(rows, merged, heading)
    numbered = ((number, cells) for number, cells in enumerate(rows[heading + 1 :], start=heading + 2))
    read_rows(result, numbered)
    return result


def _with_covered_cells(
    rows: Sequence[Sequence[Any]], merged: Iterable[Range], heading: int
) -> Sequence[Sequence[Any]]:
    """The rows with a mark in each cell that a merged one covers; an empty merged range covers nothing."""
    marked = list(rows)
    for (top, left), (bottom, right) in merged:
        first = rows[top][left] if top < len(rows) and left < len(rows[top]) else None
        if top <= heading or first is None or first == "":
            continue
        for number in range(top, min(bottom + 1, len(rows))):
            cells = list(marked[number])
            cells += [None] * (right + 1 - len(cells))
            for place in range(left, right + 1):
                if (number, place) != (top, left):
                    cells[place] = Damaged("merged")
            marked[number] = cells
    return marked


def read_rows(result: ReadSheet, numbered: Iterable[tuple[int, Sequence[Any]]]) -> None:
    """Read rows whose places are known; identities must be unique within the file."""
    seen: dict[tuple[Any, ...], int] = {}
    columns = [(column, result.places.get(column.key)) for column in result.sheet.columns]
    for number, cells in numbered:
        if all(cell is None or cell == "" for cell in cells):
            continue
        result.row_count += 1
        row = _read_row(result, number, cells, columns)
        if len(row.values) < len(columns):
            result.spoiled.append(row)
            continue
        identity = tuple(row.get(key) for key in result.sheet.identity)
        if identity in seen:
            first = _("Stands twice in the file: first in row %(row)s.") % {"row": seen[identity]}
            result.refuse(row, result.sheet.identity[-1], first)
            continue
        seen[identity] = number
        result.rows.append(row)


def _headings_hold(sheet: Sheet, match: HeadingMatch, heading: int, result: ReadSheet) -> bool:
    where = f"{sheet.name}!{heading + 1}"
    for column in match.missing:
        result.faults.append(
            Fault(where, _("The column “%(heading)s” is missing.") % {"heading": column.heading})
        )
    for name in match.repeated:
        result.faults.append(Fault(where, _("The column “%(heading)s” stands twice.") % {"heading": name}))
    return not match.missing and not match.repeated


def _read_row(
    result: ReadSheet, number: int, cells: Sequence[Any], columns: list[tuple[Column, Place | None]]
) -> Row:
    """The row without the cells that could not be read."""
    values: dict[str, Any] = {}
    for column, place in columns:
        if place is None:
            values[column.key] = _blank(column)
            continue
        raw = cells[place.index] if place.index < len(cells) else None
        try:
            values[column.key] = read_cell(column, place.type, raw)
        except ValueError as error:
            where = f"{result.sheet.name}!{column_letters(place.index)}{number}"
            result.faults.append(Fault(where, f"{column.heading}：{error}"))
    return Row(number, values)


def read_cell(column: Column, kind: ColumnType, raw: Any) -> Any:
    """The value of one cell. Raises ValueError with what is wrong, in the language active now."""
    if isinstance(raw, Damaged):
        raise ValueError(raw.message)
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        if column.required:
            raise ValueError(_("This cell must not be empty."))
        return _blank(column)
    return _READERS[kind](column, raw)


def _blank(column: Column) -> Any:
    if column.type in (ColumnType.TEXT, ColumnType.CODE, ColumnType.CHOICE):
        return ""
    return False if column.type is ColumnType.FLAG else None


def _text(column: Column, raw: Any) -> str:
    if isinstance(raw, bool | date | Decimal) or (
        isinstance(raw, int) and column.type is not ColumnType.TEXT
    ):
        raw = str(raw)
    text = str(raw).strip()
    if _UNSHOWABLE.search(text):
        raise ValueError(_("The text holds characters that cannot be shown."))
    if column.max_length and len(text) > column.max_length:
        raise ValueError(
            _("At most %(n)s characters; this has %(has)s.") % {"n": column.max_length, "has": len(text)}
        )
    return text


def _code(column: Column, raw: Any) -> str:
    text = _text(column, raw)
    if isinstance(raw, Decimal | float):
        raise ValueError(_("The code became a number. Format the column as text and enter the code again."))
    if column.pattern and not re.fullmatch(column.pattern.removeprefix("^").removesuffix("$"), text):
        raise ValueError(_("“%(text)s” is not a code of this kind.") % {"text": text[:40]})
    return text


def _amount(_column: Column, raw: Any) -> Decimal:
    return _number(raw, lambda text: parse_amount(text, places=2), MONEY_LIMIT, places=2)


def _amount_wan(_column: Column, raw: Any) -> Decimal:
    amount = _number(raw, lambda text: parse_amount(text, places=6), MONEY_LIMIT, places=6)
    return from_wan(amount).quantize(Decimal("0.01"))


def _measure(_column: Column, raw: Any) -> Decimal:
    return _number(raw, parse_measure, MEASURE_LIMIT, places=4)


def _number(raw: Any, parse: Any, limit: Decimal, *, places: int) -> Decimal:
    if isinstance(raw, bool | date):
        raise ValueError(_("This must be a number."))
    if isinstance(raw, int | Decimal):
        # A number cell carries binary dust far behind the comma (0.1 + 0.2); what is shown is meant.
        number = Decimal(raw).quantize(Decimal(1).scaleb(-8)).normalize()
        if abs(number) > limit:
            raise ValueError(_("This number is too large to be kept. Check the unit."))
        if -number.as_tuple().exponent > places:  # type: ignore[operator]
            raise ValueError(_("At most %(places)s decimal places.") % {"places": places})
        return number.quantize(Decimal(1).scaleb(-places))
    try:
        return parse(str(raw))
    except BadInput as error:
        raise ValueError(str(error.faults[0].message)) from error


def _integer(_column: Column, raw: Any) -> int:
    text = str(raw).strip()
    if isinstance(raw, bool) or not re.fullmatch(r"-?\d{1,9}(\.0+)?", text):
        raise ValueError(_("This must be a whole number."))
    return int(Decimal(text))


def _date(_column: Column, raw: Any) -> date:
    if isinstance(raw, datetime):
        raw = raw.date()
    day = raw if isinstance(raw, date) else _date_from_text(str(raw).strip())
    if not EARLIEST <= day.year <= LATEST:
        raise ValueError(_("The year %(year)s cannot be right.") % {"year": day.year})
    return day


def _date_from_text(text: str) -> date:
    try:
        if match := _DATE.fullmatch(text):
            return date(*map(int, match.groups()))
        if _COMPACT_DATE.fullmatch(text):
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError as error:
        raise ValueError(_("There is no such day.")) from error
    raise ValueError(_("Write the date as 2022-06-30."))


def _choice(column: Column, raw: Any) -> str:
    value = column.value_of(raw)
    if value is None:
        # A mark of secrecy is not quoted: what must not be in the system does not come back in a message.
        quoted = "" if column.key == "secrecy" else f"“{str(raw)[:40]}”"
        labels = "、".join(dict.fromkeys(column.label_of(each) for each in column.choices.values()))
        raise ValueError(
            _("%(text)s is not known. Choose one of: %(labels)s.") % {"text": quoted, "labels": labels}
        )
    return value


_FLAGS = {normalise(text): value for text, value in FLAGS.items()}


def _flag(_column: Column, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    value = _FLAGS.get(normalise(raw))
    if value is None:
        raise ValueError(_("Write 是 or 否."))
    return value


_READERS = {
    ColumnType.TEXT: _text,
    ColumnType.CODE: _code,
    ColumnType.AMOUNT: _amount,
    ColumnType.AMOUNT_WAN: _amount_wan,
    ColumnType.MEASURE: _measure,
    ColumnType.INTEGER: _integer,
    ColumnType.DATE: _date,
    ColumnType.CHOICE: _choice,
    ColumnType.FLAG: _flag,
}


def column_letters(index: int) -> str:
    """Excel's name of a column, counted from 0: A … Z, AA …"""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
