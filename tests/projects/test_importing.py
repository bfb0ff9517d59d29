"""Taking a budget workbook into the database: whole or not at all, and the second time it changes nothing."""

from __future__ import annotations

import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.utils import translation

from foundation.errors import BadInput
from foundation.models import AuditEvent, OutboxMessage
from organisation.models import BudgetUnit, Department, Division
from projects import batches, folds
from projects.choices import ImportKind, ImportState
from projects.import_format import WORKBOOK
from projects.importing import KINDS
from projects.models import (
    BudgetProject,
    FundingLine,
    ImportBatch,
    Indicator,
    LineMonths,
    SecretExclusion,
)
from tests.projects.files import (
    BRIDGE,
    BUDGET,
    ROAD,
    SCHOOL,
    budget,
    everything,
    row,
    take_budget,
    texts_kept,
    write_budget,
)
from tests.projects.test_budget_file import SECRET

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    with translation.override("en"):
        yield


def refused(folder, rows):
    """The faults of a file that must not be taken, after a look that nothing was written."""
    before = everything()
    with pytest.raises(BadInput) as refusal:
        take_budget(folder, rows)
    assert everything() == before
    batch = ImportBatch.objects.latest("id")
    assert batch.state == ImportState.REFUSED
    assert len(batch.faults) == batch.counts["faults"] == len(refusal.value.faults)
    return {fault["where"]: fault["message"] for fault in batch.faults}


def test_a_good_file_is_taken_to_the_fen(tmp_path):
    batch = take_budget(tmp_path)
    assert batch.state == ImportState.APPLIED
    assert batch.counts["projects"] == {"new": 3, "changed": 0, "unchanged": 0, "refused": 0}
    assert batch.division.code == "370782"
    assert batch.division.is_bureau
    assert batch.division.parent.parent.code == "37"
    bridge = BudgetProject.objects.get(code=BRIDGE)
    assert (bridge.year, bridge.unit.code, bridge.department.code, bridge.section.code) == (
        2022, "219001", "219", "01",
    )  # fmt: skip
    assert bridge.lines.get().initial == Decimal("238.93")
    months = LineMonths.objects.get(line__project__code=ROAD, line__source="transfer")
    assert (months.change_3, months.change_4, months.received_1) == (Decimal("300000.01"), 0, 0)
    assert list(Indicator.objects.filter(project=bridge).values_list("code", "position")) == [
        ("K1", 1),
        ("K2", 2),
    ]
    assert folds.differences(batch.division.pk, 2022) == []


def test_a_file_leaves_its_checksum_its_totals_one_event_and_one_message(tmp_path):
    batch = take_budget(tmp_path)
    assert len(batch.sha256) == 64
    assert batch.control_totals["funding"] == {"rows": "4", "total": "1500238.93"}
    assert AuditEvent.objects.filter(action="projects.budget_imported").count() == 1
    assert OutboxMessage.objects.filter(topic="projects.changed").count() == 1


def test_the_same_file_again_changes_nothing_and_leaves_no_event(tmp_path):
    take_budget(tmp_path)
    before = everything()
    again = take_budget(tmp_path)
    assert everything() == before
    assert {name: (n["new"], n["changed"]) for name, n in again.counts.items()} == {
        kind.key: (0, 0) for kind in KINDS
    }


def test_the_note_on_an_initial_budget_is_kept_and_changes_with_the_file(tmp_path):
    rows = budget()
    rows["funding"][1]["opening_reason"] = "年初未列预算，年中追加。"
    take_budget(tmp_path, rows)
    line = FundingLine.objects.get(project__code=ROAD, source="transfer")
    assert line.opening_reason == "年初未列预算，年中追加。"
    rows["funding"][1]["opening_reason"] = ""
    assert take_budget(tmp_path, rows).counts["funding"]["changed"] == 1
    line.refresh_from_db()
    assert line.opening_reason == ""


def test_what_differs_is_changed_and_the_rest_is_left_alone(tmp_path):
    take_budget(tmp_path)
    kept = BudgetProject.objects.get(code=ROAD).public_id
    rows = budget()
    rows["projects"][0]["name"] = "农村公路养护（二期）"
    rows["funding"][0]["initial"] = Decimal("1000000.01")
    rows["adjustments"][0]["on"] = date(2022, 5, 1)
    counts = take_budget(tmp_path, rows).counts
    assert {name: n["changed"] for name, n in counts.items() if n["changed"]} == {
        "projects": 1,
        "funding": 1,
        "adjustments": 1,
    }
    road = BudgetProject.objects.get(code=ROAD)
    assert (road.public_id, road.name) == (kept, "农村公路养护（二期）")
    assert "ncgl" in road.search_text
    months = LineMonths.objects.get(line__project=road, line__source="transfer")
    assert (months.change_3, months.change_5) == (0, Decimal("300000.01"))


def test_a_dry_run_counts_and_writes_nothing(tmp_path):
    path = write_budget(tmp_path / "city.xlsx", BUDGET)
    with path.open("rb") as file:
        batch = batches.receive(file, "city.xlsx", ImportKind.BUDGET, by=None, division=None)
    before = everything()
    batches.check(batch)
    assert batch.state == ImportState.CHECKED
    assert batch.counts["indicators"]["new"] == 6
    assert everything() == before
    batches.apply(batch)
    assert Indicator.objects.count() == 6


def test_a_bad_row_at_the_end_keeps_the_whole_file_out_and_every_error_is_listed(tmp_path):
    rows = budget(indicators=[row(BUDGET["indicators"][0], code="K3", weight=Decimal(900))])
    rows["projects"][1]["nature"] = "也许"
    rows["adjustments"][0]["on"] = date(2021, 3, 15)
    assert refused(tmp_path, rows).keys() == {"绩效指标!K8", "预算项目!F3", "预算调整!D2"}
    assert not BudgetProject.objects.exists()
    assert not Division.objects.exists()


def test_a_bad_row_in_a_later_file_leaves_the_first_as_it_was(tmp_path):
    take_budget(tmp_path)
    rows = budget(funding=[{"project_code": SCHOOL, "source": "其他资金", "initial": Decimal(-1)}])
    rows["projects"][0]["name"] = "另一个名字"
    assert refused(tmp_path, rows).keys() == {"资金来源!C6"}


def test_doubled_codes_and_units_that_nobody_knows_are_named(tmp_path):
    rows = budget(
        units=[row(BUDGET["units"][0], name="另一个单位")],
        projects=[row(BUDGET["projects"][2], project_code="37078222T000000000009", unit_code="105777")],
    )
    found = refused(tmp_path, rows)
    assert "first in row 2" in found["预算单位!A4"]
    assert "“105777” is not in the file" in found["预算项目!D5"]


def test_codes_that_became_numbers_are_refused_before_a_digit_is_lost(tmp_path):
    rows = budget()
    rows["projects"][0]["project_code"] = Decimal("370782221000000000001")
    rows["units"][1]["code"] = Decimal("105001")
    found = refused(tmp_path, rows)
    assert "Format the column as text" in found["预算项目!A2"]
    assert found.keys() >= {"预算项目!A2"}
    assert not any(where.startswith("资金来源!C") for where in found)


@pytest.mark.parametrize("amount", [Decimal(10**12), Decimal("9999999999999.99")])
def test_large_amounts_come_back_to_the_fen(tmp_path, amount):
    rows = budget()
    rows["funding"][0]["initial"] = f"{amount:.2f}"
    rows["adjustments"] = []
    take_budget(tmp_path, rows)
    line = FundingLine.objects.get(project__code=ROAD, source="general")
    assert line.initial == amount


def test_ten_to_the_fourteenth_is_refused(tmp_path):
    rows = budget()
    rows["funding"][0]["initial"] = Decimal(10**14)
    assert "too large" in refused(tmp_path, rows)["资金来源!C2"]


def test_amounts_that_fit_alone_but_not_together_are_refused(tmp_path):
    many = [
        row(BUDGET["adjustments"][0], document_no=f"鲁财建〔2022〕{number}号", amount="9000000000000.00")
        for number in range(20, 22)
    ]
    assert "add up to more" in refused(tmp_path, budget(adjustments=many))[ROAD]


FORMULAS = ["=1+1", '=HYPERLINK("http://x")', "@SUM(A1)", "+86 536", "-无-", "＝cmd|' /C calc'!A0", "\t=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_looks_like_a_formula_is_kept_as_text(tmp_path, text):
    rows = budget()
    rows["projects"][0]["name"] = text
    take_budget(tmp_path, rows)
    assert BudgetProject.objects.get(code=ROAD).name == text.strip()


def test_titles_above_the_headings_and_a_different_order_of_columns_are_understood(tmp_path):
    path = write_budget(tmp_path / "city.xlsx", BUDGET)
    book = openpyxl.load_workbook(path)
    sheet = book["预算项目"]
    sheet.insert_rows(1, 2)
    sheet["A1"] = "诸城市2022年预算项目一览表"
    sheet.merge_cells("A1:N1")
    sheet["P3"] = "备注"
    book.move_sheet("绩效指标", -5)
    book.save(path)
    assert batches.take_file(path, ImportKind.BUDGET).counts["projects"]["new"] == 3


def test_wrong_headings_are_named_and_nothing_is_taken(tmp_path):
    path = write_budget(tmp_path / "city.xlsx", BUDGET)
    book = openpyxl.load_workbook(path)
    book["资金来源"]["C1"] = "钱"
    book.save(path)
    with pytest.raises(BadInput) as refusal:
        batches.take_file(path, ImportKind.BUDGET)
    assert ("资金来源!1", "The column “年初预算数（元）” is missing.") in [
        (fault.where, str(fault.message)) for fault in refusal.value.faults
    ]
    assert not Division.objects.exists()


def _macro(path):
    write_budget(path, BUDGET)
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("xl/vbaProject.bin", b"x")


def _bomb(path):
    write_budget(path, BUDGET)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/media/1.bin", b"\0" * 110_000_000)


def _text(path):
    path.write_text("项目编码,项目名称\n", encoding="utf-8")


def _cut(path):
    write_budget(path, BUDGET)
    path.write_bytes(path.read_bytes()[:4000])


def _large(path):
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_macro, "macros"),
        (_bomb, "unpacks to far more"),
        (_text, "not an .xlsx workbook"),
        (_cut, ""),
        (_large, "larger than 10 MB"),
        (lambda path: path.touch(), "empty"),
    ],
    ids=["macros", "zip bomb", "not a workbook", "cut off", "50 MB", "empty"],
)
def test_what_is_no_decent_workbook_is_refused_with_a_reason(tmp_path, make, words):
    path = tmp_path / "city.xlsx"
    make(path)
    before = everything()
    with pytest.raises(BadInput) as refusal:
        batches.take_file(path, ImportKind.BUDGET)
    assert words in str(refusal.value.faults[0].message)
    assert everything() == before


def test_secret_rows_are_counted_and_leave_no_trace(tmp_path, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        batch = take_budget(tmp_path, budget(**SECRET))
    assert batch.counts["projects"]["refused"] == 2
    assert dict(SecretExclusion.objects.values_list("department_name", "projects")) == {
        "第七办公室": 1,
        "市交通运输局": 1,
    }
    assert not Department.objects.filter(code="777").exists()
    assert not BudgetUnit.objects.filter(code__startswith="777").exists()
    found = [text for text in texts_kept() if "专项甲" in text or "专项乙" in text or "T777" in text]
    assert found == []
    assert not [text for text in texts_kept() if "第七办公室本级" in text or "777001" in text]
    assert not batches.path_of(batch).exists()


def test_a_refused_file_with_secret_rows_is_destroyed_and_one_without_is_kept(tmp_path):
    rows = budget(**SECRET)
    rows["funding"][0]["initial"] = Decimal(-1)
    refused(tmp_path, rows)
    assert not batches.path_of(ImportBatch.objects.latest("id")).exists()
    assert not [text for text in texts_kept() if "专项甲" in text]
    rows = budget()
    rows["funding"][0]["initial"] = Decimal(-1)
    refused(tmp_path, rows)
    assert batches.path_of(ImportBatch.objects.latest("id")).exists()


def test_an_applied_batch_applied_again_changes_nothing_even_when_its_file_is_gone(tmp_path):
    batch = take_budget(tmp_path, budget(**SECRET))
    batches.path_of(batch).unlink()
    before = everything()
    again = batches.apply(ImportBatch.objects.get(pk=batch.pk))
    assert again.counts == batch.counts
    assert everything() == before


def test_control_totals_that_do_not_agree_keep_the_file_out(tmp_path):
    controls = [{"sheet": "资金来源", "rows": 4, "total": Decimal("1500238.94")}]
    assert "adds up to 1500238.93" in refused(tmp_path, budget(controls=controls))["控制数!C2"]


def test_the_command_lists_every_error_and_ends_with_a_code(tmp_path, capsys):
    rows = budget()
    rows["funding"][0]["initial"] = Decimal(-1)
    rows["projects"][0]["nature"] = "也许"
    path = write_budget(tmp_path / "city.xlsx", rows)
    with pytest.raises(CommandError):
        call_command("import_budget", str(path))
    said = "".join(capsys.readouterr())
    assert "资金来源!C2" in said
    assert "预算项目!F2" in said


def test_the_number_of_statements_does_not_grow_with_the_rows(tmp_path, django_assert_max_num_queries):
    rows = budget(
        projects=[
            row(BUDGET["projects"][0], project_code=f"37078222T1{number:011d}", name=f"项目{number}")
            for number in range(300)
        ],
        funding=[
            {"project_code": f"37078222T1{number:011d}", "source": "一般公共预算", "initial": Decimal(number)}
            for number in range(300)
        ],
    )
    with django_assert_max_num_queries(90):
        take_budget(tmp_path, rows)
    with django_assert_max_num_queries(40):
        take_budget(tmp_path, rows)


def test_every_column_of_the_format_fits_its_column_in_the_database():
    kinds = {kind.key: kind for kind in KINDS}
    for sheet in WORKBOOK:
        if sheet.key not in kinds:
            continue
        fields = {field.name: field for field in kinds[sheet.key].model._meta.get_fields()}
        for column in sheet.columns:
            limit = getattr(fields.get(column.key), "max_length", None)
            if limit is not None and not column.choices:
                assert column.max_length is not None, column.heading
                assert column.max_length <= limit, column.heading


def test_uploads_may_hold_ten_megabytes():
    assert django_settings.UPLOAD_LIMIT_BYTES == 10 * 1024 * 1024
