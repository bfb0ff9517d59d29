from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.models import Case, CharField, F, IntegerField, Sum, Value, When
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext

from foundation.money import MoneyField, RateField
from foundation.sql import as_rate, money_value, ratio
from foundation.upsert import upsert
from tests.foundation.conftest import Apps

D = Decimal
NOON = datetime(2022, 7, 15, 4, 0, tzinfo=UTC)


class Total(models.Model):
    """What is derived from the ledger: one row an account."""

    account = models.CharField(max_length=20, unique=True)
    budget = MoneyField(db_default=D(0))
    paid = MoneyField(null=True)
    share = RateField(null=True)
    label = models.CharField(max_length=12, db_default="")
    extra = models.JSONField(null=True)
    computed_at = models.DateTimeField(null=True)

    class Meta:
        apps = Apps()
        app_label = "ledger"


@pytest.fixture
def totals(ledger):
    sql, params = connection.schema_editor().table_sql(Total)
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
    ledger.objects.create(account="a", month=1, budget=D("300"), paid=D("100.00"))
    ledger.objects.create(account="a", month=2, budget=D("300"), paid=D("100.01"))
    ledger.objects.create(account="b", month=1, budget=D("0"), paid=None)
    return Total


def summed(ledger, **more):
    """The ledger by account; the keys are those of Total behind new_."""
    return ledger.objects.values(new_account=F("account")).annotate(
        new_share=as_rate(ratio(Sum("paid"), Sum("budget"))),
        new_budget=Sum("budget"),
        new_paid=Sum("paid"),
        **more,
    )


def write(ledger, **given):
    return upsert(
        Total,
        summed(ledger),
        **{"match": ["account"], "update": ["budget", "paid", "share"], "key_prefix": "new_", **given},
    )


def kept():
    return list(Total.objects.order_by("account").values_list("account", "budget", "paid", "share"))


def test_new_rows_are_inserted_and_a_second_run_writes_nothing(ledger, totals):
    assert write(ledger) == 2
    assert kept() == [("a", D("600.00"), D("200.01"), D("0.333350")), ("b", D("0.00"), None, None)]
    assert write(ledger) == 0


def test_only_the_row_that_differs_is_written(ledger, totals):
    write(ledger, touch={"computed_at": None})
    ledger.objects.create(account="b", month=3, paid=D("0.01"))
    assert write(ledger, touch={"computed_at": NOON}) == 1
    assert kept()[1] == ("b", D("0.00"), D("0.01"), None)
    assert list(Total.objects.order_by("account").values_list("computed_at", flat=True)) == [None, NOON]


def test_known_to_unknown_and_back_is_a_difference(ledger, totals):
    write(ledger)
    for paid in (None, D("5"), None):
        ledger.objects.filter(account="a").update(paid=paid)
        assert write(ledger) == 1
        assert Total.objects.get(account="a").paid == (None if paid is None else D("10"))
        assert write(ledger) == 0


def test_one_statement_whatever_the_number_of_rows(ledger, totals):
    ledger.objects.bulk_create(ledger(account=f"n{n}", budget=n) for n in range(500))
    with CaptureQueriesContext(connection) as queries:
        assert write(ledger) == 502
    assert len(queries) == 1


def test_keys_that_are_not_updated_are_set_once(ledger, totals):
    def rows(text):
        return summed(ledger, new_label=Value(text, output_field=CharField()))

    columns = {"match": ["account"], "update": ["budget"], "key_prefix": "new_"}
    assert upsert(Total, rows("first"), **columns) == 2
    ledger.objects.filter(account="a", month=1).update(budget=1)
    assert upsert(Total, rows("second"), **columns) == 1
    assert set(Total.objects.values_list("label", flat=True)) == {"first"}


def test_without_anything_to_update_only_new_rows_come_in(ledger, totals):
    Total.objects.create(account="a", budget=7)
    assert upsert(Total, ledger.objects.values("account").distinct(), match=["account"], update=[]) == 1
    assert upsert(Total, ledger.objects.values("account").distinct(), match=["account"], update=[]) == 0
    assert Total.objects.get(account="a").budget == 7


def test_the_order_of_columns_and_params_in_expressions_and_filters_holds(ledger, totals):
    """Params stand in the annotations, in the filter, in the grouping and behind them in touch."""
    rows = (
        ledger.objects.filter(account__in=["a", "b"], month__lt=9)
        .annotate(kind=Case(When(month__gte=2, then=Value("late 100%")), default=Value("early %s")))
        .values(
            new_label=F("kind"),
            new_paid=money_value(D("1.50")) + F("budget"),
            new_account=Concat(Value("x-"), "account", Value("-"), "month", output_field=CharField()),
            new_budget=F("budget"),
        )
        .order_by("-month")
    )
    columns = {
        "match": ["account"],
        "update": ["paid", "label"],
        "key_prefix": "new_",
        "touch": {"computed_at": NOON},
    }
    assert upsert(Total, rows, **columns) == 3
    assert upsert(Total, rows, **columns) == 0
    assert list(Total.objects.order_by("account").values_list("account", "label", "paid", "computed_at")) == [
        ("x-a-1", "early %s", D("301.50"), NOON),
        ("x-a-2", "late 100%", D("301.50"), NOON),
        ("x-b-1", "early %s", D("1.50"), NOON),
    ]


def test_a_union_and_a_slice_may_be_written(ledger, totals):
    first = ledger.objects.filter(account="a").values("account").annotate(new_budget=Sum("budget"))
    second = ledger.objects.filter(account="b").values("account").annotate(new_budget=Sum("budget"))
    rows = first.union(second, all=True)
    assert upsert(Total, rows, match=["account"], update=["budget"], key_prefix="new_") == 2
    assert upsert(Total, rows, match=["account"], update=["budget"], key_prefix="new_") == 0
    assert kept()[0] == ("a", D("600.00"), None, None)
    newest = ledger.objects.order_by("-budget", "-month").values("account")[:1]
    assert upsert(Total, newest, match=["account"], update=[]) == 0


def test_a_bare_null_and_json_find_their_column_types(ledger, totals):
    rows = ledger.objects.filter(month=1).values(
        "account",
        "extra",
        new_paid=Value(None, output_field=MoneyField()),
        new_computed_at=Value(None, output_field=models.DateTimeField()),
    )
    columns = {"match": ["account"], "update": ["paid", "extra", "computed_at"], "key_prefix": "new_"}
    ledger.objects.update(extra={"b": 1, "a": ["字"]})
    rows = rows.annotate(new_budget=Value(0, output_field=IntegerField()))
    assert upsert(Total, rows, **columns) == 2
    assert upsert(Total, rows, **columns) == 0
    assert Total.objects.get(account="a").extra == {"a": ["字"], "b": 1}


@pytest.mark.postgres
def test_what_is_too_long_is_refused_not_cut(ledger, totals):
    rows = ledger.objects.filter(month=2).values(
        "account", new_label=Value("x" * 13, output_field=CharField())
    )
    with pytest.raises(DatabaseError), transaction.atomic():
        upsert(Total, rows, match=["account"], update=["label"], key_prefix="new_")


def test_no_rows_is_no_statement(ledger, totals):
    with CaptureQueriesContext(connection) as queries:
        assert upsert(Total, ledger.objects.none().values("account"), match=["account"], update=[]) == 0
    assert len(queries) == 0


def test_a_column_that_must_have_a_value_is_asked_for(ledger, totals):
    rows = ledger.objects.values("account", new_month=F("month") + 10)
    with pytest.raises(IntegrityError), transaction.atomic():
        upsert(ledger, rows, match=["account", "month"], update=[], key_prefix="new_")


@pytest.mark.parametrize(
    "wrong",
    [{"update": ["nonsense"]}, {"match": ["label"]}, {"touch": {"nonsense": 1}}, {"key_prefix": ""}],
)
def test_unknown_and_missing_columns_are_named(ledger, totals, wrong):
    with pytest.raises(ValueError, match=r"column|lack"):
        write(ledger, **wrong)
