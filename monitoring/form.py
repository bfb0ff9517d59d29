"""Form A as data: its cells, who fills them, and how an address names one.

An address is "manager" (a cell of the table), "fund.<source>.expected" or "indicator.<code>.actual".
Source: domain.md 2.1 (columns A1-F); docs/rules/form-a.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from monitoring.choices import CauseCategory, LevelResult, Likelihood


class CellType(StrEnum):
    TEXT = "text"
    MONEY = "money"
    MEASURE = "measure"
    MEASURE_OR_TEXT = "measure_or_text"
    CHOICE = "choice"
    CHOICES = "choices"
    FLAG = "flag"
    DATE = "date"


@dataclass(frozen=True)
class Column:
    """One kind of cell that a unit may type. `field` is the model's; `ref` the column of the official form."""

    field: str
    ref: str
    label: str | Promise
    type: CellType
    max_length: int = 0
    choices: Any = None


TABLE_COLUMNS: dict[str, Column] = {
    column.field: column
    for column in (
        Column("manager", "A10", _("Person in charge"), CellType.TEXT, 60),
        Column("phone", "A10", _("Telephone"), CellType.TEXT, 30),
        Column("execution_reason", "B11", _("Reason for the execution gap"), CellType.TEXT, 500),
        Column("execution_plan_on", "B11", _("Planned date of first payment"), CellType.DATE),
        Column("objective_progress", "C2", _("Progress towards the objective"), CellType.TEXT, 1000),
        Column("target_changed", "C3", _("Target to be changed"), CellType.FLAG),
        Column("target_change_note", "C3", _("Note on the change of target"), CellType.TEXT, 500),
        Column("problems", "E1", _("Problems"), CellType.TEXT, 2000),
        Column("measures", "E2", _("Measures"), CellType.TEXT, 2000),
        Column("suggestions", "E3", _("Suggestions"), CellType.TEXT, 2000),
        Column("attainable", "E4", _("Annual target attainable"), CellType.FLAG),
    )
}

FUND_COLUMNS: dict[str, Column] = {
    "expected": Column("expected", "B7", _("Expected full-year execution"), CellType.MONEY),
    "change_note": Column("change_note", "B2", _("Reason for the adjustment"), CellType.TEXT, 500),
}

INDICATOR_COLUMNS: dict[str, Column] = {
    column.field: column
    for column in (
        Column("actual", "D9", _("Actual"), CellType.MEASURE_OR_TEXT),
        Column("level", "D9", _("Level reached"), CellType.CHOICE, choices=LevelResult),
        Column("expected_value", "D13", _("Expected for the year"), CellType.MEASURE_OR_TEXT),
        Column("causes", "D14", _("Causes"), CellType.CHOICES, choices=CauseCategory),
        Column("cause_text", "D14b", _("Explanation of causes"), CellType.TEXT, 1000),
        Column("likelihood", "D15", _("Likelihood"), CellType.CHOICE, choices=Likelihood),
        Column("measure", "D16", _("Measure to be taken"), CellType.TEXT, 2000),
    )
}


class Address(NamedTuple):
    """A parsed cell address: part "table", "fund" or "indicator"; key is the source or the indicator's code."""

    part: str
    key: str
    column: Column

    def __str__(self) -> str:
        if self.part == "table":
            return self.column.field
        return f"{self.part}.{self.key}.{self.column.field}"


def parse_address(text: str) -> Address | None:
    """The address, or None when no cell that a unit may type is called so."""
    if text in TABLE_COLUMNS:
        return Address("table", "", TABLE_COLUMNS[text])
    part, _dot, rest = text.partition(".")
    key, _dot, field = rest.rpartition(".")
    columns = {"fund": FUND_COLUMNS, "indicator": INDICATOR_COLUMNS}.get(part, {})
    if not key or field not in columns:
        return None
    return Address(part, key, columns[field])


# Columns counted for the share filled by the system (docs/rules/share-filled.md): what a table always has.
HEAD_CELLS = 11  # A1-A9, A11 and A10
FUND_SYSTEM_CELLS = 9  # B1-B6, B8-B10 of a source
INDICATOR_SYSTEM_CELLS = 11  # D1-D8, D10-D12 of an indicator
TABLE_SYSTEM_CELLS = 3  # C1, C3, E4
