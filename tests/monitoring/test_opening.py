"""Opening a cycle: every funded project is in, or exempt with a reason, and nothing is forgotten."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from foundation import clock
from foundation.errors import BadInput, RuleError
from foundation.models import AuditEvent
from monitoring import books, opening
from monitoring.models import (
    CellOrigin,
    Cycle,
    CycleScope,
    CycleWindow,
    FundRow,
    IndicatorRow,
    MonitoringTable,
    Rollup,
    TableFigures,
)
from monitoring.opening import Window
from monitoring.recompute import recompute
from monitoring.stages import CellSource, CycleState, Stage
from projects.choices import AdjustmentKind, FundSource
from projects.models import BudgetAdjustment, FundingLine, LineMonths
from tests import factories

DAY = date(2022, 7, 1)


def windows(**given):
    days = {Stage.FILLING: (DAY, DAY + timedelta(days=9)), Stage.DEPARTMENT: (DAY, DAY + timedelta(days=14))}
    return [Window(stage, *span) for stage, span in {**days, **given}.items()]


def open_june(city, **given):
    values = {
        "year": 2022,
        "month": 6,
        "rule_book": books.shipped_book(),
        "windows": windows(),
        "by": city.performance,
        **given,
    }
    return opening.open_cycle(city.division, **values)


def added_mid_year(city):
    """A project that had nothing at the beginning and was given money in July."""
    project = factories.make_project(city.school_unit, initial="0", change="0", paid="0")
    line = project.lines.get()
    BudgetAdjustment.objects.create(
        line=line,
        document_no="追加1号",
        on=date(2022, 7, 5),
        amount=Decimal(500),
        kind=AdjustmentKind.ADDED,
    )
    LineMonths.objects.filter(pk=line.pk).update(change_7=Decimal(500))
    return project


def test_every_funded_project_is_in_and_those_without_money_are_not(city):
    funded = [factories.make_project(city.road_unit), added_mid_year(city)]
    factories.make_project(city.road_unit, initial="0", change="0", paid="0")
    factories.make_project(city.road_unit, year=2021)
    cycle = open_june(city)
    assert set(cycle.tables.values_list("project_id", flat=True)) == {project.pk for project in funded}
    found = opening.coverage(cycle)
    assert (found.funded, found.included, found.exempt, found.missing) == (2, 2, 0, 0)
    assert found.complete


def test_an_exempt_project_has_no_table_and_counts_as_covered(city):
    kept, spared = (factories.make_project(city.road_unit) for _ in range(2))
    cycle = open_june(city, exemptions={spared.pk: "It ends in January."})
    assert [table.project_id for table in cycle.tables.all()] == [kept.pk]
    found = opening.coverage(cycle)
    assert (found.funded, found.included, found.exempt, found.missing) == (2, 1, 1, 0)
    assert cycle.scope.get(exempt=True).reason == "It ends in January."


@pytest.mark.parametrize("reason", ["", "   "])
def test_an_exemption_without_a_reason_is_refused_and_nothing_is_opened(city, reason):
    project = factories.make_project(city.road_unit)
    with pytest.raises(BadInput):
        open_june(city, exemptions={project.pk: reason})
    assert not Cycle.objects.exists()


def test_the_database_refuses_an_exemption_without_a_reason(city):
    cycle, project = open_june(city), factories.make_project(city.road_unit)
    with pytest.raises(IntegrityError), transaction.atomic():
        CycleScope.objects.create(cycle=cycle, project=project, exempt=True, reason="")


def test_a_project_added_mid_year_is_told_as_missing_until_it_is_taken_in(city):
    first = factories.make_project(city.road_unit)
    cycle = open_june(city)
    before = MonitoringTable.objects.get(project=first)
    late = added_mid_year(city)
    found = opening.coverage(cycle)
    assert (found.funded, found.included, found.missing, found.complete) == (2, 1, 1, False)
    assert list(opening.missing_projects(cycle)) == [late]

    assert opening.include_projects(cycle, {}) == 1
    assert opening.coverage(cycle).complete
    assert opening.include_projects(cycle, {}) == 0
    assert MonitoringTable.objects.get(pk=before.pk).version == before.version
    assert Rollup.objects.get(cycle=cycle, level="division").tables == 2


def test_a_cycle_opens_with_a_constant_number_of_statements(city, django_assert_max_num_queries):
    for _ in range(3):
        factories.make_project(city.road_unit)
    with django_assert_max_num_queries(70):
        open_june(city)
    for _ in range(20):
        factories.make_project(city.school_unit)
    with django_assert_max_num_queries(70):
        open_june(city, month=9)


def test_the_system_fills_what_it_knows_and_says_where_it_comes_from(city):
    project = factories.make_project(
        city.road_unit, initial="1000000.00", change="200000.00", paid="300000.03", in_place="900000.00"
    )
    FundingLine.objects.create(project=project, source=FundSource.OWN, initial=0)
    cycle = open_june(city)
    table = cycle.tables.get()
    assert (table.manager, table.objective) == (project.manager, project.objective)
    general = FundRow.objects.get(table=table, source=FundSource.GENERAL)
    assert (general.initial, general.change, general.adjusted, general.in_place, general.executed) == tuple(
        map(Decimal, ("1000000", "200000", "1200000", "900000", "300000.03"))
    )
    assert general.expected == Decimal("600000.06")
    origin = CellOrigin.objects.get(table=table, cell="fund.general.expected")
    assert (origin.kind, origin.by) == (CellSource.SUGGESTED, None)
    assert IndicatorRow.objects.filter(table=table).count() == 3
    assert 0 < table.cells_system < table.cells_total
    assert TableFigures.objects.get(table=table).execution_rate == Decimal("0.250000")


@pytest.mark.parametrize(("month", "paid"), [(1, "0"), (2, "10"), (3, "30"), (11, "30"), (12, "130")])
def test_only_payments_up_to_the_cycles_month_count(city, month, paid):
    project = factories.make_project(city.road_unit, paid="0")
    LineMonths.objects.filter(project=project).update(paid_2=10, paid_3=20, paid_12=100)
    cycle = open_june(city, month=month)
    assert cycle.tables.get().funds.get().executed == Decimal(paid)
    assert cycle.cut_off == opening._month_end(2022, month)


def test_what_is_not_due_by_the_cut_off_is_said_so(city):
    rows = [
        {"code": "K001", "due_on": date(2022, 6, 30)},
        {"code": "K002", "due_on": date(2022, 7, 1)},
        {"code": "K003"},
    ]
    factories.make_project(city.road_unit, indicators=rows)
    open_june(city)
    assert dict(IndicatorRow.objects.values_list("indicator__code", "due")) == {
        "K001": True,
        "K002": False,
        "K003": True,
    }


def test_the_second_cycle_stands_beside_the_first_and_remembers_it(city):
    factories.make_project(city.road_unit, paid="300000")
    june = open_june(city)
    let_fill_today(june)
    table = factories.fill(june.tables.get(), city.clerk)
    september = open_june(city, month=9)
    later = september.tables.get()
    assert september.previous == june
    assert later.pk != table.pk
    assert later.funds.get().previous_executed == Decimal("300000")
    remembered = dict(later.indicators.values_list("indicator__code", "previous_actual"))
    assert remembered == {"K001": 52, "K002": 96, "K003": 92}
    assert june.tables.get().pk == table.pk


def let_fill_today(cycle):
    now = clock.now()
    CycleWindow.objects.filter(cycle=cycle).update(
        opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9)
    )


def test_a_closed_cycle_keeps_its_figures_whatever_is_paid_later(city):
    project = factories.make_project(city.road_unit)
    cycle = opening.close_cycle(open_june(city), by=city.performance)
    assert (cycle.state, cycle.closed_at is not None) == (CycleState.CLOSED, True)
    kept = list(TableFigures.objects.values()), list(FundRow.objects.values()), list(Rollup.objects.values())
    LineMonths.objects.filter(project=project).update(paid_2=Decimal(123))
    assert set(recompute(cycle).values()) == {0}
    assert kept == (
        list(TableFigures.objects.values()),
        list(FundRow.objects.values()),
        list(Rollup.objects.values()),
    )
    with pytest.raises(RuleError) as refusal:
        opening.close_cycle(cycle, by=city.performance)
    assert refusal.value.code == "closed_already"


def test_a_closed_cycle_takes_no_project_in(city):
    factories.make_project(city.road_unit)
    cycle = opening.close_cycle(open_june(city), by=city.performance)
    added_mid_year(city)
    with pytest.raises(RuleError) as refusal:
        opening.include_projects(cycle, {})
    assert refusal.value.code == "cycle_closed"
    assert cycle.tables.count() == 1


def test_a_cycle_with_tables_under_review_is_not_closed(city):
    factories.make_project(city.road_unit)
    cycle = open_june(city)
    cycle.tables.update(stage=Stage.SECTION, digest="x")
    with pytest.raises(RuleError) as refusal:
        opening.close_cycle(cycle, by=city.performance)
    assert (refusal.value.code, refusal.value.params) == ("not_through", {"n": 1})


@pytest.mark.parametrize("given", [{"month": 6}, {"month": 6, "by": None}])
def test_the_same_cycle_is_not_opened_twice(city, given):
    factories.make_project(city.road_unit)
    open_june(city)
    with pytest.raises(RuleError) as refusal:
        open_june(city, **given)
    assert refusal.value.code == "cycle_exists"
    assert Cycle.objects.count() == 1


def test_only_the_performance_section_of_the_division_opens_and_closes(city):
    factories.make_project(city.road_unit)
    for name in ("clerk", "department", "section", "leader", "auditor", "sysadmin", "former"):
        with pytest.raises(PermissionDenied):
            open_june(city, by=city.people[name])
    cycle = open_june(city)
    with pytest.raises(PermissionDenied):
        opening.close_cycle(cycle, by=city.people["section"])
    event = AuditEvent.objects.get(action="cycles.opened")
    assert event.actor_id == city.performance.pk


def test_a_draft_carries_no_cycle(city):
    parameters = books.shipped_book().parameters
    draft = books.draft(city.division, name="Own", parameters=parameters, by=city.performance)
    with pytest.raises(RuleError) as refusal:
        open_june(city, rule_book=draft)
    assert refusal.value.code == "rule_book_draft"


BAD_WINDOWS = {
    "closes before it opens": ({Stage.SECTION: (DAY, DAY - timedelta(days=1))}, Stage.SECTION),
    "a later tier ends before an earlier one": (
        {Stage.SECTION: (DAY, DAY + timedelta(days=10)), Stage.DEPARTMENT: (DAY, DAY + timedelta(days=14))},
        Stage.SECTION,
    ),
}


@pytest.mark.parametrize(("given", "where"), BAD_WINDOWS.values(), ids=BAD_WINDOWS)
def test_windows_out_of_order_are_named_and_nothing_is_opened(city, given, where):
    factories.make_project(city.road_unit)
    with pytest.raises(BadInput) as refusal:
        open_june(city, windows=windows(**given))
    assert [fault.where for fault in refusal.value.faults] == [where]
    assert not Cycle.objects.exists()


def test_a_cycle_without_a_window_for_filling_is_refused(city):
    with pytest.raises(BadInput) as refusal:
        open_june(city, windows=[Window(Stage.DEPARTMENT, DAY, DAY)])
    assert [fault.where for fault in refusal.value.faults] == [Stage.FILLING]


def test_windows_run_from_midnight_to_midnight_in_shanghai(city):
    cycle = open_june(city)
    window = CycleWindow.objects.get(cycle=cycle, stage=Stage.FILLING)
    assert window.opens_at == datetime(2022, 7, 1, tzinfo=clock.ZONE)
    assert window.closes_at == datetime(2022, 7, 11, tzinfo=clock.ZONE)
    assert timezone.is_aware(window.closes_at)


def test_the_default_windows_follow_each_other_by_working_days(city):
    rules = books.rules_of(books.shipped_book())
    found = opening.default_windows(rules, DAY)
    closes = [window.closes_on for window in found]
    assert [window.stage for window in found] == [
        Stage.FILLING,
        Stage.DEPARTMENT,
        Stage.SECTION,
        Stage.PERFORMANCE,
        Stage.THIRD_PARTY,
    ]
    assert closes == sorted(closes)
    assert all(window.opens_on == DAY for window in found)
    assert open_june(city, windows=found).windows.count() == 5
