"""Writes the demo city in the import format, and beside it what its clerks would fill in."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from demo.actuals import Actual, Fill
from demo.city import City, Project
from demo.names import DIVISION_CODE, DIVISIONS, SECRET_DEPARTMENT, SECTIONS
from projects import import_format as form
from projects.import_columns import Sheet
from projects.import_template import Cell, write_workbook

ACTUAL_COLUMNS = (
    "project_code",
    "indicator_code",
    "month",
    "value",
    "level",
    "likelihood",
    "expected_value",
    "causes",
    "cause_text",
    "measure",
)
FILL_COLUMNS = (
    "project_code",
    "month",
    "objective_progress",
    "attainable",
    "execution_reason",
    "execution_plan_on",
    "problems",
    "measures",
    "suggestions",
    "target_changed",
    "target_change_note",
    "explanation",
)


def yuan(amount: int) -> Decimal:
    """Fen as yuan with two places."""
    return Decimal(amount).scaleb(-2)


def _label(sheet: Sheet, column: str, value: str) -> str:
    return sheet.column(column).label_of(value)


def _flag(value: bool) -> str:
    return "是" if value else "否"


def write_city(path: Path, city: City) -> None:
    """`city.xlsx`, secret rows included: it is the import that must refuse them."""
    rows = workbook_rows(city)
    rows[form.CONTROLS.key] = control_rows(rows)
    write_workbook(path, rows)


def workbook_rows(city: City) -> dict[str, list[Sequence[Cell]]]:
    """Rows of every sheet but the control totals, by sheet key."""
    projects = sorted([*city.projects, *city.secret], key=lambda project: project.code)
    secret_code, secret_name, secret_section = SECRET_DEPARTMENT
    departments: list[Sequence[Cell]] = [
        (each.code, each.name, each.section, _flag(False)) for each in city.departments
    ]
    departments.append((secret_code, secret_name, secret_section, _flag(True)))
    units: list[Sequence[Cell]] = [
        (unit.code, unit.name, each.code) for each in city.departments for unit in each.units
    ]
    units.append((city.secret_unit.code, city.secret_unit.name, secret_code))
    level = form.DIVISIONS.column("level")
    return {
        form.DIVISIONS.key: [
            (code, name, level.label_of(kind), parent) for code, name, kind, parent in DIVISIONS
        ],
        form.SECTIONS.key: [(code, name, DIVISION_CODE) for code, name in SECTIONS],
        form.DEPARTMENTS.key: departments,
        form.UNITS.key: units,
        form.PROJECTS.key: [_project_row(project) for project in projects],
        form.FUNDING.key: [row for project in projects for row in _funding_rows(project)],
        form.ADJUSTMENTS.key: [row for project in projects for row in _adjustment_rows(project)],
        form.RECEIPTS.key: [row for project in projects for row in _receipt_rows(project)],
        form.INDICATORS.key: [row for project in projects for row in _indicator_rows(project)],
    }


def _project_row(project: Project) -> Sequence[Cell]:
    return (
        project.code,
        project.year,
        project.name,
        project.unit.code,
        _label(form.PROJECTS, "kind", project.kind),
        _label(form.PROJECTS, "nature", project.nature),
        _label(form.PROJECTS, "klass", project.klass),
        project.starts_on,
        project.ends_on,
        project.manager,
        project.phone,
        _flag(project.key_monitored),
        project.secrecy,
        project.objective,
    )


def _funding_rows(project: Project) -> Iterable[Sequence[Cell]]:
    for line in project.lines:
        source = _label(form.FUNDING, "source", line.source)
        yield project.code, source, yuan(line.initial), line.opening_reason


def _adjustment_rows(project: Project) -> Iterable[Sequence[Cell]]:
    for each in project.adjustments:
        source = _label(form.ADJUSTMENTS, "source", each.source)
        kind = _label(form.ADJUSTMENTS, "kind", each.kind)
        yield project.code, source, each.document_no, each.on, yuan(each.amount), kind, each.reason


def _receipt_rows(project: Project) -> Iterable[Sequence[Cell]]:
    for each in project.receipts:
        source = _label(form.RECEIPTS, "source", each.source)
        yield project.code, source, each.document_no, each.on, yuan(each.amount)


def _indicator_rows(project: Project) -> Iterable[Sequence[Cell]]:
    for row in project.indicators:
        yield (
            project.code,
            row.code,
            _label(form.INDICATORS, "level1", row.level1),
            _label(form.INDICATORS, "level2", row.level2),
            row.name,
            _label(form.INDICATORS, "sign", row.sign),
            row.low,
            row.high,
            row.text,
            row.unit,
            row.weight,
            _label(form.INDICATORS, "accrual", row.accrual),
            row.due_on,
            _flag(row.dropped),
        )


def control_rows(rows: dict[str, list[Sequence[Cell]]]) -> list[Sequence[Cell]]:
    """Number of rows of every sheet, and the sum of its amounts where it has any."""
    found: list[Sequence[Cell]] = []
    for sheet in form.WORKBOOK:
        if sheet is form.CONTROLS:
            continue
        total: Decimal | None = None
        if sheet.amount:
            index = [column.key for column in sheet.columns].index(sheet.amount)
            total = sum((_decimal(row[index]) for row in rows[sheet.key]), Decimal(0))
        found.append((sheet.name, len(rows[sheet.key]), total))
    return found


def _decimal(cell: Cell) -> Decimal:
    assert isinstance(cell, Decimal)  # noqa: S101 (amount columns hold nothing else)
    return cell


def write_payments(path: Path, city: City) -> None:
    """`payments.csv` in the order of the vouchers."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([column.heading for column in form.PAYMENTS.columns])
        source = form.PAYMENTS.column("source")
        for each in city.payments:
            writer.writerow(
                (
                    each.voucher_no,
                    each.project_code,
                    source.label_of(each.source),
                    each.on.isoformat(),
                    yuan(each.amount),
                    _flag(each.is_refund),
                    each.payee,
                    each.summary,
                    each.quota_no,
                )
            )


def write_actuals(path: Path, actuals: Iterable[Actual]) -> None:
    """`actuals.csv`: one line an indicator and cycle. Codes are those of the product's choices; causes by 、."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(ACTUAL_COLUMNS)
        for each in actuals:
            writer.writerow(
                [
                    "、".join(each.causes) if column == "causes" else getattr(each, column)
                    for column in ACTUAL_COLUMNS
                ]
            )


def write_fills(path: Path, fills: Iterable[Fill]) -> None:
    """`fills.csv`: one line a table and cycle. Flags are 1 and 0."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FILL_COLUMNS)
        for each in fills:
            writer.writerow([_plain(getattr(each, column)) for column in FILL_COLUMNS])


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    return "" if value is None else value
