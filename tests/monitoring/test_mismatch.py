"""Mismatch of money and targets, both ways and exactly at its points."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.choices import Light, Mismatch
from monitoring.mismatch import gap, mismatch, mismatch_light
from tests.monitoring.rules import RULES, D, rules

GAP = st.integers(-2 * 10**6, 2 * 10**6).map(lambda units: Decimal(units).scaleb(-6))


@pytest.mark.parametrize(
    ("completed", "rate", "kind", "light"),
    [
        ("0.600000", "0.500000", Mismatch.CONSISTENT, Light.GREEN),
        ("0.600001", "0.500000", Mismatch.TARGET_AHEAD, Light.YELLOW),
        ("0.700000", "0.500000", Mismatch.TARGET_AHEAD, Light.YELLOW),
        ("0.700001", "0.500000", Mismatch.TARGET_AHEAD, Light.RED),
        ("0.500000", "0.600000", Mismatch.CONSISTENT, Light.GREEN),
        ("0.500000", "0.600001", Mismatch.MONEY_AHEAD, Light.YELLOW),
        ("0.500000", "0.700001", Mismatch.MONEY_AHEAD, Light.RED),
    ],
)
def test_ten_and_twenty_points_belong_to_the_milder_side(completed, rate, kind, light):
    difference = gap(D(completed), D(rate))

    assert mismatch(difference, RULES) == kind
    assert mismatch_light(difference, RULES) == light


@given(GAP)
def test_kind_and_light_tell_the_same(difference):
    consistent = mismatch(difference, RULES) == Mismatch.CONSISTENT

    assert consistent == (mismatch_light(difference, RULES) == Light.GREEN)


@given(GAP)
def test_both_directions_are_judged_alike(difference):
    assert mismatch_light(difference, RULES) == mismatch_light(-difference, RULES)


def test_unknown_stays_unknown():
    assert mismatch(gap(None, D(1)), RULES) is None
    assert mismatch_light(gap(D(1), None), RULES) == Light.GREY


def test_points_are_a_bureaus_own():
    assert mismatch(D("0.12"), rules(gap_yellow_above="0.15")) == Mismatch.CONSISTENT
