"""Rates: exact, bounded, monotone, and silent about what is unknown."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from monitoring import rates

FEN = st.integers(-(10**15), 10**15).map(lambda fen: Decimal(fen).scaleb(-2))
BUDGET = st.integers(0, 10**15).map(lambda fen: Decimal(fen).scaleb(-2))
MONTH = st.integers(1, 12)


def millionths(numerator: Decimal, denominator: Decimal) -> int:
    """The documented whole-number formula, by exact fractions."""
    exact = Fraction(numerator) / Fraction(denominator) * 10**6
    nearest = int(abs(exact) + Fraction(1, 2))
    return min(nearest, 9_999_999_999) * (1 if exact > 0 else -1)


@given(FEN, FEN.filter(bool))
def test_ratio_is_the_documented_whole_number(numerator, denominator):
    assert rates.ratio(numerator, denominator) * 10**6 == millionths(numerator, denominator)


@given(st.integers(-(10**6), 10**6), st.integers(1, 2 * 10**6))
def test_ratio_rounds_ties_away_from_zero(numerator, denominator):
    assert rates.ratio(Decimal(numerator), Decimal(denominator)) * 10**6 == millionths(
        Decimal(numerator), Decimal(denominator)
    )


@given(FEN, BUDGET, MONTH)
def test_prorated_is_computed_from_raw_amounts(paid, adjusted, month):
    result = rates.prorated(paid, adjusted, month)

    assert (result is None) == (adjusted == 0)
    if result is not None:
        assert result * 10**6 == millionths(paid * 12, adjusted * month)


@given(BUDGET, BUDGET, BUDGET.filter(bool))
def test_paying_more_never_lowers_the_rate(one, other, adjusted):
    less, more = sorted((one, other))

    assert rates.execution_rate(less, adjusted) <= rates.execution_rate(more, adjusted)


@given(FEN | st.none(), FEN | st.none())
def test_every_rate_has_six_places_within_its_bounds(paid, adjusted):
    rate = rates.execution_rate(paid, adjusted)

    assert (rate is None) == (paid is None or not adjusted)
    if rate is not None:
        assert -rates.CEILING <= rate <= rates.CEILING
        assert rate.as_tuple().exponent == -6


def test_nothing_paid_is_zero_and_no_budget_is_unknown():
    assert rates.execution_rate(Decimal(0), Decimal(100)) == 0
    assert rates.execution_rate(Decimal(0), Decimal(0)) is None
    assert rates.prorated(Decimal(0), Decimal(0), 6) is None
    assert rates.prorated(None, Decimal(1), 6) is None
    assert rates.prorated(Decimal(1), None, 6) is None


def test_refund_above_payments_gives_a_negative_rate():
    assert rates.execution_rate(Decimal("-0.01"), Decimal("100.00")) == Decimal("-0.000100")


def test_more_than_the_budget_is_shown_as_it_is():
    assert rates.execution_rate(Decimal(150), Decimal(100)) == Decimal("1.500000")


def test_largest_amount_over_the_smallest_stays_in_its_column():
    assert rates.execution_rate(Decimal(10**13), Decimal("0.01")) == rates.CEILING
    assert rates.execution_rate(Decimal(-(10**13)), Decimal("0.01")) == -rates.CEILING


def test_carry_over_keeps_the_fen():
    assert rates.carry_over(Decimal("1.01"), Decimal("9999999999999.99")) == Decimal("9999999999998.98")
