"""Completion, attainment and weighted means, also under hostile values."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring import completion as complete
from monitoring.assessment import RowFigures, assess_row, fold_rows
from monitoring.choices import LevelResult, Light
from monitoring.rates import CEILING
from projects.choices import Accrual, Sign
from tests.monitoring.rules import RULES, D, row

MEASURE = st.integers(-(10**15), 10**15).map(lambda units: Decimal(units).scaleb(-4))
POSITIVE = st.integers(1, 10**15).map(lambda units: Decimal(units).scaleb(-4))
WEIGHT = st.integers(0, 100 * 10**4).map(lambda units: Decimal(units).scaleb(-4))
SHARE = st.none() | st.integers(-(10**6), 3 * 10**6).map(lambda units: Decimal(units).scaleb(-6))
SIGN = st.sampled_from(Sign.values)


def half_up(exact: Fraction) -> int:
    return int(exact + Fraction(1, 2))


@given(SIGN, MEASURE | st.none(), MEASURE | st.none(), MEASURE | st.none())
def test_no_value_breaks_the_completion(sign, low, high, actual):
    share = complete.completion(sign, low, high, actual)

    assert share is None or 0 <= share <= CEILING
    complete.deviation(sign, low, high, actual)
    complete.is_met(sign, low, high, actual)


@given(st.sampled_from([Sign.GE, Sign.GT]), POSITIVE, MEASURE, MEASURE)
def test_more_done_is_never_less_complete(sign, target, one, other):
    less, more = sorted((one, other))

    assert complete.completion(sign, target, None, less) <= complete.completion(sign, target, None, more)


@given(st.sampled_from([Sign.LE, Sign.LT]), POSITIVE, MEASURE, MEASURE)
def test_more_of_what_should_be_little_is_never_more_complete(sign, limit, one, other):
    less, more = sorted((one, other))

    assert complete.completion(sign, limit, None, less) >= complete.completion(sign, limit, None, more)
    assert complete.completion(sign, limit, None, more) <= 1


@given(SIGN, POSITIVE, POSITIVE, MEASURE)
def test_what_is_met_is_complete(sign, low, width, actual):
    if complete.is_met(sign, low, low + width, actual):
        assert complete.completion(sign, low, low + width, actual) >= 1


@given(st.lists(st.tuples(WEIGHT, SHARE), max_size=20))
def test_weighted_share_is_the_documented_whole_number(rows):
    known = [
        (Fraction(weight), min(1, max(0, Fraction(share)))) for weight, share in rows if share is not None
    ]
    weights = sum(weight for weight, _share in known)
    result = complete.weighted_share(rows)

    assert (result is None) == (weights == 0)
    if result is not None:
        exact = sum(weight * share for weight, share in known) / weights
        assert result * 10**6 == half_up(exact * 10**6)


@given(WEIGHT, SHARE)
def test_score_lies_between_zero_and_the_weight(weight, share):
    points = complete.indicator_score(weight, share)

    assert (points is None) == (share is None)
    assert points is None or 0 <= points <= weight + Decimal("0.005")


@given(SIGN, st.sampled_from(Accrual.values), MEASURE | st.none(), MEASURE | st.none(), st.integers(1, 12))
def test_a_row_without_completion_shows_grey_and_one_with_it_never(sign, accrual, low, actual, month):
    figures = assess_row(
        row(sign=sign, accrual=accrual, target_low=low, actual=actual, level="partly"), month, RULES
    )

    assert (figures.light == Light.GREY) == (figures.completion is None) == (figures.attainment is None)


@given(POSITIVE, POSITIVE, st.integers(1, 12))
def test_attainment_is_the_documented_whole_number(target, actual, month):
    share = complete.completion(Sign.GE, target, None, actual)
    result = complete.attainment(Sign.GE, Accrual.CUMULATIVE, target, actual, month, share)
    exact = Fraction(actual) * 12 / (Fraction(target) * month)

    assert result * 10**6 == min(half_up(exact * 10**6), 9_999_999_999)


@pytest.mark.parametrize(
    ("actual", "points"), [("30", "10.00"), ("33", "9.00"), ("60", "0.00"), ("59.99", "0.00"), ("0", "10.00")]
)
def test_negative_indicator_of_weight_ten_scores_as_published(actual, points):
    share = complete.completion(Sign.LE, D(30), None, D(actual))

    assert complete.indicator_score(D(10), share) == D(points)


@pytest.mark.parametrize("given", [{"due": False}, {"dropped": True}])
def test_not_yet_due_or_dropped_gives_nothing_but_grey(given):
    assert assess_row(row(**given), 6, RULES) == RowFigures()


def test_blank_is_not_zero():
    assert assess_row(row(actual=None), 6, RULES).completion is None
    assert assess_row(row(actual="0"), 6, RULES).completion == 0
    assert assess_row(row(actual="0"), 6, RULES).light == Light.RED


def test_last_sixth_place_decides_a_boundary():
    # 29.99995 of 100 in June is 59.9999 %, 29.99999995 would round to 60 % and is beyond the four places kept.
    assert assess_row(row(actual="29.9999"), 6, RULES).light == Light.RED
    assert assess_row(row(actual="30"), 6, RULES).light == Light.YELLOW
    assert assess_row(row(actual="40"), 6, RULES).light == Light.GREEN
    assert assess_row(row(actual="60"), 6, RULES).light == Light.BLUE
    assert assess_row(row(actual="59.9999"), 6, RULES).light == Light.GREEN


@pytest.mark.parametrize(
    ("level", "light", "share"),
    [
        ("achieved", Light.GREEN, "1"),
        ("partly", Light.YELLOW, "0.70"),
        ("not", Light.RED, "0"),
        ("", Light.GREY, None),
    ],
)
def test_qualitative_result_has_its_band_and_light(level, light, share):
    figures = assess_row(row(sign="level", target_low=None, actual=None, level=level), 6, RULES)

    assert figures.light == light
    assert figures.completion == (None if share is None else D(share))


@given(st.sampled_from(LevelResult.values), SHARE)
def test_claimed_share_stays_in_its_band(level, claimed):
    band = RULES.level_bands[level]
    share = complete.level_completion(level, RULES.level_bands, claimed)

    assert band.low <= share <= band.high
    assert share < band.high or band.high == 1


def test_folding_leaves_out_what_is_not_due_and_keeps_its_likelihood():
    rows = [
        row(weight="60", completion="0.5", attainment="1", light="green", likelihood="certain"),
        row(weight="30", due=False, completion="0", attainment="0", light="red", likelihood="impossible"),
        row(weight="30", dropped=True, completion="0", attainment="0", light="red", likelihood="impossible"),
    ]
    folded = fold_rows(rows, RULES)

    assert folded.weighted_completion == D("0.5")
    assert folded.weighted_attainment == 1
    assert folded.target_light == Light.GREEN
    assert folded.expected_light == Light.RED
