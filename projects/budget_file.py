"""A bureau's budget workbook, read and checked as a whole before anything is written.

Secret departments and projects stop here: their rows are dropped, only a count per department is kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from foundation.errors import Fault
from foundation.spreadsheets import Sheet as Cells
from projects import import_format as form
from projects.choices import AdjustmentKind, Sign, default_accrual
from projects.reading import EARLIEST, LATEST, ReadSheet, Row, read_sheet

ZERO = Decimal(0)
_NEGATIVE_KINDS = {AdjustmentKind.REDUCED, AdjustmentKind.RECOVERED}
_POSITIVE_KINDS = {AdjustmentKind.ADDED, AdjustmentKind.CARRYOVER_USED}


@dataclass
class BudgetFile:
    """The sheets of a workbook, all its faults, and how many secret projects were dropped by department."""

    sheets: dict[str, ReadSheet] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    secret: Counter[str] = field(default_factory=Counter)
    secret_rows: Counter[str] = field(default_factory=Counter)
    control_totals: dict[str, dict[str, str]] = field(default_factory=dict)

    def rows(self, key: str) -> list[Row]:
        return self.sheets[key].rows if key in self.sheets else []

    def spoiled(self, key: str) -> list[Row]:
        return self.sheets[key].spoiled if key in self.sheets else []

    def codes(self, key: str, column: str = "code") -> set[str]:
        """Codes that other rows may name, those of spoiled rows included: their own fault is told already."""
        return {row[column] for row in self.rows(key)} | {row.get(column) for row in self.spoiled(key)}


@dataclass(frozen=True)
class Known:
    """Codes the database has already: a file may refer to them without repeating them."""

    divisions: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()


def read_budget(cells: Mapping[str, Cells], known: Known | None = None) -> BudgetFile:
    """Read and check a workbook; `faults` of the result is empty when it may be taken."""
    budget = BudgetFile()
    for name, sheet_cells in cells.items():
        sheet = form.find_sheet(name)
        if sheet is None:
            continue
        if sheet.key in budget.sheets:
            budget.faults.append(Fault(name, _("This sheet stands twice in the workbook.")))
            continue
        budget.sheets[sheet.key] = read_sheet(sheet, sheet_cells.rows, sheet_cells.merged)
    for sheet in form.WORKBOOK:
        if sheet.required and sheet.key not in budget.sheets:
            budget.faults.append(Fault(sheet.name, _("This sheet is missing from the workbook.")))
    _check_controls(budget)
    _drop_secret(budget)
    for check in _CHECKS:
        check(budget, known or Known())
    budget.faults += [fault for read in budget.sheets.values() for fault in read.faults]
    return budget


def _check_controls(budget: BudgetFile) -> None:
    """Counts and sums the file claims for itself must be what it holds, secret rows included."""
    for key, read in budget.sheets.items():
        total = sum((row[read.sheet.amount] for row in read.rows), ZERO) if read.sheet.amount else None
        budget.control_totals[key] = {
            "rows": str(read.row_count),
            "total": "" if total is None else str(total),
        }
    controls = budget.sheets.get("controls")
    for row in budget.rows("controls"):
        sheet = form.find_sheet(row["sheet"])
        counted = budget.sheets.get(sheet.key) if sheet else None
        if controls is None or counted is None or counted.faults:
            continue
        if row["rows"] != counted.row_count:
            message = _("The control total says %(said)s rows, the sheet has %(has)s.")
            controls.refuse(row, "rows", message % {"said": row["rows"], "has": counted.row_count})
        total = budget.control_totals[counted.sheet.key]["total"]
        if row["total"] is not None and total and row["total"] != Decimal(total):
            message = _("The control total says %(said)s yuan, the sheet adds up to %(has)s.")
            controls.refuse(row, "total", message % {"said": row["total"], "has": total})


def _drop_secret(budget: BudgetFile) -> None:
    secret_departments = {row["code"] for row in budget.rows("departments") if row["secret"]}
    names = {row["code"]: row["name"] for row in budget.rows("departments")}
    department_of = {row["code"]: row["department_code"] for row in budget.rows("units")}
    secret_projects: set[Any] = set()
    for row in (*budget.rows("projects"), *budget.spoiled("projects")):
        unit = row.get("unit_code") or ""
        department = department_of.get(unit, unit[:3])
        # A mark that could not be read is taken for one of secrecy.
        if department in secret_departments or row.values.get("secrecy", form.SECRET) == form.SECRET:
            secret_projects.add(row.get("project_code"))
            budget.secret[names.get(department, department)] += 1
    secret_units = {code for code, department in department_of.items() if department in secret_departments}
    _drop(budget, "departments", lambda row: row["code"] in secret_departments)
    _drop(budget, "units", lambda row: row["code"] in secret_units)
    for key in ("projects", "funding", "adjustments", "receipts", "indicators"):
        _drop(budget, key, lambda row: row["project_code"] in secret_projects)


def _drop(budget: BudgetFile, key: str, is_secret: Callable[[Row], bool]) -> None:
    read = budget.sheets.get(key)
    if read is None:
        return
    kept = [row for row in read.rows if not is_secret(row)]
    budget.secret_rows[key] += len(read.rows) - len(kept)
    read.rows = kept


def _check_organisation(budget: BudgetFile, known: Known) -> None:
    divisions = budget.codes("divisions") | known.divisions
    sections = budget.codes("sections") | known.sections
    departments = budget.codes("departments") | known.departments
    _must_exist(budget, "divisions", "parent_code", divisions)
    _must_exist(budget, "sections", "division_code", divisions)
    _must_exist(budget, "departments", "section_code", sections)
    _must_exist(budget, "units", "department_code", departments)
    for row in budget.rows("units"):
        if not row["code"].startswith(row["department_code"]):
            budget.sheets["units"].refuse(row, "code", _("A unit's code begins with that of its department."))


def _check_projects(budget: BudgetFile, known: Known) -> None:
    read = budget.sheets.get("projects")
    if read is None:
        return
    _must_exist(budget, "projects", "unit_code", budget.codes("units") | known.units)
    year = read.rows[0]["year"] if read.rows else 0
    for row in read.rows:
        code = row["project_code"]
        if not EARLIEST <= row["year"] <= LATEST:
            read.refuse(row, "year", _("The year %(year)s cannot be right.") % {"year": row["year"]})
        elif row["year"] != year:
            message = _("A workbook holds the projects of one year; the first is of %(year)s.")
            read.refuse(row, "year", message % {"year": year})
        if form.CLASS_LETTERS[code[8]] != row["klass"]:
            read.refuse(row, "klass", _("The ninth character of the code says another class."))
        if row["starts_on"] and row["ends_on"] and row["ends_on"] < row["starts_on"]:
            read.refuse(row, "ends_on", _("The project ends before it starts."))


def _check_money(budget: BudgetFile, _known: Known) -> None:
    years = {row["project_code"]: row["year"] for row in budget.rows("projects")}
    projects = budget.codes("projects", "project_code")
    lines = {
        (row.get("project_code"), row.get("source"))
        for row in (*budget.rows("funding"), *budget.spoiled("funding"))
    }
    for key in ("funding", "adjustments", "receipts"):
        _must_exist(budget, key, "project_code", projects)
    for row in budget.rows("funding"):
        if row["initial"] < 0:
            budget.sheets["funding"].refuse(row, "initial", _("A budget cannot be negative."))
    for key in ("adjustments", "receipts"):
        for row in budget.rows(key):
            read = budget.sheets[key]
            if row["project_code"] in years and (row["project_code"], row["source"]) not in lines:
                read.refuse(row, "source", _("The project has no such source of funds."))
            if row["on"].year != years.get(row["project_code"], row["on"].year):
                read.refuse(row, "on", _("The date is not in the budget year."))
    _check_adjustments(budget)


def _check_adjustments(budget: BudgetFile) -> None:
    read = budget.sheets.get("adjustments")
    if read is None:
        return
    adjusted: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in budget.rows("funding"):
        adjusted[row["project_code"], row["source"]] = row["initial"]
    for row in read.rows:
        amount, kind = row["amount"], row["kind"]
        if amount == 0:
            read.refuse(row, "amount", _("An adjustment moves money; the amount is zero."))
        elif (kind in _NEGATIVE_KINDS and amount > 0) or (kind in _POSITIVE_KINDS and amount < 0):
            read.refuse(row, "amount", _("The sign of the amount does not fit the kind of adjustment."))
        adjusted[row["project_code"], row["source"]] += amount
    for row in budget.rows("funding"):
        if adjusted[row["project_code"], row["source"]] < 0:
            message = _("The adjustments take more than the initial budget.")
            budget.sheets["funding"].refuse(row, "initial", message)


def _check_indicators(budget: BudgetFile, _known: Known) -> None:
    read = budget.sheets.get("indicators")
    if read is None:
        return
    _must_exist(budget, "indicators", "project_code", budget.codes("projects", "project_code"))
    for row in read.rows:
        sign = row["sign"]
        if not row["accrual"]:
            row.values["accrual"] = default_accrual(row["level2"]).value
        if not all(char.isalnum() or char in "-_" for char in row["code"]):
            read.refuse(row, "code", _("Use letters, digits, - and _ only."))
        if not 0 <= row["weight"] <= 100:
            read.refuse(row, "weight", _("A weight lies between 0 and 100."))
        if sign == Sign.LEVEL:
            if not row["target_text"]:
                read.refuse(row, "target_text", _("A qualitative indicator needs its target in words."))
        elif row["target_low"] is None:
            read.refuse(row, "target_low", _("A quantitative indicator needs a number as its target."))
        elif not row["unit"]:
            read.refuse(row, "unit", _("A quantitative indicator needs its unit."))
        if sign == Sign.BETWEEN and (row["target_high"] is None or not _rises(row)):
            read.refuse(row, "target_high", _("An interval needs an upper end above its lower end."))


def _rises(row: Row) -> bool:
    return row["target_low"] is not None and row["target_low"] < row["target_high"]


def _must_exist(budget: BudgetFile, key: str, column: str, codes: Iterable[Any]) -> None:
    for row in budget.rows(key):
        if row[column] and row[column] not in codes:
            message = _("“%(code)s” is not in the file and not in the system.") % {"code": row[column]}
            budget.sheets[key].refuse(row, column, message)


_CHECKS = (_check_organisation, _check_projects, _check_money, _check_indicators)
