"""Plain functions that make what a test names; everything else gets a sensible value."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

from foundation import clock
from monitoring import books, opening
from monitoring.models import Cycle, MonitoringTable
from monitoring.stages import Stage
from organisation.appointments import appoint
from organisation.models import BudgetUnit, Department, User
from projects.choices import Accrual, FundSource, Level1, Level2, ProjectClass, ProjectNature, Sign
from projects.models import BudgetProject, FundingLine, Indicator, LineMonths

_numbers = itertools.count(1)


def make_person(username: str, role: str | None = None, node: Any = None, **given: Any) -> User:
    """A person, appointed to `role` at `node` when both are given."""
    division = given.pop("division", None)
    if division is None and node is not None:
        division = node if node._meta.model_name == "division" else node.division
    user = User.objects.create_user(
        username, password="secret-of-tests", name=username, division=division, **given
    )
    if role:
        appoint(user, role, node, by=None, starts_on=clock.today() - timedelta(days=30))
    return user


def make_project(unit: BudgetUnit, **given: Any) -> BudgetProject:
    """A project with one line of general budget; `adjusted`, `paid` (January) and `in_place` in yuan."""
    number = next(_numbers)
    initial = Decimal(given.pop("initial", "1000000.00"))
    change = Decimal(given.pop("change", "0"))
    paid = Decimal(given.pop("paid", "500000.00"))
    received = Decimal(given.pop("in_place", initial + change))
    indicators = given.pop("indicators", None)
    department = unit.department
    values = {
        "division": unit.division,
        "section": department.section,
        "department": department,
        "unit": unit,
        "year": 2022,
        "code": f"37078222T{number:012d}",
        "name": f"Project {number}",
        "nature": ProjectNature.NEW,
        "klass": ProjectClass.SPECIFIC,
        "manager": "Zhang San",
        "phone": "0536-6000001",
        "objective": "Mend 100 kilometres of country road and keep them passable all year.",
        **given,
    }
    values.setdefault("search_text", f"{values['code']} {values['name']}".lower())
    project = BudgetProject.objects.create(**values)
    make_line(project, initial=initial, change=change, paid=paid, received=received)
    for indicator in default_indicators() if indicators is None else indicators:
        make_indicator(project, **indicator)
    return project


def make_line(
    project: BudgetProject,
    *,
    source: str = FundSource.GENERAL,
    initial: Decimal = Decimal(0),
    change: Decimal = Decimal(0),
    paid: Decimal = Decimal(0),
    received: Decimal = Decimal(0),
) -> FundingLine:
    line = FundingLine.objects.create(project=project, source=source, initial=initial)
    LineMonths.objects.create(line=line, project=project, paid_1=paid, change_1=change, received_1=received)
    return line


def default_indicators() -> list[dict[str, Any]]:
    """Three indicators that weigh 90 together: a quantity, a quality and satisfaction."""
    return [
        {"level2": Level2.QUANTITY, "name": "Road mended", "target_low": Decimal(100), "unit": "km", "weight": 40},
        {"level2": Level2.QUALITY, "name": "Passed at first", "target_low": Decimal(95), "unit": "%", "weight": 30,
         "accrual": Accrual.POINT},
        {"level1": Level1.SATISFACTION, "level2": Level2.BENEFICIARY, "name": "Satisfied villagers",
         "target_low": Decimal(90), "unit": "%", "weight": 20, "accrual": Accrual.POINT},
    ]  # fmt: skip


def make_indicator(project: BudgetProject, **given: Any) -> Indicator:
    number = project.indicators.count() + 1
    values = {
        "code": f"K{number:03d}",
        "position": number,
        "level1": Level1.OUTPUT,
        "level2": Level2.QUANTITY,
        "name": f"Indicator {number}",
        "sign": Sign.GE,
        "weight": Decimal(90),
        "accrual": Accrual.CUMULATIVE,
        **given,
    }
    return Indicator.objects.create(project=project, **values)


def make_cycle(division: Any, *, month: int = 6, year: int = 2022, **given: Any) -> Cycle:
    """An open cycle over all projects there are now, its windows open from yesterday for weeks."""
    today = clock.today()
    windows = given.pop("windows", None) or [
        opening.Window(stage, today - timedelta(days=1), today + timedelta(days=30 + place))
        for place, stage in enumerate(
            (Stage.FILLING, Stage.DEPARTMENT, Stage.SECTION, Stage.PERFORMANCE, Stage.THIRD_PARTY)
        )
    ]
    return opening.open_cycle(
        division,
        year=year,
        month=month,
        rule_book=given.pop("rule_book", None) or books.shipped_book(),
        windows=windows,
        by=None,
        **given,
    )


def make_table(unit: BudgetUnit, *, month: int = 6, **given: Any) -> MonitoringTable:
    """A project of the unit and its table in the division's cycle, which is opened when there is none."""
    project = make_project(unit, **given)
    cycle = Cycle.objects.filter(division=unit.division, year=2022, month=month).first()
    if cycle is None:
        cycle = make_cycle(unit.division, month=month)
    else:
        opening.include_projects(cycle, {})
    return MonitoringTable.objects.select_related("project", "cycle__rule_book", "unit", "department").get(
        cycle=cycle, project=project
    )


# What a clerk types so that the default table may be submitted without an error or a warning.
GOOD_CELLS = {
    "fund.general.expected": "100",
    "objective_progress": "Fifty-two kilometres were mended by the end of June, as planned.",
    "attainable": "1",
    "indicator.K001.actual": "52",
    "indicator.K002.actual": "96",
    "indicator.K003.actual": "92",
    "indicator.K001.likelihood": "certain",
    "indicator.K002.likelihood": "certain",
    "indicator.K003.likelihood": "certain",
}


def fill(table: MonitoringTable, by: User, **cells: str) -> MonitoringTable:
    """Let the clerk type GOOD_CELLS, with `cells` instead where named (dots written as two underscores)."""
    from monitoring.filling import Edit, save_cells

    typed = {**GOOD_CELLS, **{name.replace("__", "."): value for name, value in cells.items()}}
    save_cells(table, [Edit(cell, value) for cell, value in typed.items()], by=by)
    table.refresh_from_db()
    return table


def make_department(division: Any, section: Any, code: str, name: str) -> Department:
    return Department.objects.create(division=division, section=section, code=code, name=name)
