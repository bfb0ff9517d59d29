"""Lights at and around their boundaries."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring import lights
from monitoring.choices import Light
from tests.monitoring.rules import RULES, D, rules

RANK = [Light.RED, Light.YELLOW, Light.GREEN, Light.BLUE]
SHARE = st.integers(-(10**10), 10**10).map(lambda units: Decimal(units).scaleb(-6))


@pytest.mark.parametrize(
    ("prorated", "light"),
    [("0.599999", "red"), ("0.6", "yellow"), ("0.799999", "yellow"), ("0.8", "green"), ("1.2", "green")],
)
def test_budget_light_changes_exactly_at_its_bands(prorated, light):
    assert lights.budget_light(D(prorated), D(prorated) / 2, 6, RULES) == light


@pytest.mark.parametrize(
    ("share", "light"),
    [
        ("0.599999", "red"),
        ("0.6", "yellow"),
        ("0.799999", "yellow"),
        ("0.8", "green"),
        ("1.199999", "green"),
        ("1.2", "blue"),
    ],
)
def test_indicator_light_changes_exactly_at_its_bands(share, light):
    shown = lights.indicator_light("ge", "cumulative", D(1), attained=D(share), met=False, rules=RULES)

    assert shown == light


@given(SHARE, SHARE)
def test_more_is_never_a_worse_light(one, other):
    less, more = (
        lights.indicator_light("ge", "cumulative", D(1), attained=share, met=False, rules=RULES)
        for share in sorted((one, other))
    )

    assert RANK.index(less) <= RANK.index(more)


@given(st.lists(st.sampled_from(Light.values)))
def test_worst_is_one_of_them_and_grey_only_alone(colours):
    shown = lights.worst(colours)

    assert shown in colours or not colours
    assert (shown == Light.GREY) == all(colour == Light.GREY for colour in colours)


SICHUAN = rules(floors={"4": "0.25", "6": "0.40", "8": "0.60", "10": "0.80"})


@pytest.mark.parametrize(
    ("prorated", "rate", "month", "light"),
    [
        ("0.83", "0.399999", 6, "yellow"),
        ("0.83", "0.40", 6, "green"),
        ("0.50", "0.25", 6, "red"),
        ("0.80", "0.60", 9, "green"),
    ],
)
def test_floor_of_the_month_shows_only_when_it_is_worse(prorated, rate, month, light):
    assert lights.budget_light(D(prorated), D(rate), month, SICHUAN) == light


def test_floor_may_be_a_red_one():
    strict = rules(floors={"6": "0.40"}, floor_light="red")

    assert lights.budget_light(D("0.79"), D("0.398"), 6, strict) == Light.RED


def test_light_weights_may_be_left_out_of_the_target_light():
    rows = [(D(5), Light.RED), (D("4.9999"), Light.RED), (D(85), Light.GREEN)]

    assert lights.target_light(rows, rules(ignore_weight_below="5")) == Light.RED
    assert lights.target_light(rows[1:], rules(ignore_weight_below="5")) == Light.GREEN


def test_likelihoods_not_given_say_nothing():
    assert lights.expected_light([None, "", "certain"]) == Light.GREEN
    assert lights.expected_light([None, ""]) == Light.GREY
