"""What the checks are told of a table: the figures of the budget system beside those of the form."""

from decimal import Decimal

import pytest

from foundation.errors import BadInput
from foundation.models import AuditEvent
from monitoring.autofill import refresh_funds
from monitoring.explaining import GivenExplanation
from monitoring.filling import Edit, explain, save_cells
from monitoring.models import Explanation, MonitoringTable
from monitoring.recompute import recompute
from monitoring.snapshots import facts_of, load_sheets
from monitoring.stages import Stage
from monitoring.tables import assess
from projects.choices import FundSource
from projects.models import LineMonths
from tests.factories import make_cycle, make_line, make_project, make_table

pytestmark = pytest.mark.django_db


def fresh(table):
    related = ("project", "unit", "department", "cycle__rule_book")
    return MonitoringTable.objects.select_related(*related).get(pk=table.pk)


def found(table, check_id):
    return [finding.cell for finding in assess([fresh(table)])[0].findings if finding.check_id == check_id]


def facts(table):
    return facts_of(load_sheets([fresh(table)])[0])


# L08: executed as the payments say


def test_the_system_figure_is_what_was_paid_up_to_the_month_of_the_cycle(table):
    LineMonths.objects.filter(project=table.project).update(paid_6=Decimal(7), paid_7=Decimal(900))
    assert facts(table).funds[0].executed == 500_000
    assert facts(table).funds[0].system_executed == 500_007


def test_a_payment_that_came_in_since_is_an_error_until_the_figures_are_brought_up_to_date(table):
    assert found(table, "L08") == []
    LineMonths.objects.filter(project=table.project).update(paid_6=Decimal(7))
    assert found(table, "L08") == ["fund.general.executed"]
    recompute(table.cycle)
    assert found(table, "L08") == []


def test_a_submitted_table_keeps_its_figures_and_is_not_held_against_newer_ones(table):
    LineMonths.objects.filter(project=table.project).update(paid_6=Decimal(7))
    MonitoringTable.objects.filter(pk=table.pk).update(stage=Stage.DEPARTMENT, digest="x")
    assert facts(table).funds[0].system_executed is None
    assert found(table, "L08") == []


# L50: funds left over two years running


def test_what_last_year_left_is_the_row_of_funds_carried_over(city):
    project = make_project(city.road_unit, initial=1_000_000, paid=100_000)
    make_line(project, source=FundSource.CARRYOVER, initial=Decimal(200_000))
    table = MonitoringTable.objects.get(cycle=make_cycle(city.division), project=project)
    assert facts(table).last_year_carry_over == 200_000
    assert found(table, "L50") != []


def test_without_such_a_row_nothing_is_known_of_last_year(table):
    assert facts(table).last_year_carry_over is None


# L14: the reason for an adjustment


@pytest.fixture
def adjusted(city):
    return make_table(city.road_unit, change=100_000)


def test_the_unit_gives_the_reason_that_the_budget_system_does_not(city, adjusted):
    assert found(adjusted, "L14") == ["fund.general.change_note"]
    saved = save_cells(
        adjusted, [Edit("fund.general.change_note", "Ten more kilometres.", seen="")], by=city.clerk
    )
    assert saved.results[0].state == "saved"
    assert found(adjusted, "L14") == []
    assert facts(adjusted).funds[0].change_reason == "Ten more kilometres."
    event = AuditEvent.objects.get(action="tables.cells_saved")
    assert event.after == {"fund.general.change_note": "Ten more kilometres."}


def test_a_refresh_of_the_figures_leaves_the_reason_of_the_unit(city, adjusted):
    save_cells(adjusted, [Edit("fund.general.change_note", "Ten more kilometres.")], by=city.clerk)
    refresh_funds(adjusted.cycle)
    assert found(adjusted, "L14") == []


def test_the_page_asks_for_the_reason_only_where_it_is_due(client, city, adjusted, table):
    from tests.conftest import sign_in
    from tests.monitoring.test_views import page_of

    sign_in(client, city.clerk)
    field = 'name="fund.general.change_note"'
    assert field in page_of(client, adjusted).content.decode()
    assert field not in page_of(client, table).content.decode()
    save_cells(adjusted, [Edit("fund.general.change_note", "Ten more kilometres.")], by=city.clerk)
    sign_in(client, city.department)
    assert "Ten more kilometres." in page_of(client, adjusted).content.decode()


# Explanations


def test_a_check_that_did_not_find_anything_takes_no_explanation(city, filled_table):
    with pytest.raises(BadInput, match="L29"):
        explain(filled_table, "L29", "no.such.cell", "The tender was repeated.", by=city.clerk)
    assert not Explanation.objects.filter(table=filled_table).exists()
    given = GivenExplanation("L01", "problems", "An error is not explained away.")
    saved = save_cells(filled_table, [], [given], by=city.clerk)
    assert saved.results[0].state == "invalid"
    assert "L01" in saved.results[0].message


def test_an_explanation_whose_check_no_longer_finds_anything_may_be_taken_back(city, filled_table):
    finding = assess([fresh(filled_table)])[0].unexplained[0]
    Explanation.objects.create(
        table=filled_table, check_id="L29", text="Of last week.", by=city.clerk, at=filled_table.checked_at
    )
    explain(filled_table, "L29", "", "", by=city.clerk)
    explain(filled_table, finding.check_id, finding.cell, "The tender was repeated.", by=city.clerk)
    assert [each.check_id for each in Explanation.objects.filter(table=filled_table)] == [finding.check_id]
