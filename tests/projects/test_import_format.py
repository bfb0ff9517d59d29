"""The import format: how headings are recognised, what the template holds, and that its page tells the same."""

from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from python_calamine import CalamineWorkbook

from projects.import_columns import ColumnType, Place, normalise
from projects.import_format import (
    FUNDING,
    INDICATORS,
    PAYMENTS,
    PROJECTS,
    WORKBOOK,
    find_sheet,
)
from projects.import_template import write_template, write_workbook

PAGE = Path(settings.BASE_DIR) / "docs" / "import-format.md"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("项目 编码", "项目编码"),
        ("项目\n编码*", "项目编码"),
        ("年初预算数(元)", "年初预算数（元）"),
        ("ＫＰＩ_ID", "kpi_id"),
    ],
)
def test_headings_are_compared_without_spaces_and_width(written, meant):
    assert normalise(written) == normalise(meant)


def test_columns_are_found_wherever_they_stand():
    match = INDICATORS.match(["指标名称", None, "分值", "项目代码", "备注"])
    assert match.places["name"].index == 0
    assert match.places["weight"].index == 2
    assert match.places["project_code"].index == 3
    assert match.unknown == ("备注",)
    assert "code" in {column.key for column in match.missing}


def test_a_column_named_twice_is_reported():
    assert INDICATORS.match(["三级指标", "指标名称"]).repeated == ("指标名称",)


def test_ten_thousand_yuan_in_the_heading_is_understood():
    assert FUNDING.match(["年初预算数（万元）"]).places == {"initial": Place(0, ColumnType.AMOUNT_WAN)}
    assert FUNDING.match(["年初预算数"]).unknown == ("年初预算数",)


def test_the_heading_row_may_have_titles_above_it():
    rows = [
        ["诸城市2022年预算项目"],
        [],
        ["项目编码", "资金来源", "年初预算数（元）"],
        ["370782…", "一般公共预算", 1],
    ]
    assert FUNDING.find_heading_row(rows) == 2
    assert FUNDING.find_heading_row([["一"], ["二"]]) is None


def test_choices_are_read_by_any_of_their_labels():
    sign = INDICATORS.column("sign")
    assert sign.value_of(" > ") == sign.value_of("＞") == "gt"
    assert sign.value_of("大于") is None
    assert PROJECTS.column("secrecy").value_of("机密") == "secret"


def test_sheets_are_found_by_name():
    assert find_sheet(" 预算 项目") is PROJECTS
    assert find_sheet("填报说明") is None


def test_headings_and_aliases_of_a_sheet_name_one_column_each():
    for sheet in (*WORKBOOK, PAYMENTS):
        names = [name for column in sheet.columns for name in column.types_by_heading()]
        assert len(set(names)) == len(names), sheet.name
        assert set(sheet.identity) <= {column.key for column in sheet.columns}


def test_the_template_is_empty_and_recognised():
    target = BytesIO()
    write_template(target)
    book = CalamineWorkbook.from_filelike(BytesIO(target.getvalue()))
    for sheet in WORKBOOK:
        rows = book.get_sheet_by_name(sheet.name).to_python()
        assert len(rows) == 1
        assert not sheet.match(rows[0]).missing
        assert not sheet.match(rows[0]).unknown


def test_text_is_never_written_as_a_formula():
    target = BytesIO()
    write_workbook(target, {"sections": [("01", "=1+1", "370782")]})
    rows = (
        CalamineWorkbook.from_filelike(BytesIO(target.getvalue())).get_sheet_by_name("业务科室").to_python()
    )
    assert rows[1] == ["01", "=1+1", "370782"]


def test_the_page_names_every_sheet_heading_alias_and_label():
    page = PAGE.read_text(encoding="utf-8")
    for sheet in (*WORKBOOK, PAYMENTS):
        assert f"### {sheet.name}" in page
        for column in sheet.columns:
            for word in (column.heading, *column.aliases, *column.choices):
                assert word in page, word
