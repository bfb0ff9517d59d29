"""Reading a budget workbook: every fault is found and named by its cell, nothing is guessed. No database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from foundation.spreadsheets import Damaged, Sheet
from projects.budget_file import Known, read_budget
from tests.projects.files import BRIDGE, BUDGET, JAN, ROAD, budget, cells_of, row


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def faults(rows):
    """Cell → everything said of it."""
    said = {}
    for fault in read_budget(cells_of(rows)).faults:
        said[fault.where] = f"{said.get(fault.where, '')} {fault.message}".strip()
    return said


def changed(key, place, **given):
    rows = budget()
    rows[key][place] = row(rows[key][place], **given)
    return rows


def test_a_good_file_has_no_faults_and_says_what_it_holds():
    read = read_budget(cells_of(BUDGET))
    assert read.faults == []
    assert read.control_totals["funding"] == {"rows": "4", "total": "1500238.93"}
    assert read.control_totals["projects"] == {"rows": "3", "total": ""}
    road = read.rows("projects")[0]
    assert (road["nature"], road["klass"], road["starts_on"], road["key_monitored"]) == (
        "new",
        "specific",
        JAN,
        False,
    )


FAULTS = [
    ("projects", 0, {"project_code": 3.7078222e20}, "预算项目!A2", "became a number"),
    ("projects", 0, {"project_code": Damaged("long_number", "370782229")}, "预算项目!A2", "lost its last digits"),
    ("projects", 0, {"project_code": "37078222T00000000001"}, "预算项目!A2", "not a code of this kind"),
    ("projects", 0, {"project_code": "37078222X000000000001"}, "预算项目!A2", "not a code of this kind"),
    ("projects", 1, {"project_code": ROAD}, "预算项目!A3", "first in row 2"),
    ("projects", 0, {"unit_code": "219009"}, "预算项目!D2", "not in the file"),
    ("projects", 0, {"klass": "人员类"}, "预算项目!G2", "ninth character"),
    ("projects", 0, {"nature": "也许"}, "预算项目!F2", "“也许” is not known"),
    ("projects", 0, {"name": ""}, "预算项目!C2", "must not be empty"),
    ("projects", 0, {"name": "长" * 201}, "预算项目!C2", "At most 200 characters; this has 201"),
    ("projects", 0, {"name": "a\x07b"}, "预算项目!C2", "cannot be shown"),
    ("projects", 0, {"year": "二〇二二"}, "预算项目!B2", "whole number"),
    ("projects", 0, {"year": Decimal("2022.5")}, "预算项目!B2", "whole number"),
    ("projects", 0, {"starts_on": "2022-02-30"}, "预算项目!H2", "no such day"),
    ("projects", 0, {"starts_on": "spring"}, "预算项目!H2", "Write the date as"),
    ("projects", 0, {"starts_on": date(1022, 1, 10)}, "预算项目!H2", "The year 1022 cannot be right"),
    ("projects", 0, {"ends_on": date(2021, 12, 31)}, "预算项目!I2", "before it starts"),
    ("projects", 0, {"key_monitored": "大概"}, "预算项目!L2", "是 or 否"),
    ("departments", 0, {"section_code": "99"}, "主管部门!C2", "not in the file"),
    ("units", 0, {"code": "105009"}, "预算单位!A2", "begins with that of its department"),
    ("units", 0, {"department_code": "21"}, "预算单位!C2", "not a code of this kind"),
    ("funding", 0, {"initial": Decimal("-0.01")}, "资金来源!C2", "cannot be negative"),
    ("funding", 0, {"initial": Decimal("0.001")}, "资金来源!C2", "At most 2 decimal places"),
    ("funding", 0, {"initial": 10**14}, "资金来源!C2", "too large to be kept"),
    ("funding", 0, {"initial": "约一百万"}, "资金来源!C2", "Type a number"),
    ("funding", 0, {"initial": "1e5"}, "资金来源!C2", "Type a number"),
    ("funding", 0, {"initial": "NaN"}, "资金来源!C2", "Type a number"),
    ("funding", 0, {"initial": True}, "资金来源!C2", "must be a number"),
    ("funding", 0, {"initial": datetime(2022, 1, 1, tzinfo=UTC)}, "资金来源!C2", "must be a number"),
    ("funding", 0, {"initial": Damaged("error")}, "资金来源!C2", "shows an error"),
    ("funding", 0, {"source": "彩票"}, "资金来源!B2", "“彩票” is not known"),
    ("funding", 1, {"source": "一般公共预算拨款"}, "资金来源!B3", "first in row 2"),
    ("funding", 3, {"initial": Decimal("99999.99")}, "资金来源!C5", "take more than the initial budget"),
    ("adjustments", 0, {"project_code": "37078222T999999999999"}, "预算调整!A2", "not in the file"),
    ("adjustments", 0, {"source": "单位资金"}, "预算调整!B2", "no such source"),
    ("adjustments", 0, {"on": date(2021, 3, 15)}, "预算调整!D2", "not in the budget year"),
    ("adjustments", 0, {"amount": Decimal(0)}, "预算调整!E2", "moves money"),
    ("adjustments", 1, {"amount": Decimal(5)}, "预算调整!E3", "does not fit the kind"),
    ("receipts", 0, {"on": date(2023, 1, 10)}, "到位记录!D2", "not in the budget year"),
    ("indicators", 0, {"code": "K 1=x"}, "绩效指标!B2", "letters, digits"),
    ("indicators", 0, {"weight": Decimal(101)}, "绩效指标!K2", "between 0 and 100"),
    ("indicators", 0, {"sign": "大约"}, "绩效指标!F2", "“大约” is not known"),
    ("indicators", 0, {"unit": ""}, "绩效指标!J2", "needs its unit"),
    ("indicators", 0, {"target_low": None}, "绩效指标!G2", "needs a number"),
    ("indicators", 0, {"target_low": 10**12}, "绩效指标!G2", "too large"),
    ("indicators", 0, {"sign": "区间", "target_high": Decimal(99)}, "绩效指标!H2", "above its lower end"),
    ("indicators", 0, {"sign": "定性", "target_low": None}, "绩效指标!I2", "in words"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "place", "given", "where", "words"),
    FAULTS,
    ids=[f"{key} {'-'.join(given)} {number}" for number, (key, _p, given, *_rest) in enumerate(FAULTS)],
)
def test_a_fault_is_named_by_its_cell(key, place, given, where, words):
    assert words in faults(changed(key, place, **given))[where]


GOOD = [
    ({"initial": "1,234,567.80"}, Decimal("1234567.80")),
    ({"initial": " １２３４．５ "}, Decimal("1234.50")),
    ({"initial": Decimal("0.30000000000000004")}, Decimal("0.30")),
    ({"initial": 10**12}, Decimal(10**12)),
    ({"initial": Decimal("9999999999999.99")}, Decimal("9999999999999.99")),
    ({"initial": 10**13}, Decimal(10**13)),
]


@pytest.mark.parametrize(("given", "amount"), GOOD, ids=[str(given) for given, _amount in GOOD])
def test_an_amount_is_read_as_it_is_meant_to_the_fen(given, amount):
    read = read_budget(cells_of(changed("funding", 0, **given)))
    assert read.faults == []
    assert read.rows("funding")[0]["initial"] == amount


@pytest.mark.parametrize(
    "written",
    [
        "2022-01-10",
        "2022/1/10",
        "2022.1.10",
        "2022年1月10日",
        "20220110",
        datetime(2022, 1, 10, 8, tzinfo=UTC),
    ],
)
def test_a_day_is_read_in_every_usual_spelling(written):
    read = read_budget(cells_of(changed("projects", 0, starts_on=written)))
    assert read.faults == []
    assert read.rows("projects")[0]["starts_on"] == JAN


def test_all_faults_of_a_file_come_at_once():
    rows = changed("projects", 0, nature="也许", starts_on="spring")
    rows["funding"][2]["initial"] = Decimal(-1)
    rows["indicators"][5]["weight"] = "heavy"
    assert {"预算项目!F2", "预算项目!H2", "资金来源!C4", "绩效指标!K7"} <= faults(rows).keys()


def test_titles_and_merged_rows_above_the_headings_are_passed_over():
    cells = cells_of(BUDGET)
    projects = cells["预算项目"]
    titled = [["诸城市2022年预算项目一览表"] + [None] * 13, [None] * 14, ["单位：元"], *projects.rows]
    cells["预算项目"] = Sheet("预算项目", titled, merged=[((0, 0), (0, 13))])
    assert read_budget(cells).faults == []
    titled[3 + 1][5] = "也许"
    assert [fault.where for fault in read_budget(cells).faults] == ["预算项目!F5"]


def test_headings_that_are_missing_or_stand_twice_are_named_once():
    cells = cells_of(BUDGET)
    headings = cells["资金来源"].rows[0]
    headings[2] = "预算"
    cells["绩效指标"].rows[0][4] = "一级指标"
    found = [(fault.where, str(fault.message)) for fault in read_budget(cells).faults]
    assert ("资金来源!1", "The column “年初预算数（元）” is missing.") in found
    assert ("绩效指标!1", "The column “一级指标” stands twice.") in found
    assert ("绩效指标!1", "The column “三级指标” is missing.") in found


def test_a_missing_sheet_a_doubled_sheet_and_an_empty_one_are_told():
    cells = cells_of(BUDGET)
    del cells["绩效指标"]
    cells["项目 资金来源"] = Sheet("项目 资金来源", [])
    cells[" 资金来源 "] = cells["资金来源"]
    cells["主管部门"] = Sheet("主管部门", [])
    found = {fault.where: str(fault.message) for fault in read_budget(cells).faults}
    assert found["绩效指标"] == "This sheet is missing from the workbook."
    assert found[" 资金来源 "] == "This sheet stands twice in the workbook."
    assert found["主管部门"] == "The row of column headings was not found."


def test_ten_thousand_yuan_are_read_by_the_heading():
    cells = cells_of(BUDGET)
    sheet = cells["资金来源"]
    sheet.rows[0][2] = "年初预算数（万元）"
    for cell, wan in zip(sheet.rows[1:], ("100", Decimal("0.000001"), Decimal("23.893"), 50), strict=True):
        cell[2] = wan
    sheet.rows[2][2] = Decimal("0.0001")
    read = read_budget(cells)
    assert [each["initial"] for each in read.rows("funding")] == [
        Decimal(1_000_000),
        Decimal("1.00"),
        Decimal("238930.00"),
        Decimal(500_000),
    ]


def test_a_later_file_may_refer_to_what_the_system_has():
    rows = budget()
    for key in ("divisions", "sections", "departments", "units"):
        if key != "divisions":
            rows[key] = rows[key][:1]
    rows["departments"], rows["units"] = [], []
    known = Known(departments=frozenset({"219", "105"}), units=frozenset({"219001", "105001"}))
    assert read_budget(cells_of(rows), known).faults == []
    assert "预算项目!D2" in faults(rows)


def test_control_totals_must_be_what_the_sheets_hold():
    good = [
        {"sheet": "资金来源", "rows": 4, "total": Decimal("1500238.93")},
        {"sheet": "预算项目", "rows": 3},
    ]
    assert faults(budget(controls=good)) == {}
    bad = [row(good[0], total=Decimal("1500238.92")), row(good[1], rows=4)]
    found = faults(budget(controls=bad))
    assert "adds up to 1500238.93" in found["控制数!C2"]
    assert "says 4 rows, the sheet has 3" in found["控制数!B3"]


SECRET = {
    "departments": [{"code": "777", "name": "第七办公室", "section_code": "01", "secret": "是"}],
    "units": [{"code": "777001", "name": "第七办公室本级", "department_code": "777"}],
    "projects": [
        row(BUDGET["projects"][0], project_code="37078222T777000000001", name="专项甲", unit_code="777001"),
        row(BUDGET["projects"][0], project_code="37078222T777000000002", name="专项乙", secrecy="机密"),
    ],
    "funding": [
        {"project_code": "37078222T777000000001", "source": "一般公共预算", "initial": Decimal(7)},
        {"project_code": "37078222T777000000002", "source": "一般公共预算", "initial": Decimal(7)},
    ],
}


def test_secret_departments_and_projects_are_dropped_and_counted():
    controls = [{"sheet": "资金来源", "rows": 6, "total": Decimal("1500252.93")}]
    read = read_budget(cells_of(budget(**SECRET, controls=controls)))
    assert read.faults == []
    assert dict(read.secret) == {"第七办公室": 1, "市交通运输局": 1}
    assert (read.secret_rows["projects"], read.secret_rows["funding"], read.secret_rows["units"]) == (2, 2, 1)
    assert {each["project_code"] for each in read.rows("projects")} == {
        each["project_code"] for each in BUDGET["projects"]
    }
    assert "777" not in read.codes("departments")


def test_a_mark_of_secrecy_that_nobody_knows_is_refused_and_not_quoted():
    found = faults(changed("projects", 0, secrecy="内部绝密资料"))
    assert "内部绝密资料" not in found["预算项目!M2"]


def test_a_secret_project_is_known_as_one_even_where_its_row_cannot_be_read():
    assert read_budget(cells_of(changed("projects", 0, secrecy="秘密", nature="也许"))).secret.total() == 1
    assert read_budget(cells_of(changed("projects", 0, secrecy="内部绝密资料"))).secret.total() == 1
    assert read_budget(cells_of(changed("projects", 0, nature="也许"))).secret.total() == 0


def test_a_row_that_cannot_be_read_is_one_fault_and_not_one_for_each_row_that_names_it():
    assert list(faults(changed("projects", 0, nature="也许"))) == ["预算项目!F2"]
    assert list(faults(changed("funding", 1, initial="viel"))) == ["资金来源!C3"]
    assert list(faults(changed("units", 0, name=""))) == ["预算单位!B2"]


def test_rows_of_two_years_are_refused():
    assert "one year" in faults(changed("projects", 1, year=2021))["预算项目!B3"]


@pytest.mark.parametrize("year", [22, 1999, 2101, 999_999_999])
def test_a_year_that_cannot_be_is_refused(year):
    rows = budget(adjustments=[])
    rows["adjustments"], rows["receipts"] = [], []
    for each in rows["projects"]:
        each["year"] = year
    assert "cannot be right" in faults(rows)["预算项目!B2"]


def test_payments_of_a_file_with_both_projects_stay_apart():
    read = read_budget(cells_of(BUDGET))
    assert [each["project_code"] for each in read.rows("funding")].count(BRIDGE) == 1
