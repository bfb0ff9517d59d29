"""A table of our own, so that the foundation is tested without knowing anybody above it."""

from __future__ import annotations

import pytest
from django.apps.registry import Apps
from django.db import connection, models

from foundation.money import MeasureField, MoneyField, RateField, measure_bounds, money_bounds
from tests import append_only  # noqa: F401


class Entry(models.Model):
    """A row of the test's own ledger."""

    account = models.CharField(max_length=20, default="")
    month = models.IntegerField(default=1)
    budget = MoneyField("budget", default=0)
    paid = MoneyField(null=True, blank=True)
    share = RateField(null=True, blank=True)
    length = MeasureField(null=True, blank=True)
    received = MoneyField(default=0, non_negative=True)
    noted_at = models.DateTimeField(null=True)
    extra = models.JSONField(null=True)

    class Meta:
        apps = Apps()
        app_label = "ledger"
        constraints = [
            models.UniqueConstraint(fields=["account", "month"], name="ledger_one_row_per_month"),
            money_bounds("budget", "entry"),
            money_bounds("received", "entry", non_negative=True),
            measure_bounds("length", "entry"),
        ]


@pytest.fixture
def ledger(db: None) -> type[Entry]:
    """The Entry model with its table, which lives as long as the test's transaction."""
    editor = connection.schema_editor()
    sql, params = editor.table_sql(Entry)
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
    return Entry
