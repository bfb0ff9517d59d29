"""The set-based recompute gives what the pure functions give, on this database, boundaries included."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring import assessment, rollups
from monitoring.books import rules_of
from monitoring.models import FundRow, IndicatorRow, MonitoringTable, Rollup, TableFigures
from monitoring.recompute import RATES, RULED, compute_figures, recompute
from tests import factories

FEN = Decimal("0.01")
amounts = st.one_of(
    st.sampled_from([Decimal(0), FEN, Decimal(100), Decimal("1e13"), Decimal("238.93"), Decimal("2200000")]),
    st.decimals(min_value=0, max_value=Decimal("1e13"), places=2),
    st.decimals(min_value=0, max_value=10_000, places=2),
)
paid_amounts = st.one_of(amounts, st.decimals(min_value=-10_000, max_value=10_000, places=2))
shares = st.one_of(
    st.none(),
    st.sampled_from([Decimal(n) / 100 for n in (0, 59, 60, 80, 90, 100, 120)]),
    st.decimals(min_value=0, max_value=2, places=6),
)
lights = st.sampled_from(["red", "yellow", "green", "blue", "grey"])


def _expected(table: MonitoringTable, fund: FundRow) -> dict:
    figures = assessment.assess_table(
        adjusted=fund.adjusted,
        executed=fund.executed,
        in_place=fund.in_place,
        expected=fund.expected,
        weighted_completion=table.weighted_completion,
        weighted_attainment=table.weighted_attainment,
        target_light=table.indicator_light,
        expected_light=table.likelihood_light,
        month=table.cycle.month,
        rules=rules_of(table.cycle.rule_book),
    )
    names = {*RATES, *RULED} - {"rule_book_id"}
    return {name: value or "" if name in ("mismatch", "grade") else value for name, value in asdict(figures).items()
            if name in names}  # fmt: skip


@pytest.mark.parametrize("month", [6, 9, 11])
def test_both_twins_agree_on_every_figure(city, month):
    table = factories.make_table(city.road_unit, month=month)
    fund = table.funds.get()

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(amounts, amounts, paid_amounts, st.none() | amounts, shares, shares, lights, lights)
    def agree(adjusted, in_place, executed, expected, completion, attainment, target, likelihood):
        FundRow.objects.filter(pk=fund.pk).update(
            initial=adjusted,
            change=0,
            adjusted=adjusted,
            in_place=in_place,
            executed=executed,
            expected=expected,
        )
        MonitoringTable.objects.filter(pk=table.pk).update(
            weighted_completion=completion,
            weighted_attainment=attainment,
            indicator_light=target,
            likelihood_light=likelihood,
        )
        compute_figures(table.cycle)
        kept = TableFigures.objects.get(pk=table.pk)
        now = MonitoringTable.objects.select_related("cycle__rule_book").get(pk=table.pk)
        wanted = _expected(now, FundRow.objects.get(pk=fund.pk))
        assert {name: getattr(kept, name) for name in wanted} == wanted

    agree()


@pytest.mark.parametrize(
    ("paid", "light"),
    [("299999.00", "red"), ("300000.00", "yellow"), ("399999.00", "yellow"), ("400000.00", "green")],
)
def test_sixty_and_eighty_percent_exactly_belong_to_the_better_light(city, paid, light):
    table = factories.make_table(city.road_unit, paid=paid)
    recompute(table.cycle)
    assert TableFigures.objects.get(pk=table.pk).budget_light == light


def test_a_second_run_writes_nothing(city):
    table = factories.make_table(city.road_unit)
    factories.make_table(city.school_unit)
    recompute(table.cycle)
    assert recompute(table.cycle) == {"funds": 0, "newer": 0, "figures": 0, "rollups": 0}


def test_the_whole_cycle_and_a_single_save_give_the_same(city):
    table = factories.fill(factories.make_table(city.road_unit), city.clerk)
    saved = TableFigures.objects.filter(pk=table.pk).values().get()
    summed = list(Rollup.objects.order_by("id").values())
    recompute(table.cycle)
    assert TableFigures.objects.filter(pk=table.pk).values().get() == saved
    assert list(Rollup.objects.order_by("id").values()) == summed


def test_a_later_payment_reaches_open_tables_and_marks_submitted_ones(city):
    open_table = factories.make_table(city.road_unit)
    submitted = factories.make_table(city.road_unit)
    MonitoringTable.objects.filter(pk=submitted.pk).update(stage="department", digest="x")
    for table in (open_table, submitted):
        line = table.project.lines.get()
        line.months.paid_3 = Decimal(1000)
        line.months.save()
    recompute(open_table.cycle)
    assert open_table.funds.get().executed == Decimal("501000")
    assert submitted.funds.get().executed == Decimal("500000")
    assert MonitoringTable.objects.get(pk=submitted.pk).newer_figures


def test_recompute_takes_the_same_statements_however_many_tables(city, django_assert_max_num_queries):
    for _ in range(3):
        table = factories.make_table(city.road_unit)
    with django_assert_max_num_queries(30):
        recompute(table.cycle)
    for _ in range(12):
        factories.make_table(city.school_unit)
    with django_assert_max_num_queries(30):
        recompute(table.cycle)


def test_a_blank_table_is_grey_but_for_its_money(city, table):
    figures = TableFigures.objects.get(pk=table.pk)
    assert (figures.target_light, figures.expected_light, figures.score) == ("grey", "grey", None)
    assert figures.composite == figures.budget_light == "green"
    assert not IndicatorRow.objects.filter(table=table).exclude(light="grey").exists()


def test_contributions_add_up_to_the_sums(city):
    table = factories.fill(factories.make_table(city.road_unit), city.clerk)
    division = Rollup.objects.get(cycle=table.cycle, level="division")
    added = rollups.contribution(table, TableFigures.objects.get(pk=table.pk))
    assert {name: getattr(division, name) for name in added} == added
