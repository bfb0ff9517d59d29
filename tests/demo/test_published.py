"""The published tables inside the generated city, against the pure rules."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from demo import generator
from demo.city import FEN_PER_WAN
from demo.published import FIGURES, PROJECTS, projects_of
from monitoring import rates
from projects.choices import FundSource

JUNE_END = date(2022, 6, 30)
CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def by_name():
    return {project.name: project for project in generator.build_city().projects}


def wan(fen):
    return (Decimal(fen) / FEN_PER_WAN).quantize(CENT)


def percent(rate):
    return (rate * 100).quantize(CENT, ROUND_HALF_UP)


def in_place_of_the_year(projects):
    return sum(
        row.amount
        for project in projects
        for row in project.receipts
        if row.on <= JUNE_END and row.source != FundSource.CARRYOVER
    )


def test_every_published_project_is_in_the_city_and_says_its_source(by_name):
    for published in PROJECTS:
        assert by_name[published.name].published == published.table
        assert published.table in published.name
        assert by_name[published.name].department.name == published.department


MONEY = [figure for figure in FIGURES if figure.what not in ("budget_light", "check", "execution_score")]


@pytest.mark.parametrize("figure", MONEY, ids=lambda figure: f"{figure.table} {figure.what} {figure.value}")
def test_published_figures_come_out(by_name, figure):
    projects = [by_name[published.name] for published in projects_of(figure)]
    adjusted = sum(project.adjusted(JUNE_END) for project in projects)
    paid = sum(project.paid(JUNE_END) for project in projects)
    initial = sum(project.initial for project in projects)
    income = in_place_of_the_year(projects)
    computed = {
        "projects": lambda: len(projects),
        "initial": lambda: wan(initial),
        "adjusted": lambda: wan(adjusted),
        "change": lambda: wan(adjusted - initial),
        "paid": lambda: wan(paid),
        "in_place_of_the_year": lambda: wan(income),
        "execution_rate": lambda: percent(rates.execution_rate(Decimal(paid), Decimal(adjusted))),
        "prorated_rate": lambda: percent(rates.prorated(Decimal(paid), Decimal(adjusted), 6)),
        "growth": lambda: percent(rates.ratio(wan(income) - Decimal(figure.base), Decimal(figure.base))),
    }[figure.what]()
    assert computed == Decimal(figure.value)


def test_published_indicators_keep_their_weights(by_name):
    wages = next(project for project in by_name.values() if project.published == "T5")
    assert [row.weight for row in wages.indicators] == [60, 30]
    assert [change.reason for change in wages.adjustments] == [""]
    costs = next(project for name, project in by_name.items() if name.startswith("司法业务经费"))
    assert [(row.sign, row.low, row.weight) for row in costs.indicators] == [("le", 30, 90)]
