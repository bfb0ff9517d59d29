"""Checks of single indicators."""

import pytest

from monitoring.checks.registry import run_checks
from monitoring.choices import Severity
from tests.monitoring.rules import RULES, assessed, fund, row, rules, table

EXPLAINED = {"causes": ("funding",), "cause_text": "上级资金到位晚，七月才能开工建设"}


def found(facts, check_id, book=RULES):
    return [(each.cell, each.code) for each in run_checks(facts, book) if each.check_id == check_id]


def with_row(**given):
    """A table whose first indicator is as given, assessed in June."""
    return assessed(table(indicators=(row(id="q", **given),)))


FAULTS = [
    ("L01", {"actual": None}, "actual", "actual"),
    ("L01", {"sign": "level", "target_low": None, "actual": None}, "level", "level"),
    ("L01", {"likelihood": None}, "likelihood", "likelihood"),
    ("L02", {"measure": "长" * 2001}, "measure", "long"),
    ("L16", {"actual": None, "actual_text": "完成"}, "actual", "actual"),
    ("L16", {"target_low": None, "target_text": "≤30万元", "sign": "le"}, "target", "target"),
    ("L16", {"sign": "between", "target_high": None}, "target", "target"),
    ("L17", {"actual": None, "actual_text": "30万元", "unit": "元"}, "actual", "found"),
    ("L17", {"actual": None, "actual_text": "95％", "unit": "个"}, "actual", "found"),
    ("L17", {"actual": None, "actual_text": "30 个", "unit": "个"}, "actual", "number_only"),
    ("L17", {"actual": None, "actual_text": "0.12345"}, "actual", "number_only"),
    ("L18", {"unit": "%", "actual": "100.01"}, "actual", "above"),
    ("L18", {"unit": "％", "actual": "0.95", "target_low": "90"}, "actual", "fraction"),
    ("L19", {"previous_actual": "50.0001"}, "actual", "found"),
    ("L20", {"sign": "eq", "actual": "101"}, "cause_text", "found"),
    ("L21", {"actual": "131"}, "cause_text", "found"),
    ("L21", {"actual": "150.01", **EXPLAINED}, "actual", "too_low"),
    ("L22", {"actual": "39"}, "causes", "found"),
    ("L22", {"actual": "10"}, "causes", "found"),
    ("L23", {"causes": ("other",)}, "cause_text", "missing"),
    ("L23", {"causes": ("other",), "cause_text": "按计划进行。"}, "cause_text", "short"),
    ("L23", {"causes": ("other",), "cause_text": "资金紧张。"}, "cause_text", "short"),
    ("L23", {"measure": "加快进度"}, "measure", "short"),
    ("L24", {"likelihood": "possible"}, "expected_value", "expected"),
    ("L24", {"likelihood": "possible"}, "causes", "causes"),
    ("L24", {"likelihood": "impossible"}, "measure", "measure"),
    ("L25", {"actual": "10"}, "likelihood", "found"),
    ("L30", {"level2": "cost", "unit": "万元", "actual": "10.01", "sign": "le"}, "actual", "found"),
    (
        "L30",
        {"level1": "cost", "level2": "economic_cost", "unit": "元", "actual": "100001"},
        "actual",
        "found",
    ),
    (
        "L31",
        {"level2": "cost", "unit": "万元", "target_low": "10", "actual": "5.6", "sign": "le"},
        "actual",
        "found",
    ),
    ("L32", {"level2": "timeliness", "accrual": "point", "actual": "99"}, "actual", "found"),
    ("L34", {"level1": "satisfaction", "level2": "beneficiary", "actual": "95"}, "actual", "found"),
    ("L41", {"actual": "-1"}, "actual", "negative"),
    ("L41", {"target_low": "-1"}, "target", "negative"),
    ("L41", {"target_low": "0"}, "target", "zero"),
    ("L47", {"cause_text": "因涉密原因不便说明具体情况"}, "cause_text", "word"),
]


@pytest.mark.parametrize(("check_id", "given", "column", "code"), FAULTS)
def test_faulty_row_is_found_at_its_cell(check_id, given, column, code):
    assert (f"indicator.q.{column}", code) in found(with_row(**given), check_id)


SOUND = [
    ("L01", {"actual": "0"}),
    ("L01", {"actual": None, "due": False}),
    ("L01", {"actual": None, "actual_text": "完成"}),
    ("L01", {"sign": "level", "actual": None, "level": "partly"}),
    ("L16", {"sign": "level", "actual": None, "target_low": None, "level": "achieved", "actual_text": "好"}),
    ("L17", {"actual": None, "actual_text": "完成"}),
    ("L18", {"unit": "%", "actual": "100"}),
    ("L18", {"unit": "%", "actual": "0.5", "target_low": "1"}),
    ("L18", {"unit": "个", "actual": "300"}),
    ("L19", {"previous_actual": "50"}),
    ("L19", {"accrual": "point", "previous_actual": "80"}),
    ("L20", {"sign": "eq", "actual": "100"}),
    ("L20", {"sign": "eq", "actual": "101", **EXPLAINED}),
    ("L20", {"sign": "eq", "target_low": "0", "actual": "3"}),
    ("L21", {"actual": "130"}),
    ("L21", {"actual": "150", **EXPLAINED}),
    ("L21", {"sign": "eq", "actual": "300"}),
    ("L22", {"actual": "10", **EXPLAINED}),
    ("L22", {"actual": "40"}),
    ("L23", EXPLAINED),
    ("L24", {"likelihood": "certain"}),
    (
        "L24",
        {"likelihood": "possible", "expected_value": "90", "measure": "增加人员加快施工进度", **EXPLAINED},
    ),
    (
        "L24",
        {"likelihood": "possible", "expected_text": "基本完成", "measure": "增加人员加快进度", **EXPLAINED},
    ),
    ("L25", {"actual": "39"}),
    ("L30", {"level2": "cost", "unit": "万元", "actual": "10", "sign": "le"}),
    ("L30", {"level2": "cost", "unit": "元/人", "actual": "999999999"}),
    ("L31", {"level2": "cost", "unit": "万元", "target_low": "10", "actual": "5.5", "sign": "le"}),
    ("L31", {"level2": "cost", "unit": "元", "target_low": "500", "actual": "500", "sign": "le"}),
    ("L32", {"level2": "timeliness", "accrual": "point", "actual": "100"}),
    ("L32", {"level2": "timeliness", "accrual": "point", "actual": "1", "due": False}),
    ("L34", {"level1": "satisfaction", "level2": "beneficiary", "actual": "95", "evidence_count": 1}),
    ("L41", {"sign": "le", "target_low": "0", "actual": "0"}),
    ("L47", {"cause_text": "本项目为非涉密项目，无密级"}),
]


@pytest.mark.parametrize(("check_id", "given"), SOUND)
def test_sound_row_at_the_edge_is_not_found(check_id, given):
    assert [cell for cell, _code in found(with_row(**given), check_id) if cell.startswith("indicator")] == []


def test_dropped_row_is_asked_nothing():
    dropped = row(id="q", dropped=True, actual=None, likelihood=None, target_low=None, actual_text="完成")
    facts = assessed(table(indicators=(*table().indicators, dropped)))

    assert run_checks(facts, RULES) == []


def test_cause_without_text_is_an_error_and_a_thin_one_a_warning():
    by_code = {
        each.code: each.severity
        for given in ({"causes": ("other",)}, {"causes": ("other",), "cause_text": "无"})
        for each in run_checks(with_row(**given), RULES)
        if each.check_id == "L23"
    }

    assert by_code == {"missing": Severity.ERROR, "short": Severity.WARNING}


def test_optional_cells_are_the_rule_books_choice():
    facts = assessed(table(manager="", phone="", indicators=(row(id="q", likelihood=None),)))

    assert {cell for cell, _code in found(facts, "L01")} == {"manager", "phone", "indicator.q.likelihood"}
    assert found(facts, "L01", rules(required_cells=[])) == []


def test_source_without_budget_needs_no_expectation():
    empty = fund("0", "0", source="own", expected=None)
    funded = fund(expected=None)

    assert found(table(funds=(funded, empty)), "L01") == [("fund.general.expected", "expected")]
