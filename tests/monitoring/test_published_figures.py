"""Figures that others have published, computed by our formulas."""

from decimal import Decimal

import pytest

from monitoring.assessment import assess_row
from monitoring.checks.registry import run_checks
from monitoring.choices import Light
from monitoring.facts import total
from monitoring.lights import budget_light
from monitoring.rates import execution_rate, half_up, prorated, ratio
from monitoring.scores import execution_score
from tests.monitoring.rules import RULES, D, assessed, fund, row, rules, table

WAN = 10_000


def yuan(amount_wan: str) -> Decimal:
    return D(amount_wan) * WAN


def percent(share: Decimal) -> Decimal:
    return half_up(share * 100, 2)


def found(facts, check_id):
    return [each.cell for each in run_checks(facts, RULES) if each.check_id == check_id]


def test_t1_huangshi_heritage_funds_2019():
    paid, adjusted = yuan("87.57"), yuan("220")
    rate, share = execution_rate(paid, adjusted), prorated(paid, adjusted, 6)
    sichuan = rules(floors={"6": "0.40"})

    assert percent(rate) == D("39.80")
    assert percent(share) == D("79.61")
    assert budget_light(share, rate, 6, RULES) == Light.YELLOW
    assert budget_light(share, rate, 6, sichuan) == Light.YELLOW
    assert rate < sichuan.floors[6]


@pytest.mark.parametrize(
    ("adjusted", "paid", "rate", "share", "light"),
    [
        ("19.3", "3.12", "16.17", "32.33", Light.RED),
        ("15.3", "2.4", "15.69", "31.37", Light.RED),
        ("1.1", "0.72", "65.45", "130.91", Light.GREEN),
        ("2.9", "0", "0", "0", Light.RED),
        ("45.76", "27.13", "59.29", "118.58", Light.GREEN),
    ],
)
def test_t2_bidding_centre_half_year(adjusted, paid, rate, share, light):
    executed = execution_rate(yuan(paid), yuan(adjusted))
    in_time = prorated(yuan(paid), yuan(adjusted), 6)

    assert percent(executed) == D(rate)
    assert percent(in_time) == D(share)
    assert budget_light(in_time, executed, 6, RULES) == light


def test_t2_parts_add_up():
    assert total([D("15.3"), D("1.1"), D("2.9")]) == D("19.3")
    assert total([D("2.4"), D("0.72"), D("0")]) == D("3.12")


def qingshen():
    wages = fund(
        "2518900",
        "2518900",
        initial="2389300",
        change="129600",
    )
    rows = (
        row(id="a", name="科目调整次数", sign="eq", target_low="100", unit="%", weight="60", actual=None),
        row(
            id="b",
            name="足额保障率",
            sign="eq",
            target_low="100",
            unit="%",
            weight="30",
            actual=None,
            level1="effect",
        ),
    )
    return assessed(table(year=2023, month=12, funds=(wages,), indicators=rows))


def test_t5_qingshen_wages_2023():
    facts = qingshen()

    assert percent(facts.execution_rate) == D("100.00")
    assert percent(ratio(facts.executed, facts.initial)) == D("105.42")
    assert found(facts, "L14") == ["fund.general.change_note"]
    assert {"indicator.a.actual", "indicator.b.actual"} <= set(found(facts, "L01"))
    assert found(facts, "L35") == []


def test_t6_daying_justice_bureau_2023_started_at_zero():
    computers = fund("33600", "33600", initial="0", change="33600", change_reason="年中追加购置计算机 13 台")
    facts = assessed(table(year=2023, month=12, funds=(computers,)))
    share = prorated(facts.executed, facts.adjusted, 12)

    assert percent(facts.execution_rate) == 100
    assert execution_score(share, RULES) == 10
    assert found(facts, "L04") == found(facts, "L15") == []


def test_t6_daying_text_where_a_number_belongs():
    cost = row(
        sign="le", level2="cost", target_low="30", unit="万元", weight="90", actual=None, actual_text="完成"
    )
    facts = assessed(table(year=2023, month=12, indicators=(cost,)))

    assert found(facts, "L16") == ["indicator.q.actual"]
    assert found(facts, "L36") == ["", "indicator.q.weight"]
    assert assess_row(cost, 12, RULES).score is None


def test_t11_changsha_city_management_2022():
    assert total([D("224.48"), D("632"), D("256254.92")]) == D("257111.40")
    assert total([D(1), D(8), D(18)]) == 27


def test_t13_nanxian_2021():
    assert total([D("434.89"), D("77.4"), D("286.83")]) == D("799.12")
    assert percent(ratio(D("189.25"), D("792.22") - D("189.25"))) == D("31.39")
    assert percent(ratio(D("209.28"), D("792.22") - D("209.28"))) == D("35.90")
