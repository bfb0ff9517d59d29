"""Checks across a table and across a department."""

from dataclasses import replace

import pytest

from monitoring.checks.registry import run_checks, run_department_checks
from monitoring.facts import DepartmentFacts
from tests.monitoring.rules import RULES, D, assessed, fund, row, rules, sound_rows, table

LONG = "受疫情影响上半年培训改为线上开展，支出相应减少，下半年恢复线下培训"


def found(facts, check_id, book=RULES):
    return [(each.cell, each.code) for each in run_checks(facts, book) if each.check_id == check_id]


def across(check_id, **given):
    findings = run_department_checks(DepartmentFacts(**given), RULES)
    return [(each.cell, each.code) for each in findings if each.check_id == check_id]


@pytest.mark.parametrize(
    ("check_id", "given", "cell", "code"),
    [
        ("L01", {"objective_progress": " "}, "objective_progress", "objective_progress"),
        ("L01", {"attainable": None}, "attainable", "attainable"),
        ("L02", {"problems": "长" * 2001}, "problems", "long"),
        ("L02", {"phone": "请联系办公室"}, "phone", "phone"),
        ("L03", {"unit_matches": False}, "", "unit"),
        ("L03", {"in_scope": False}, "", "cycle"),
        ("L23", {"execution_reason": "正常"}, "execution_reason", "short"),
        ("L46", {"open_rectifications": 2}, "", "found"),
        ("L47", {"secrecy_mark": "秘密"}, "", "mark"),
        ("L47", {"project_name": "绝密项目"}, "project_name", "word"),
        ("L42", {"key_monitored": True}, "evidence", "key"),
    ],
)
def test_faulty_table_is_found_at_its_cell(check_id, given, cell, code):
    assert (cell, code) in found(assessed(table(**given)), check_id)


def test_text_of_the_longest_length_passes():
    assert found(table(problems="长" * 2000, execution_reason="长" * 500), "L02") == []


def test_impossible_indicator_contradicts_an_attainable_target():
    rows = (row(likelihood="impossible"),)

    assert ("attainable", "attainable") in found(table(indicators=rows), "L26")
    assert found(table(indicators=rows, attainable=False), "L26") == []
    assert ("indicator.q.likelihood", "green") in found(table(indicators=rows, composite="green"), "L26")


def test_all_reached_with_little_spent_is_asked():
    done = tuple(replace(each, actual=each.target_low) for each in sound_rows())

    assert found(assessed(table(indicators=done, funds=(fund(executed="29999"),))), "L27")
    assert not found(assessed(table(indicators=done, funds=(fund(executed="30000"),))), "L27")
    assert not found(assessed(table(funds=(fund(executed="1"),))), "L27")


def test_spent_without_output_is_asked_at_the_output():
    rows = (row(id="o", actual="49"), row(id="e", level1="effect", actual="1"))
    spent = (fund(executed="90001"),)

    assert found(assessed(table(indicators=rows, funds=spent)), "L28") == [("indicator.o.actual", "found")]
    assert found(assessed(table(indicators=rows, funds=(fund(executed="90000"),))), "L28") == []


@pytest.mark.parametrize(
    ("executed", "code"), [("60000", None), ("60001", "money"), ("40000", None), ("39999", "target")]
)
def test_more_than_ten_points_between_money_and_targets_are_asked(executed, code):
    facts = assessed(table(indicators=(row(weight="90"),), funds=(fund(executed=executed),)))

    assert found(facts, "L29") == ([("execution_reason", code)] if code else [])


def test_effect_before_output_is_asked():
    effect = row(id="e", level1="effect", level2="social", actual="5")

    assert found(table(indicators=(row(actual="0"), effect)), "L33") == [("indicator.e.actual", "found")]
    assert found(table(indicators=(row(actual="1"), effect)), "L33") == []
    assert found(table(indicators=(effect,)), "L33") == []


def test_weights_must_add_up_to_what_execution_leaves():
    off = (row(id="a", weight="50"), row(id="b", weight="39.99"), row(id="c", weight="0"))

    assert found(table(indicators=off), "L35") == [("", "found"), ("indicator.c.weight", "zero")]
    assert found(table(indicators=sound_rows()), "L35") == []
    assert found(table(indicators=sound_rows()), "L35", rules(execution_weight="20"))
    assert found(table(indicators=()), "L35") == []


def test_few_or_heavy_indicators_are_asked():
    rows = (row(id="a", weight="50"), row(id="b", weight="50.01"))

    assert found(table(indicators=rows), "L36") == [("", "few"), ("indicator.b.weight", "heavy")]
    assert found(table(indicators=sound_rows()), "L36") == []


def test_missing_groups_are_asked():
    effect = row(level1="effect", level2="social")
    quality = row(level2="quality")

    assert found(table(indicators=(effect,)), "L37") == [("", "output")]
    assert found(table(indicators=(quality,)), "L37") == [("", "quantity"), ("", "effect")]
    assert found(table(), "L37") == []


def test_more_than_half_qualitative_is_a_hint():
    soft = row(sign="level", level="achieved", actual=None)

    assert found(table(indicators=(soft, soft, row())), "L38")
    assert not found(table(indicators=(soft, row())), "L38")
    assert not found(table(indicators=()), "L38")


def test_copied_actuals_are_asked():
    copied = [row(id=key, actual="100", previous_actual="100") for key in "abc"]

    assert found(table(indicators=tuple(copied)), "L39") == [("", "targets"), ("", "previous")]
    assert found(table(indicators=tuple(copied[:2])), "L39") == []
    assert found(table(indicators=(*copied[:2], row(actual="99", previous_actual="98"))), "L39") == []


def test_red_that_turned_green_needs_evidence():
    turned = row(light="green", previous_light="red")

    assert found(table(indicators=(turned,)), "L42") == [("indicator.q.actual", "recovered")]
    assert found(table(indicators=(row(light="green", previous_light="red", evidence_count=1),)), "L42") == []
    assert found(table(key_monitored=True, evidence_count=1), "L42") == []


def test_texts_copied_between_projects_of_a_unit_are_a_hint():
    one = table(project_code="1", unit_code="001", execution_reason=LONG)
    two = table(project_code="2", unit_code="001", execution_reason=LONG + "。")
    elsewhere = table(project_code="3", unit_code="002", execution_reason=LONG)
    other = table(
        project_code="4", unit_code="001", execution_reason="设备采购合同在九月签订，验收后集中支付尾款"
    )

    assert across("L40", tables=(one, elsewhere, two, other)) == [("project.2.execution_reason", "found")]


def test_every_funded_project_is_monitored_or_exempt():
    given = {
        "tables": (table(project_code="1"),),
        "funded_projects": ("1", "2", "3"),
        "exempt_projects": ("3",),
    }

    assert across("L44", **given) == [("project.2", "found")]


def test_project_that_stands_twice_is_asked():
    tables = (
        table(project_code="1", project_name="道路维修"),
        table(project_code="1", project_name="道路维修"),
        table(project_code="2", project_name="道路 维修"),
    )

    assert across("L45", tables=tables) == [("project.1", "code"), ("project.1", "name")]


def test_departments_totals_add_up():
    tables = (table(), table())
    wrong = {"stated_adjusted": D(200001), "stated_executed": D(100000)}

    assert across("L48", tables=tables, **wrong) == [("stated_adjusted", "units")]
    assert across("L48", basic_adjusted=D(1), project_adjusted=D(2), whole_adjusted=D(4)) == [
        ("whole_adjusted", "kinds")
    ]
    assert across("L48", basic_adjusted=D(1), project_adjusted=D(3), whole_adjusted=D(4)) == []
