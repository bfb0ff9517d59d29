"""Every published number, against what the product keeps of the demo's files: imported, opened, filled, recomputed.

A single project's numbers are read from its rows as they stand. A sum over projects, which no row holds, is the sum
of their rows; only its rate is computed here.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from random import Random

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils import translation

from demo import writer
from demo.actuals import fill
from demo.answers import Answers
from demo.cast import make_cast
from demo.generator import build_city
from demo.published import FIGURES, PROJECTS, projects_of
from monitoring import rates
from monitoring.bulk_filling import fill_many
from monitoring.models import CheckResult, FundRow, IndicatorRow, MonitoringTable, TableFigures
from monitoring.recompute import recompute
from organisation.models import Division
from projects import batches
from projects.choices import FundSource, ImportKind
from tests import factories

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
CENT = Decimal("0.01")
# What each check finds: the publications leave blank what is asked for, or write a word where a number belongs.
FOUND = {
    ("T5", "L14"): [("general", "found")],
    ("T5", "L01"): [
        ("工资福利按时发放率", "actual"),
        ("工资福利按时发放率", "likelihood"),
        ("工资福利足额发放率", "actual"),
        ("工资福利足额发放率", "likelihood"),
    ],
    ("T6", "L16"): [("业务经费总额", "actual")],
}


@pytest.fixture(scope="module")
def cycle(django_db_setup, django_db_blocker, tmp_path_factory):
    """January–June over the published projects alone, filled as the publications state, by the clerks."""
    folder = tmp_path_factory.mktemp("city")
    with django_db_blocker.unblock(), translation.override("zh-hans"), transaction.atomic():
        make_files(folder)
        batches.take_file(folder / "city.xlsx", ImportKind.BUDGET)
        batches.take_file(folder / "payments.csv", ImportKind.PAYMENTS)
        division = Division.objects.get(is_bureau=True)
        cast = make_cast(division, "of-the-tests", seed=1)
        opened = factories.make_cycle(division)
        answers = Answers.read(folder / "actuals.csv", folder / "fills.csv")
        for department, filler in cast.fillers.items():
            tables = opened.tables.filter(department=department).select_related("project", "cycle")
            fill_many(opened, {table.pk: answers.edits(table) for table in tables}, by=filler)
        # The set-based recompute has to find everything by itself, also what the fill has computed already.
        TableFigures.objects.filter(cycle_id=opened.pk).delete()
        assert recompute(opened)["figures"] >= len(PROJECTS)
        yield opened
        transaction.set_rollback(True)


def make_files(folder):
    whole = build_city()
    published = [project for project in whole.projects if project.published]
    codes = {project.code for project in published}
    payments = [payment for payment in whole.payments if payment.project_code in codes]
    city = replace(whole, projects=published, payments=payments)
    filled = [fill(Random(project.code), project) for project in published]
    writer.write_city(folder / "city.xlsx", city)
    writer.write_payments(folder / "payments.csv", city)
    writer.write_actuals(folder / "actuals.csv", (row for each in filled for row in each.actuals))
    writer.write_fills(folder / "fills.csv", (row for each in filled for row in each.fills))


def test_every_published_project_has_its_table(cycle):
    names = set(cycle.tables.values_list("project__name", flat=True))
    assert names == {project.name for project in PROJECTS}
    assert TableFigures.objects.filter(cycle_id=cycle.pk).count() == len(PROJECTS)


@pytest.mark.parametrize(
    "figure", FIGURES, ids=lambda figure: f"{figure.table} {figure.what} {figure.value} {len(figure.names)}"
)
def test_the_product_computes_the_published_number(cycle, figure):
    names = [project.name for project in projects_of(figure)]
    tables = MonitoringTable.objects.filter(cycle=cycle, project__name__in=names)
    assert tables.count() == len(names)
    if figure.what == "check":
        assert found_by(figure.value, tables) == FOUND[figure.table, figure.value]
    elif figure.what == "budget_light":
        assert {table.figures.budget_light for table in tables} == {figure.value}
    else:
        assert computed(figure, tables) == Decimal(figure.value)


def test_checks_fire_on_the_published_gaps_alone(cycle):
    fired = CheckResult.objects.filter(table__cycle=cycle, check_id__in=["L01", "L14", "L16"])
    names = set(fired.values_list("check_id", "table__project__name"))
    assert names == {
        ("L01", "工资性支出（青神县公布数，T5）"),
        ("L14", "工资性支出（青神县公布数，T5）"),
        ("L16", "司法业务经费（大英县公布数，T6）"),
    }


def test_published_indicators_are_kept_and_judged_as_published(cycle):
    rows = IndicatorRow.objects.filter(table__cycle=cycle)
    wages = rows.filter(table__project__name__contains="T5").values_list("weight", "actual", "completion")
    assert sorted(wages) == [(30, None, None), (60, None, None)]
    computers = rows.get(name="购置电脑数量", table__project__name__contains="T6")
    assert (computers.target_low, computers.actual, computers.completion) == (13, 13, 1)
    costs = rows.get(name="业务经费总额", table__project__name__contains="T6")
    assert (costs.target_low, costs.sign, costs.weight) == (30, "le", 90)
    assert (costs.actual, costs.actual_text, costs.completion, costs.light) == (None, "完成", None, "grey")


def found_by(check, tables):
    """(name of the cell's row without the invented code, message) of everything the check found."""
    found = CheckResult.objects.filter(table__in=tables, check_id=check)
    return sorted((each.params.get("name") or each.params["source"], each.code) for each in found)


def computed(figure, tables):
    if len(tables) == 1 and figure.what in ("execution_rate", "prorated_rate"):
        return percent(getattr(tables[0].figures, figure.what))
    kept = TableFigures.objects.filter(table__in=tables)
    money = kept.aggregate(initial=Sum("initial"), adjusted=Sum("adjusted"), paid=Sum("executed"))
    match figure.what:
        case "projects":
            return len(tables)
        case "initial" | "adjusted" | "paid":
            return wan(money[figure.what])
        case "change":
            return wan(FundRow.objects.filter(table__in=tables).aggregate(sum=Sum("change"))["sum"])
        case "execution_rate":
            return percent(rates.execution_rate(money["paid"], money["adjusted"]))
        case "prorated_rate":
            return percent(rates.prorated(money["paid"], money["adjusted"], 6))
        case "execution_score":
            return tables[0].figures.execution_score
        case "in_place_of_the_year":
            return income(tables)
        case "growth":
            base = Decimal(figure.base)
            return percent(rates.ratio(income(tables) - base, base))
    raise AssertionError(figure.what)


def income(tables):
    """Funds in place but for those carried over, in 万元."""
    rows = FundRow.objects.filter(table__in=tables).exclude(source=FundSource.CARRYOVER)
    return wan(rows.aggregate(sum=Sum("in_place"))["sum"])


def wan(amount):
    return (amount / 10_000).quantize(CENT)


def percent(rate):
    return (rate * 100).quantize(CENT, ROUND_HALF_UP)
