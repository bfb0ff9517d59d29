"""Scores, grades and the whole assessment of a table."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring import scores
from monitoring.assessment import TableFigures, assess_table
from monitoring.choices import Grade, Light, Mismatch
from tests.monitoring.rules import RULES, D, rules

SHARE = st.none() | st.integers(-(10**10), 10**10).map(lambda units: Decimal(units).scaleb(-6))


def figures(book=RULES, **given) -> TableFigures:
    usual = {
        "adjusted": D(1000),
        "executed": D(500),
        "in_place": D(800),
        "expected": D(1000),
        "weighted_completion": D("0.5"),
        "weighted_attainment": D(1),
        "target_light": Light.GREEN,
        "expected_light": Light.GREEN,
        "month": 6,
        "rules": book,
    }
    return assess_table(**{**usual, **given})


@given(SHARE, SHARE)
def test_score_is_the_sum_of_its_rounded_parts_within_a_hundred(money, targets):
    parts = scores.execution_score(money, RULES), scores.target_score(targets, RULES)
    points = scores.score(*parts)

    assert (points is None) == (money is None or targets is None)
    if points is not None:
        assert points == sum(parts)
        assert 0 <= points <= 100
        assert scores.grade(points, RULES) in Grade


@given(st.integers(0, 10**6))
def test_execution_score_is_the_documented_whole_number(units):
    hundredths = (2 * 10_000_000 * units + 10**10) // (2 * 10**10)

    assert scores.execution_score(Decimal(units).scaleb(-6), RULES) * 100 == hundredths


@pytest.mark.parametrize(
    ("points", "grade"),
    [
        ("90.00", "excellent"),
        ("89.99", "good"),
        ("80.00", "good"),
        ("79.99", "fair"),
        ("60.00", "fair"),
        ("59.99", "poor"),
    ],
)
def test_grade_boundary_belongs_to_the_better_grade(points, grade):
    assert scores.grade(D(points), RULES) == grade


def test_grades_are_a_bureaus_own():
    assert scores.grade(D(80), rules(excellent_from="80", good_from="70")) == Grade.EXCELLENT


def test_table_in_time_scores_in_full():
    result = figures()

    assert (result.execution_rate, result.prorated_rate) == (D("0.5"), D(1))
    assert (result.in_place_rate, result.expected_rate) == (D("0.8"), D(1))
    assert (result.gap, result.mismatch, result.mismatch_light) == (0, Mismatch.CONSISTENT, Light.GREEN)
    assert (result.budget_light, result.composite) == (Light.GREEN, Light.GREEN)
    assert (result.execution_score, result.target_score, result.score) == (10, 90, 100)
    assert result.grade == Grade.EXCELLENT
    assert not result.zero_execution


def test_table_without_budget_has_no_rate_no_score_and_a_grey_money_light():
    result = figures(adjusted=D(0), executed=D(0), in_place=D(0), expected=D(0))

    assert result.execution_rate is None
    assert result.score is None
    assert result.grade is None
    assert result.budget_light == Light.GREY
    assert result.composite == Light.GREEN
    assert result.mismatch is None
    assert not result.zero_execution


def test_table_without_results_has_no_score():
    result = figures(weighted_completion=None, weighted_attainment=None, target_light=Light.GREY)

    assert result.score is None
    assert result.execution_score == 10
    assert result.mismatch_light == Light.GREY


def test_composite_is_the_worst_of_the_three():
    assert figures(executed=D(100)).composite == Light.RED
    assert figures(target_light=Light.YELLOW).composite == Light.YELLOW
    assert figures(expected_light=Light.RED).composite == Light.RED


@pytest.mark.parametrize(("executed", "zero"), [("0", True), ("-1", True), ("0.01", False), (None, False)])
def test_zero_execution_is_a_budget_of_which_nothing_net_is_paid(executed, zero):
    assert figures(executed=None if executed is None else D(executed)).zero_execution is zero


def test_execution_weight_moves_between_money_and_targets():
    heavy = rules(execution_weight="20")

    assert scores.execution_score(D(1), heavy) == 20
    assert scores.target_score(D(1), heavy) == 80
