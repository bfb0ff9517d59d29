from __future__ import annotations

from decimal import Decimal

import pytest
from django import forms
from django.core import serializers as fixtures
from django.core.exceptions import FieldError, ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.migrations.writer import MigrationWriter
from django.db.models import Avg, Case, F, Max, Q, StdDev, Sum, Value, Variance, When
from django.db.models.functions import Coalesce
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from foundation.errors import BadInput
from foundation.money import (
    MONEY_LIMIT,
    MeasureField,
    MoneyField,
    RateField,
    from_wan,
    half_up,
    parse_amount,
    parse_measure,
    quantize_rate,
    rate_of,
    wan,
)
from foundation.sql import money_value

D = Decimal
AMOUNTS = st.integers(-(10**15), 10**15).map(lambda fen: D(fen).scaleb(-2))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("1,234.5", "1234.50"),
        ("１２３４．５", "1234.50"),
        ("１，２３４", "1234.00"),
        ("  7 ", "7.00"),
        ("\u3000＋７\u3000", "7.00"),
        ("-0.01", "-0.01"),
        ("－12", "-12.00"),
        ("−12", "-12.00"),
        (".5", "0.50"),
        ("1.50000", "1.50"),
        ("10000000000000", "10000000000000.00"),
    ],
)
def test_an_amount_is_read_as_people_type_it(typed, read):
    assert str(parse_amount(typed)) == read


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "abc", "1e5", "1E400", "NaN", "Infinity", "-inf", "1,23", "12,34.5", "1,2345", "1.2.3", "--1", "5.",
        "12 元", "95%", "1_000", "²", "①", "٣", "0x10", "1.005", "10000000000000.01", "9" * 50, "1" * 100_000, "\x00",
        "1\n2", "=1+1",
    ],
)  # fmt: skip
def test_anything_else_is_refused_as_an_amount(typed):
    with pytest.raises(BadInput) as refusal:
        parse_amount(typed, where="B7")
    assert refusal.value.faults[0].where == "B7"
    assert str(refusal.value.faults[0].message)


def test_an_amount_in_wan_may_have_six_places():
    assert parse_amount("12.345678", places=6) == D("12.345678")
    with pytest.raises(BadInput):
        parse_amount("12.3456789", places=6)


def test_a_percent_sign_is_read_only_where_it_is_allowed():
    assert parse_measure("95%", allow_percent=True) == 95
    assert parse_measure("９５．５ ％", allow_percent=True) == D("95.5")
    with pytest.raises(BadInput):
        parse_measure("95%")


def test_a_measure_has_four_places_and_stays_below_a_hundred_thousand_million():
    assert parse_measure("0.1234") == D("0.1234")
    assert parse_measure("99,999,999,999.9999") == D("99999999999.9999")
    for typed in ("0.12345", "100000000000"):
        with pytest.raises(BadInput):
            parse_measure(typed)


@pytest.mark.parametrize(
    ("number", "places", "rounded"),
    [
        ("0.005", 2, "0.01"),
        ("-0.005", 2, "-0.01"),
        ("0.004999", 2, "0.00"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
    ],
)
def test_a_half_goes_away_from_zero(number, places, rounded):
    assert half_up(D(number), places) == D(rounded)


def test_a_rate_has_six_places():
    assert str(quantize_rate(D(1) / D(3))) == "0.333333"
    assert str(rate_of(D(2), D(3))) == "0.666667"
    assert rate_of(D(5), D(0)) is None
    assert rate_of(None, D(5)) is None
    assert rate_of(D(5), None) is None
    assert rate_of(D(0), D(5)) == 0


@given(AMOUNTS)
def test_yuan_to_wan_and_back_loses_nothing(amount):
    assert from_wan(wan(amount)) == amount


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), float("inf"), D("NaN"), D("Infinity"), D("sNaN"), "1e3", "NaN", "١", True, "", D("0.001"),
     "0.001", D("10000000000000.01"), -(10**13) - 1, D("1E+30"), D("1." + "0" * 40 + "1"), [], object()],
)  # fmt: skip
def test_what_is_no_exact_amount_is_refused_by_the_field(value):
    field = MoneyField(null=True)
    for refuse in (field.to_python, field.get_prep_value):
        with pytest.raises(ValidationError):
            refuse(value)


@pytest.mark.parametrize("value", [D("-0.01"), "-1", -1])
def test_a_field_for_no_negatives_refuses_them_in_forms_and_on_save(value):
    field = MoneyField(non_negative=True)
    with pytest.raises(ValidationError):
        field.clean(value, None)
    with pytest.raises(ValidationError):
        field.get_db_prep_save(value, connection)
    assert field.get_prep_value(value) < 0, "a comparison with a negative number is a fair question"


def test_a_value_is_kept_in_the_smallest_step():
    assert MoneyField().get_prep_value(D("12.3")) == 1230
    assert MoneyField().get_prep_value(D("1E+2")) == 10000
    assert MoneyField().get_prep_value("-0.01") == -1
    assert RateField().get_prep_value(D("0.6532")) == 653200
    assert MeasureField().get_prep_value(5) == 50000


def test_a_field_writes_itself_into_a_migration():
    text, imports = MigrationWriter.serialize(MoneyField(non_negative=True, null=True))
    assert text == "foundation.money.MoneyField(non_negative=True, null=True)"
    assert imports == {"import foundation.money"}


@given(amount=AMOUNTS)
def test_every_amount_becomes_fen_and_back(amount):
    field = MoneyField()
    assert field.from_db_value(field.get_prep_value(amount), None, connection) == amount


@pytest.mark.parametrize(
    "amount", ["10000000000000", "-10000000000000", "9999999999999.99", "0.01", "-0.01", "0"]
)
def test_the_database_gives_back_every_fen(ledger, amount):
    ledger.objects.create(budget=D(amount), length=D("99999999999.9999"), share=D("-1.000001"))
    row = ledger.objects.get(budget=D(amount))
    assert (row.budget, row.length, row.share) == (D(amount), D("99999999999.9999"), D("-1.000001"))
    assert str(row.budget) == f"{D(amount):.2f}"


def test_unknown_stays_unknown_and_zero_stays_zero(ledger):
    ledger.objects.create(account="a", paid=None)
    ledger.objects.create(account="b", paid=0)
    assert list(ledger.objects.order_by("account").values_list("paid", flat=True)) == [None, D("0.00")]


def test_sums_are_exact_decimals_on_every_engine(ledger):
    ledger.objects.bulk_create(
        ledger(account=str(n), budget=D("0.10"), paid=D("9999999999.99")) for n in range(1000)
    )
    sums = ledger.objects.aggregate(a=Sum("budget"), b=Sum("paid"), most=Max("paid"), none=Sum("share"))
    assert sums == {"a": D("100.00"), "b": D("9999999999990.00"), "most": D("9999999999.99"), "none": None}
    assert ledger.objects.none().aggregate(a=Sum("budget", default=D(0)))["a"] == 0
    assert type(sums["a"]) is Decimal


def test_fields_of_one_kind_add_subtract_and_compare(ledger):
    ledger.objects.create(account="a", budget=D("100.10"), paid=D("40.05"))
    ledger.objects.create(account="b", budget=D("1.00"), paid=D("2.00"))
    row = ledger.objects.annotate(left=F("budget") - F("paid"), minus=-F("paid"), twice=F("paid") * 2).get(
        account="a"
    )
    assert (row.left, row.minus, row.twice) == (D("60.05"), D("-40.05"), D("80.10"))
    assert ledger.objects.get(paid__gt=F("budget")).account == "b"
    assert ledger.objects.annotate(left=F("budget") - F("paid")).get(left__lt=0).account == "b"
    assert ledger.objects.annotate(more=F("budget") + money_value(D("0.90"))).get(account="a").more == D(
        "101.00"
    )
    assert ledger.objects.annotate(s=Sum("budget") - Sum("paid")).order_by("account").first().s == D("60.05")


def test_money_and_plain_numbers_do_not_mix(ledger):
    for mixture in (F("budget") + 5, F("budget") * F("share"), F("budget") / 2, F("budget") - D("0.5")):
        with pytest.raises(FieldError):
            list(ledger.objects.annotate(x=mixture))


@pytest.mark.parametrize("average", [Avg, StdDev, Variance])
def test_an_average_is_refused_instead_of_cut(ledger, average):
    ledger.objects.create(budget=D("0.01"))
    with pytest.raises(FieldError):
        ledger.objects.aggregate(x=average("budget"))


def test_decimals_filter_update_and_choose(ledger):
    ledger.objects.create(account="a", budget=D("100.10"))
    assert ledger.objects.filter(budget=D("100.1")).exists()
    assert ledger.objects.filter(budget="100.10").exists()
    assert ledger.objects.filter(budget__in=[D("100.10"), 5], budget__range=(100, D("100.11"))).exists()
    assert not ledger.objects.filter(budget__gte=D("100.11")).exists()
    ledger.objects.update(
        budget=F("budget") + money_value(1), paid=D("3.33"), share=Value(D("0.5"), RateField())
    )
    chosen = Case(When(Q(paid__gt=3), then=F("paid")), default=money_value(0))
    row = ledger.objects.annotate(chosen=chosen, filled=Coalesce("paid", money_value(0))).values(
        "budget", "chosen", "filled", "share"
    )[0]
    assert row == {"budget": D("101.10"), "chosen": D("3.33"), "filled": D("3.33"), "share": D("0.500000")}


def test_many_rows_are_updated_in_one_go(ledger):
    rows = ledger.objects.bulk_create(ledger(account=str(n)) for n in range(5))
    for n, row in enumerate(rows):
        row.budget, row.paid = D(n) / 100, None if n == 3 else D(n)
    ledger.objects.bulk_update(rows, ["budget", "paid"])
    kept = list(ledger.objects.order_by("account").values_list("budget", "paid"))
    assert kept[2:4] == [(D("0.02"), D("2.00")), (D("0.03"), None)]


@pytest.mark.parametrize(
    "broken",
    ["budget = 1000000000000001", "budget = -1000000000000001", "received = -1", "length = 1000000000000000"],
)
def test_the_database_itself_refuses_what_is_out_of_bounds(ledger, broken):
    ledger.objects.create()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE ledger_entry SET {broken}")


def test_a_model_form_reads_grouped_and_full_width_numbers(ledger):
    form_class = forms.modelform_factory(ledger, fields=["budget", "length", "received"])
    form = form_class({"budget": "１，２３４．５", "length": " 1,000.25 ", "received": "0"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {"budget": D("1234.50"), "length": D("1000.25"), "received": 0}
    assert 'inputmode="decimal"' in str(form["budget"])
    for broken in ("1e5", "NaN", "0.001", "10000000000000.01", "x"):
        assert "budget" in form_class({"budget": broken, "received": "0"}).errors
    assert "received" in form_class({"budget": "1", "received": "-1"}).errors


def test_the_api_speaks_text_and_takes_no_rounded_floats(ledger):
    class Shown(serializers.ModelSerializer):
        class Meta:
            model = ledger
            fields = ["budget", "share"]

    row = ledger(budget=D("1234.5"), share=D("0.6532"))
    assert Shown(row).data == {"budget": "1234.50", "share": "0.653200"}
    for good in ("12.34", 12, 12.34, "-0.01"):
        assert Shown(data={"budget": good}).is_valid(), good
    for bad in (
        "1e5",
        1e16,
        "NaN",
        float("inf"),
        True,
        "12.345",
        "１２",
        9999999999999.995,
        [],
        {},
        "10000000000000.01",
    ):
        assert not Shown(data={"budget": bad}).is_valid(), bad


def test_a_fixture_carries_the_decimal_text(ledger):
    row = ledger(pk=1, account="a", budget=D("9999999999999.99"), paid=None)
    text = fixtures.serialize("json", [row], fields=["budget", "paid"])
    assert '"budget": "9999999999999.99"' in text
    assert MoneyField().to_python("9999999999999.99") <= MONEY_LIMIT
