"""Taking a file of payments: whole or not at all, refunds and corrected vouchers included."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import translation

from foundation.errors import BadInput
from foundation.models import AuditEvent
from projects import batches, folds
from projects.choices import ImportKind, ImportState
from projects.models import ImportBatch, LineMonths, Payment
from tests.projects.files import (
    BRIDGE,
    ROAD,
    SCHOOL,
    VOUCHERS,
    everything,
    row,
    take_budget,
    take_payments,
    write_payments,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def bureau(settings, tmp_path):
    """The bureau's projects, already imported."""
    settings.MEDIA_ROOT = tmp_path / "media"
    with translation.override("en"):
        yield take_budget(tmp_path).division


def months(code):
    return LineMonths.objects.get(line__project__code=code, line__source="general")


def refused(folder, vouchers):
    before = everything()
    with pytest.raises(BadInput):
        take_payments(folder, vouchers)
    assert everything() == before
    batch = ImportBatch.objects.latest("id")
    assert batch.state == ImportState.REFUSED
    return {fault["where"]: fault["message"] for fault in batch.faults}


def with_changed(place, **given):
    vouchers = deepcopy(VOUCHERS)
    vouchers[place].update(given)
    return vouchers


def test_payments_and_refunds_are_taken_to_the_fen(tmp_path, bureau):
    batch = take_payments(tmp_path)
    assert batch.counts == {"payments": {"new": 4, "changed": 0, "unchanged": 0, "refused": 0}}
    assert batch.control_totals == {"payments": {"rows": "4", "total": "250012.34"}}
    refund = Payment.objects.get(voucher_no="V3")
    assert (refund.amount, refund.is_refund) == (Decimal("-50000.10"), True)
    assert [getattr(months(ROAD), f"paid_{month}") for month in (1, 2, 3, 4)] == [
        Decimal("200000.00"),
        0,
        Decimal("100000.10"),
        Decimal("-50000.10"),
    ]
    assert months(SCHOOL).paid_6 == Decimal("12.34")
    assert folds.differences(bureau.pk, 2022) == []


def test_the_same_file_again_changes_nothing_and_leaves_no_event(tmp_path):
    take_payments(tmp_path)
    before = everything()
    assert take_payments(tmp_path).counts == {
        "payments": {"new": 0, "changed": 0, "unchanged": 4, "refused": 0}
    }
    assert everything() == before
    assert AuditEvent.objects.filter(action="projects.payments_imported").count() == 1


def test_a_file_with_more_brings_only_what_is_new(tmp_path):
    take_payments(tmp_path)
    more = [*VOUCHERS, row(VOUCHERS[0], voucher_no="V9", paid_on="2022-12-31", amount="1.00")]
    assert take_payments(tmp_path, more).counts["payments"] == {
        "new": 1,
        "changed": 0,
        "unchanged": 4,
        "refused": 0,
    }
    assert months(ROAD).paid_12 == 1


def test_a_voucher_used_again_with_other_content_is_changed_and_both_projects_are_folded_anew(
    tmp_path, bureau
):
    take_payments(tmp_path)
    moved = with_changed(0, project_code=BRIDGE, paid_on="2022-02-01", amount="0.01")
    assert take_payments(tmp_path, moved).counts["payments"] == {
        "new": 0,
        "changed": 1,
        "unchanged": 3,
        "refused": 0,
    }
    assert (months(ROAD).paid_1, months(BRIDGE).paid_2) == (0, Decimal("0.01"))
    assert Payment.objects.count() == 4
    assert folds.differences(bureau.pk, 2022) == []


FAULTS = [
    (0, {"project_code": "37078222T999999999999"}, "支付记录!B2", "no project of 2022"),
    (0, {"paid_on": "2021-12-31"}, "支付记录!B2", "no project of 2021"),
    (0, {"paid_on": "1922-01-20"}, "支付记录!D2", "The year 1922 cannot be right"),
    (0, {"source": "单位资金"}, "支付记录!C2", "no such source"),
    (0, {"amount": "0.00"}, "支付记录!E2", "moves money"),
    (0, {"amount": "-1"}, "支付记录!F2", "mark it as one"),
    (2, {"amount": "50000.10"}, "支付记录!E4", "negative amount"),
    (0, {"amount": "1.005"}, "支付记录!E2", "2 decimal places"),
    (0, {"amount": "100000000000000"}, "支付记录!E2", "too large"),
    (0, {"amount": "二十万"}, "支付记录!E2", "Type a number"),
    (3, {"voucher_no": "V1"}, "支付记录!A5", "first in row 2"),
    (0, {"voucher_no": ""}, "支付记录!A2", "must not be empty"),
]


@pytest.mark.parametrize(("place", "given", "where", "words"), FAULTS)
def test_a_bad_payment_keeps_the_file_out_and_is_named_by_its_cell(tmp_path, place, given, where, words):
    assert words in refused(tmp_path, with_changed(place, **given))[where]


def test_all_faults_come_at_once_and_a_bad_last_row_writes_nothing(tmp_path):
    vouchers = [
        *with_changed(1, amount="x"),
        row(VOUCHERS[0], voucher_no="V5", project_code="37078222T9" + 11 * "9"),
    ]
    assert refused(tmp_path, vouchers).keys() == {"支付记录!E3"}
    vouchers[1] = VOUCHERS[1]
    assert refused(tmp_path, vouchers).keys() == {"支付记录!B6"}
    assert not Payment.objects.exists()


def test_payments_that_add_up_to_more_than_can_be_kept_are_refused(tmp_path):
    many = [row(VOUCHERS[0], voucher_no=f"B{n}", amount="9000000000000.00") for n in range(2)]
    assert "add up to more" in refused(tmp_path, many)[ROAD]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_files_of_the_usual_encodings_are_read(tmp_path, encoding):
    assert take_payments(tmp_path, encoding=encoding).counts["payments"]["new"] == 4
    assert Payment.objects.get(voucher_no="V1").payee == "某公司"


def test_amounts_with_commas_and_chinese_days_are_read(tmp_path):
    take_payments(tmp_path, with_changed(0, amount="1,200,000.50", paid_on="2022年1月20日"))
    assert months(ROAD).paid_1 == Decimal("1200000.50")


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "-2+3", "＝1", "'=1"])
def test_text_that_looks_like_a_formula_is_kept_as_text(tmp_path, text):
    take_payments(tmp_path, with_changed(0, payee=text, summary=text))
    kept = Payment.objects.get(voucher_no="V1")
    assert (kept.payee, kept.summary) == (text, text)


BROKEN = {
    "no headings": b"1,2,3\n",
    "binary": b"PK\x03\x04\x00\x00",
    "empty": b"",
    "quotes": '凭证号,项目编码,资金来源,支付日期,支付金额（元）\n"V1,x\n'.encode(),
    "neither encoding": b"\xff\xfe\xfa\x80\x81",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_what_is_no_file_of_payments_is_refused(tmp_path, content):
    path = tmp_path / "payments.csv"
    path.write_bytes(content)
    before = everything()
    with pytest.raises(BadInput):
        batches.take_file(path, ImportKind.PAYMENTS)
    assert everything() == before


def test_payments_before_any_budget_say_what_to_do(tmp_path):
    from organisation.models import Division

    Division.objects.update(is_bureau=False)
    with pytest.raises(BadInput, match="Import the budget workbook first"):
        take_payments(tmp_path)


def test_the_command_takes_a_file(tmp_path, capsys):
    call_command("import_payments", str(write_payments(tmp_path / "payments.csv", VOUCHERS)))
    assert Payment.objects.count() == 4
    assert "4" in capsys.readouterr().out


def test_the_number_of_statements_does_not_grow_with_the_rows(tmp_path, django_assert_max_num_queries):
    many = [row(VOUCHERS[0], voucher_no=f"N{number}", amount=f"{number + 1}.00") for number in range(900)]
    with django_assert_max_num_queries(30):
        take_payments(tmp_path, many[:10])
    with django_assert_max_num_queries(30):
        take_payments(tmp_path, many)
