"""Checks of the funds block."""

from datetime import date

import pytest

from monitoring.checks.registry import run_checks
from monitoring.choices import Severity
from tests.monitoring.rules import RULES, D, assessed, fund, row, rules, table

LATE = "因采购项目质疑，合同推迟到七月签订"


def found(facts, check_id, book=RULES):
    """(cell, code) of everything one check finds."""
    return [(each.cell, each.code) for each in run_checks(facts, book) if each.check_id == check_id]


def money(*funds, **given):
    return assessed(table(funds=funds, **given))


def test_sound_table_passes_every_check():
    assert run_checks(assessed(table()), RULES) == []


@pytest.mark.parametrize(
    ("check_id", "source", "cell", "code"),
    [
        ("L04", fund(initial="90000", change="0"), "fund.general.adjusted", "found"),
        ("L06", fund("100000", "100000.01"), "fund.general.executed", "found"),
        ("L06", fund("0", "0.01"), "fund.general.executed", "found"),
        ("L06", fund(None, "1", initial=None), "fund.general.executed", "found"),
        ("L07", fund(previous_executed="50000.01"), "fund.general.executed", "found"),
        ("L08", fund(system_executed="49999.99"), "fund.general.executed", "found"),
        ("L08", fund(system_executed="49999.99", voucher="记-18"), "fund.general.executed", "with_voucher"),
        ("L09", fund(in_place="100000.01"), "fund.general.in_place", "above_budget"),
        ("L09", fund(in_place="49999.99"), "fund.general.executed", "above_in_place"),
        ("L10", fund(expected="49999.99"), "fund.general.expected", "below"),
        ("L10", fund(expected="100000.01"), "fund.general.expected", "above"),
        ("L11", fund(expected="89999.94"), "fund.general.expected", "found"),
        ("L12", fund(executed="39999"), "execution_reason", "found"),
        ("L13", fund(executed="0"), "execution_plan_on", "found"),
        ("L14", fund(initial="90000", change="10000"), "fund.general.change_note", "found"),
        ("L14", fund(initial="110000", change="-10000"), "fund.general.change_note", "found"),
        ("L15", fund("131000", initial="100000", change="31000"), "target_changed", "found"),
        ("L15", fund("69000", initial="100000", change="-31000"), "target_changed", "found"),
        ("L41", fund(expected="-1"), "fund.general.expected", "amount"),
    ],
)
def test_faulty_source_is_found_at_its_cell(check_id, source, cell, code):
    assert (cell, code) in found(money(source), check_id)


@pytest.mark.parametrize(
    ("check_id", "source"),
    [
        ("L04", fund(initial="90000", change="10000", change_reason="追加")),
        ("L06", fund("100000", "100000")),
        ("L07", fund(previous_executed="50000")),
        ("L08", fund(system_executed="50000")),
        ("L09", fund(in_place="50000")),
        ("L09", fund(in_place=None)),
        ("L10", fund(expected="50000")),
        ("L10", fund(expected=None)),
        ("L11", fund(expected="90000")),
        ("L11", fund(expected=None)),
        ("L12", fund(executed="40000")),
        ("L13", fund("0", "0")),
        ("L14", fund(initial="90000", change="10000", change_reason="追加专项")),
        ("L15", fund("130000", initial="100000", change="30000")),
        ("L15", fund("33600", "33600", initial="0", change="33600")),
        ("L41", fund(executed="-1", expected="-1")),
    ],
)
def test_sound_source_at_the_edge_is_not_found(check_id, source):
    assert found(money(source), check_id) == []


def test_total_row_must_be_the_sum_of_its_sources():
    sources = fund("899740", "0"), fund("100", "0", source="own")
    stated = fund("0", "0")

    assert ("fund.total.adjusted", "found") in found(table(funds=sources, fund_total=stated), "L05")
    assert found(table(funds=sources, fund_total=fund("899840", "0")), "L05") == []
    assert found(table(funds=sources), "L05") == []


def test_each_source_is_looked_at_alone():
    sources = fund("100000", "90000"), fund("1000", "1000.01", source="own")

    assert found(money(*sources), "L06") == [("fund.own.executed", "found")]


def test_slow_execution_with_a_reason_passes():
    assert found(money(fund(executed="10000"), execution_reason=LATE), "L12") == []


def test_nothing_executed_in_september_may_be_recovered():
    assert found(money(fund(executed="0"), month=9), "L13") == [("execution_plan_on", "recover")]
    assert found(money(fund(executed="0"), month=5), "L13") == []


@pytest.mark.parametrize(("month", "asked"), [(6, False), (9, True)])
def test_reason_and_date_answer_zero_execution_until_recovery_is_near(month, asked):
    answered = {"execution_reason": LATE, "execution_plan_on": date(2022, 9, 30)}

    assert bool(found(money(fund(executed="0"), month=month, **answered), "L13")) is asked


@pytest.mark.parametrize(
    ("ends_on", "asked"),
    [(date(2022, 6, 30), True), (date(2022, 7, 1), False), (None, False)],
)
def test_project_that_ended_with_money_left_is_asked(ends_on, asked):
    assert bool(found(money(fund(), ends_on=ends_on), "L43")) is asked


def test_project_that_ended_and_is_paid_is_not_asked():
    assert found(money(fund(executed="100000"), ends_on=date(2022, 3, 1)), "L43") == []


def test_money_left_two_years_running_is_asked():
    left = fund(expected="95000")

    assert found(money(left, last_year_carry_over=D(1)), "L50") == [("fund.general.expected", "found")]
    assert found(money(left, last_year_carry_over=D(0)), "L50") == []
    assert found(money(left), "L50") == []
    assert found(money(fund(), last_year_carry_over=D(1)), "L50") == []


def test_voucher_turns_the_error_into_a_warning():
    findings = run_checks(money(fund(system_executed="1", voucher="记-18")), RULES)

    assert [each.severity for each in findings if each.check_id == "L08"] == [Severity.WARNING]


def test_limits_are_the_rule_books():
    facts = money(fund(expected="80000"))

    assert found(facts, "L11", rules(low_expected_rate="0.80")) == []
    assert found(facts, "L11", rules(low_expected_rate="0.81"))


def test_table_without_any_source_is_not_a_fault_of_money():
    ids = {
        each.check_id for each in run_checks(assessed(table(funds=(), indicators=(row(weight="90"),))), RULES)
    }

    assert ids <= {"L36", "L37"}
