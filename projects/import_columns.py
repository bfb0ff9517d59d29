"""What a column and a sheet of an import file are, and how their headings are recognised."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

HEADING_ROWS = 5
"""The heading row is looked for in so many rows from the top: exports put a title above it."""


class ColumnType(StrEnum):
    """What a cell of the column must hold."""

    CODE = "code"
    """Text, also when it is all digits: a number cell of more than 15 digits has lost its end."""
    TEXT = "text"
    AMOUNT = "amount"
    """Yuan, at most two decimal places."""
    AMOUNT_WAN = "amount_wan"
    """Ten thousand yuan, at most six decimal places (one fen)."""
    MEASURE = "measure"
    """A number with at most four decimal places."""
    INTEGER = "integer"
    DATE = "date"
    """A date cell, or text: 2022-06-30, 2022/6/30, 2022.6.30, 2022年6月30日, 20220630."""
    CHOICE = "choice"
    FLAG = "flag"
    """是 or 否; blank is 否."""


FLAGS: dict[str, bool] = {
    "是": True,
    "否": False,
    "√": True,
    "×": False,
    "有": True,
    "无": False,
    "Y": True,
    "N": False,
    "1": True,
    "0": False,
}


def normalise(text: object) -> str:
    """A heading, sheet name or label as it is compared: half-width, no spaces or line breaks, lower case.

    A required mark (*) that templates put beside a heading does not count. None gives "".
    """
    return "" if text is None else _normalised(str(text))


@lru_cache(maxsize=10_000)
def _normalised(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text)
    return "".join(ch for ch in folded if not ch.isspace() and ch not in "*\u200b\ufeff").casefold()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `key` is its name in code, `heading` what the template prints, `aliases` are also accepted."""

    key: str
    heading: str
    type: ColumnType = ColumnType.TEXT
    required: bool = False
    aliases: tuple[str, ...] = ()
    max_length: int | None = None
    pattern: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    """Label → stored value; the first label of a value is the one written."""
    note: str = ""

    def value_of(self, label: object) -> str | None:
        """The stored value that a choice cell means, or None when the label is unknown."""
        wanted = normalise(label)
        return next((value for text, value in self.choices.items() if normalise(text) == wanted), None)

    def label_of(self, value: str) -> str:
        """The label that is written for a stored value. Raises KeyError when there is none."""
        for text, stored in self.choices.items():
            if stored == value:
                return text
        raise KeyError(value)

    def types_by_heading(self) -> dict[str, ColumnType]:
        """Every accepted heading, normalised, with the type it announces.

        An amount says its unit in the heading; 年初预算数（万元） is taken for 年初预算数（元） ten thousand-fold.
        """
        names = {normalise(name): self.type for name in (self.heading, *self.aliases)}
        if self.type is ColumnType.AMOUNT:
            names |= {
                name.replace("(元)", "(万元)"): ColumnType.AMOUNT_WAN for name in names if "(元)" in name
            }
        return names


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column was found: its index in the row, from 0, and the type its heading announced."""

    index: int
    type: ColumnType


@dataclass(frozen=True, slots=True)
class HeadingMatch:
    """What a heading row was recognised as."""

    places: dict[str, Place]
    """Column key → place, of the columns found."""
    missing: tuple[Column, ...]
    """Required columns that were not found."""
    repeated: tuple[str, ...]
    """Headings that name a column already found."""
    unknown: tuple[str, ...]
    """Headings that name no column; they are reported and not read."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, or one CSV file. `identity`: the columns that together name a row, once in a file."""

    key: str
    name: str
    columns: tuple[Column, ...]
    identity: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    required: bool = True
    amount: str = ""
    """The column whose sum is this sheet's control total."""
    note: str = ""

    def column(self, key: str) -> Column:
        """The column of that key. Raises KeyError."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)

    def match(self, headings: Sequence[object]) -> HeadingMatch:
        """Recognise a heading row by its texts, wherever the columns stand."""
        named = {
            name: (column, kind)
            for column in self.columns
            for name, kind in column.types_by_heading().items()
        }
        places: dict[str, Place] = {}
        repeated, unknown = [], []
        for index, heading in enumerate(headings):
            name = normalise(heading)
            if not name:
                continue
            if name not in named:
                unknown.append(str(heading))
                continue
            column, kind = named[name]
            if column.key in places:
                repeated.append(str(heading))
            else:
                places[column.key] = Place(index, kind)
        missing = tuple(column for column in self.columns if column.required and column.key not in places)
        return HeadingMatch(places, missing, tuple(repeated), tuple(unknown))

    def find_heading_row(self, rows: Sequence[Sequence[object]]) -> int | None:
        """Index of the row that names most of the columns, among the first rows; None when none names two."""
        found = [len(self.match(row).places) for row in rows[:HEADING_ROWS]]
        best = max(found, default=0)
        return found.index(best) if best >= min(2, len(self.columns)) else None
