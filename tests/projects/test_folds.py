"""The month totals are the sums of their rows, whatever sequence of files came in."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects import folds
from projects.models import LineMonths
from tests.projects.files import BRIDGE, ROAD, SCHOOL, budget, take_budget, take_payments

pytestmark = pytest.mark.django_db

days = st.integers(0, 364).map(lambda days: date(2022, 1, 1) + timedelta(days=days))
amounts = st.one_of(
    st.sampled_from(["0.01", "-0.01", "99999999999.99"]),
    st.integers(1, 10**9).map(lambda fen: f"{Decimal(fen) / 100:.2f}"),
    st.integers(-(10**7), -1).map(lambda fen: f"{Decimal(fen) / 100:.2f}"),
)
vouchers = st.dictionaries(
    st.sampled_from([f"V{number}" for number in range(8)]),
    st.tuples(st.sampled_from([ROAD, BRIDGE, SCHOOL]), days, amounts),
    max_size=8,
)


def as_rows(given):
    return [
        {"voucher_no": number, "project_code": code, "source": "一般公共预算", "paid_on": day.isoformat(),
         "amount": amount, "is_refund": "是" if amount.startswith("-") else "否"}
        for number, (code, day, amount) in given.items()
    ]  # fmt: skip


@pytest.fixture
def division(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return take_budget(tmp_path).division


def test_folds_are_the_sums_of_their_rows_after_any_files(division):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(vouchers, min_size=1, max_size=3))
    def agree(files):
        with transaction.atomic(), tempfile.TemporaryDirectory() as folder:
            for each in files:
                take_payments(Path(folder), as_rows(each))
            wrong = folds.differences(division.pk, 2022)
            transaction.set_rollback(True)
        assert wrong == []

    agree()


def test_a_total_that_was_changed_past_the_import_is_found_and_put_right(division):
    line = LineMonths.objects.filter(line__project__code=ROAD).first()
    LineMonths.objects.filter(pk=line.pk).update(paid_7=Decimal("0.01"))
    assert folds.differences(division.pk, 2022) == [line.pk]
    folds.rebuild([line.project_id])
    assert folds.differences(division.pk, 2022) == []


def test_a_line_without_totals_is_told_as_a_difference(division):
    line = LineMonths.objects.filter(line__project__code=ROAD).first()
    LineMonths.objects.filter(pk=line.pk).delete()
    assert folds.differences(division.pk, 2022) == [line.pk]


def test_adjustments_and_receipts_that_move_to_another_month_leave_the_first(division, tmp_path):
    rows = budget()
    rows["receipts"][0]["on"] = date(2022, 12, 31)
    take_budget(tmp_path, rows)
    kept = LineMonths.objects.get(line__project__code=ROAD, line__source="general")
    assert (kept.received_1, kept.received_12) == (0, Decimal(600_000))
    assert folds.differences(division.pk, 2022) == []
