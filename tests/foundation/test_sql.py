from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from django.core.exceptions import FieldError
from django.db import connection
from django.db.models import BigIntegerField, F, Sum, Value
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from foundation.money import RATE_LIMIT, MoneyField, rate_of
from foundation.sql import as_money, as_rate, greatest_of, least_of, money_value, ratio, raw_int

D = Decimal
LARGEST = 10**15
FAST = 4_600_000_000_000
BORDERS = [0, 1, 2, 3, 7, 10**6, FAST - 1, FAST, FAST + 1, 2 * FAST, LARGEST - 1, LARGEST]
INTEGERS = st.one_of(st.sampled_from(BORDERS), st.integers(0, 10**4), st.integers(0, LARGEST))
SIGNED = st.builds(lambda number, sign: number * sign, INTEGERS, st.sampled_from([1, -1]))
PAIRS = st.lists(st.tuples(SIGNED, SIGNED), min_size=1, max_size=40)


def in_python(numerator: int, denominator: int) -> int | None:
    """The same millionths with as many digits as it takes."""
    if denominator == 0:
        return None
    with localcontext(prec=80):
        exact = (D(numerator) * 10**6 / D(denominator)).quantize(D(1), ROUND_HALF_UP)
    return max(-9 * 10**18, min(9 * 10**18, int(exact)))


def in_database(expressions: list) -> list:
    """What the current database makes of the expressions, in one SELECT."""
    names = [f"x{position}" for position in range(len(expressions))]
    from django.contrib.contenttypes.models import ContentType

    row = ContentType.objects.order_by("pk").annotate(**dict(zip(names, expressions, strict=True)))
    return list(row.values_list(*names)[0])


def whole(number: int | None) -> Value:
    return Value(number, output_field=BigIntegerField())


@pytest.mark.django_db
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PAIRS)
@example([(a, b) for a in BORDERS for b in BORDERS])
@example([(-a, b) for a in BORDERS for b in BORDERS])
@example([(a, -b) for a in BORDERS[-6:] for b in BORDERS])
def test_the_database_divides_as_decimal_does(pairs):
    found = in_database([ratio(whole(a), whole(b)) for a, b in pairs])
    assert found == [in_python(a, b) for a, b in pairs]


@pytest.mark.django_db
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 10**9)), min_size=1, max_size=40))
def test_a_quotient_exactly_between_two_millionths_goes_away_from_zero(halves):
    # (2k + 1) / (2·10^6) scaled by n lies exactly between k and k + 1 millionths.
    pairs = [((2 * k + 1) * n, 2 * 10**6 * n) for k, n in ((k % 10**6, n % 500 + 1) for k, n in halves)]
    assert in_database([ratio(whole(a), whole(b)) for a, b in pairs]) == [
        (a * 10**6 + b // 2) // b for a, b in pairs
    ]
    assert in_database([ratio(whole(-a), whole(b)) for a, b in pairs]) == [
        -((a * 10**6 + b // 2) // b) for a, b in pairs
    ]


@given(SIGNED, SIGNED)
def test_the_twin_in_python_divides_the_same(numerator, denominator):
    rate = rate_of(D(numerator).scaleb(-2), D(denominator).scaleb(-2))
    assert (None if rate is None else int(rate.scaleb(6))) == in_python(numerator, denominator)


@pytest.mark.django_db
def test_what_is_unknown_or_divided_by_nothing_is_null():
    found = in_database(
        [
            ratio(whole(None), whole(5)),
            ratio(whole(5), whole(None)),
            ratio(whole(None), whole(None)),
            ratio(whole(5), whole(0)),
            ratio(whole(0), whole(0)),
            ratio(whole(-LARGEST), whole(0)),
            ratio(whole(0), whole(-3)),
        ]
    )
    assert found == [None] * 6 + [0]


@pytest.mark.django_db
def test_a_rate_too_large_for_the_database_is_held_at_the_limit():
    found = in_database([as_rate(ratio(whole(LARGEST), whole(1))), as_rate(ratio(whole(-LARGEST), whole(1)))])
    assert found == [RATE_LIMIT, -RATE_LIMIT]


def test_sums_of_money_divide_to_a_rate(ledger):
    ledger.objects.create(account="a", month=1, budget=D("300.00"), paid=D("100.00"))
    ledger.objects.create(account="a", month=2, budget=D("300.00"), paid=D("100.01"))
    ledger.objects.create(account="b", budget=0, paid=D("1.00"))
    rates = (
        ledger.objects.values("account")
        .annotate(rate=as_rate(ratio(Sum("paid"), Sum("budget"))))
        .order_by("account")
    )
    assert list(rates) == [{"account": "a", "rate": D("0.333350")}, {"account": "b", "rate": None}]
    row = ledger.objects.annotate(rate=as_rate(ratio("paid", "budget"))).get(month=2)
    assert row.rate == D("0.333367")
    assert (
        ledger.objects.annotate(rate=as_rate(ratio("paid", "budget"))).filter(rate__gt=D("0.33335")).count()
        == 1
    )


def test_a_rate_can_be_written_into_its_column(ledger):
    ledger.objects.create(budget=D("3"), paid=D("-2"))
    ledger.objects.update(share=as_rate(ratio("paid", "budget")))
    assert ledger.objects.get().share == D("-0.666667")


def test_raw_int_gives_the_steps_and_as_money_reads_them_back(ledger):
    ledger.objects.create(budget=D("12.34"))
    row = ledger.objects.annotate(fen=raw_int("budget"), half=as_money(raw_int("budget") / 2)).get()
    assert (row.fen, row.half) == (1234, D("6.17"))
    total = ledger.objects.aggregate(fen=raw_int(Sum("budget")))["fen"]
    assert total == 1234
    assert type(total) is int


def test_a_bare_decimal_has_no_unit_and_is_refused():
    for guess in (D("1.5"), 1.5):
        with pytest.raises(TypeError):
            raw_int(guess)


def test_least_and_greatest_are_unknown_when_any_is(ledger):
    ledger.objects.create(account="known", budget=D("5"), paid=D("3"))
    ledger.objects.create(account="unknown", budget=D("5"), paid=None)
    least, most = least_of("budget", "paid"), greatest_of("budget", "paid")
    rows = ledger.objects.annotate(least=least, most=most, capped=least_of("paid", money_value(D("2.50"))))
    assert list(rows.order_by("account").values_list("least", "most", "capped")) == [
        (D("3.00"), D("5.00"), D("2.50")),
        (None, None, None),
    ]
    assert rows.filter(least=None).count() == 1


def test_least_of_three_and_of_sums(ledger):
    ledger.objects.create(month=1, budget=D("5"), paid=D("3"))
    ledger.objects.create(month=2, budget=D("5"), paid=D("4"))
    found = ledger.objects.aggregate(
        least=least_of(Sum("budget"), Sum("paid"), money_value(100)),
        most=greatest_of(raw_int(Sum("budget")), raw_int(Sum("paid")), 0),
        unknown=least_of(Sum("budget"), Sum("share"), output_field=MoneyField()),
    )
    assert found == {"least": D("7.00"), "most": 1000, "unknown": None}


def test_least_of_money_and_a_plain_number_is_refused(ledger):
    with pytest.raises(FieldError):
        list(ledger.objects.annotate(x=least_of("budget", 5)))


def test_columns_divide_like_constants(ledger):
    pairs = [(a, b) for a in [*BORDERS, *(-number for number in BORDERS)] for b in BORDERS]
    ledger.objects.bulk_create(
        ledger(account=str(n), paid=D(a).scaleb(-2), budget=D(b).scaleb(-2)) for n, (a, b) in enumerate(pairs)
    )
    found = ledger.objects.order_by("id").values_list(ratio("paid", "budget"), flat=True)
    assert list(found) == [in_python(a, b) for a, b in pairs]


@pytest.mark.django_db
def test_no_float_and_no_numeric_stands_in_the_division():
    from django.contrib.contenttypes.models import ContentType

    sql = str(ContentType.objects.annotate(x=ratio(F("id"), whole(7))).query).lower()
    assert "numeric" not in sql
    assert "double" not in sql
    assert "real" not in sql.replace("realm", "")
    assert connection.vendor in ("sqlite", "postgresql")
