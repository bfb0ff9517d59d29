"""The dashboard: each their own nodes, each number the rows it counts, at the same cost for any city."""

from decimal import Decimal

import pytest
from django.urls import reverse

from foundation import clock
from monitoring.choices import Light
from monitoring.models import Cycle, MonitoringTable
from monitoring.recompute import recompute
from organisation.models import Division
from organisation.roles import Role
from projects.choices import FundSource
from rectification.choices import FundActionKind
from rectification.models import FundAction, Task
from rectification.raising import raise_tasks
from tests import factories
from tests.conftest import sign_in
from tests.dashboards import cases

SEES = {
    "clerk": {"road_unit"},
    "head": {"road_unit"},
    "clerk2": {"bridge_unit"},
    "clerk3": {"school_unit"},
    "department": {"road_unit", "bridge_unit"},
    "department2": {"school_unit"},
    "section": {"road_unit", "bridge_unit", "school_unit"},
    "performance": {"road_unit", "bridge_unit", "school_unit"},
    "leader": {"road_unit", "bridge_unit", "school_unit"},
}


@pytest.fixture
def running(city):
    """A cycle with tables of every unit, one of them far behind, submitted and raised."""
    slow = cases.behind(city.road_unit, city.clerk)
    factories.make_table(city.road_unit, paid="900000.00")
    factories.make_table(city.bridge_unit, initial="3000000.00")
    factories.make_table(city.school_unit, paid="0")
    raise_tasks(slow.cycle)
    return slow.cycle


def board(client, person, **query):
    answer = sign_in(client, person).get(reverse("dashboard"), query)
    assert answer.status_code == 200
    return answer.context["board"]


def test_without_a_cycle_the_page_says_what_is_missing(client, city):
    page = sign_in(client, city.leader).get(reverse("dashboard"))
    assert page.status_code == 200
    assert 'class="empty"' in page.content.decode()


def test_doors_of_the_dashboard(client, city, running):
    for name, person in city.people.items():
        if name == "former":
            continue
        sign_in(client, person)
        expected = 200 if name in SEES or name == "performance2" else 403
        assert client.get(reverse("dashboard")).status_code == expected, name


def test_each_sees_the_sums_of_their_own_nodes(client, city, running):
    for name, units in SEES.items():
        ids = [getattr(city, unit).pk for unit in units]
        expected = MonitoringTable.objects.filter(unit__in=ids).count()
        shown = board(client, city.people[name])
        assert shown.sums.tables == expected, name
        assert sum(cell.count for _light, cells in shown.matrix for cell in cells) == expected, name


def test_a_department_looked_into_is_one_inside_ones_nodes(client, city, running):
    assert board(client, city.performance, department=city.roads.pk).sums.tables == 3
    assert board(client, city.people["section"], department=city.schools.pk).sums.tables == 1
    for name, department in (
        ("department", city.schools),
        ("clerk", city.roads),
        ("department2", city.roads),
    ):
        sign_in(client, city.people[name])
        answer = client.get(reverse("dashboard"), {"department": department.pk})
        assert answer.status_code == 404, name
    sign_in(client, city.performance)
    for nonsense in ("x", "-1", "9" * 30, "1' or 1=1"):
        assert client.get(reverse("dashboard"), {"department": nonsense}).status_code == 404


def test_another_bureau_sees_nothing_of_it(client, city, running):
    division = Division.objects.create(code="370783", name="寿光市", is_bureau=True)
    stranger = factories.make_person("stranger", Role.PERFORMANCE, division)
    assert sign_in(client, stranger).get(reverse("dashboard")).context["cycle"] is None
    answer = client.get(reverse("dashboard"), {"cycle": running.public_id})
    assert answer.context["cycle"] is None


@pytest.mark.parametrize("name", ["performance", "department", "clerk"])
def test_every_number_is_the_number_of_the_rows_it_leads_to(client, city, running, name):
    shown = board(client, city.people[name])
    expected = {shown.links["tables"]: shown.sums.tables, shown.links["red"]: shown.sums.red}
    expected |= {shown.links["light"] + light: shown.sums.lights[light] for light in Light.values}
    expected |= {row.href: row.count for row in shown.stages}
    expected |= {cell.href: cell.count for _light, cells in shown.matrix for cell in cells}
    expected |= {href: count for _label, count, href in shown.skewed if href}
    expected |= {row.red_href: row.sums.red for row in shown.rows}
    for href, count in expected.items():
        assert len(client.get(href).context["tables"]) == count, href
    tasks = {href: count for _label, count, href in shown.task_rows} | {shown.links["late"]: shown.tasks_late}
    assert sum(count for _label, count, _href in shown.task_rows) > 0
    for href, count in tasks.items():
        assert len(client.get(href).context["rows"]) == count, href


def test_sums_add_up_to_the_fen_and_keep_unknown_apart(client, city, running):
    shown = board(client, city.performance)
    assert shown.sums.adjusted == Decimal("6000000.00")
    assert shown.sums.executed == Decimal("1401000.00")
    assert shown.sums.rate == Decimal("0.233500")
    assert shown.lag == Decimal("-0.266500")
    assert sum(row.sums.adjusted for row in shown.rows) == shown.sums.adjusted
    assert shown.previous is None
    red = MonitoringTable.objects.filter(figures__composite="red").select_related("figures")
    assert shown.at_risk == sum(table.figures.adjusted for table in red)


def test_departments_stand_with_the_furthest_behind_first_and_are_ordered_by_the_address(
    client, city, running
):
    assert [row.node.code for row in board(client, city.leader).rows] == ["105", "219"]
    assert [row.node.code for row in board(client, city.leader, sort="-rate").rows] == ["219", "105"]
    assert [row.node.code for row in board(client, city.leader, sort="-budget").rows] == ["219", "105"]
    assert [row.node.code for row in board(client, city.leader, sort="nonsense").rows] == ["105", "219"]


def test_a_funded_project_that_was_forgotten_is_counted_as_missing(client, city, running):
    assert board(client, city.performance).coverage.missing == 0
    factories.make_project(city.school_unit)
    shown = board(client, city.performance)
    assert (shown.coverage.included, shown.coverage.missing) == (4, 1)
    assert board(client, city.department).coverage is None


def test_money_put_right_is_summed_by_kind_within_the_readers_nodes(client, city, running):
    task = Task.objects.filter(unit=city.road_unit).first()
    for number, (kind, amount) in enumerate(
        [(FundActionKind.RECOVER, "100.05"), (FundActionKind.RECOVER, "200.10"), (FundActionKind.CUT, "7.00")]
    ):
        FundAction.objects.create(
            task=task, cycle=running, division=city.division, section=city.section, department=city.roads,
            unit=city.road_unit, kind=kind, fund_source=FundSource.GENERAL, amount=Decimal(amount),
            document_no=f"F{number}", executed_on=clock.today(), recorded_by=city.performance,
            recorded_at=clock.now(),
        )  # fmt: skip
    for name, moved in (("leader", "307.15"), ("department", "307.15"), ("clerk", "307.15"), ("clerk3", "0")):
        shown = board(client, city.people[name])
        assert shown.moved == Decimal(moved), name
    recovered = board(client, city.leader).money[0]
    assert (recovered.kind, recovered.count, recovered.amount) == ("recover", 2, Decimal("300.15"))


def test_the_cycle_is_chosen_by_the_address_and_compared_with_the_one_before(client, city, running):
    later = factories.make_cycle(city.division, month=9)
    shown = sign_in(client, city.leader).get(reverse("dashboard"))
    assert shown.context["cycle"] == later
    assert shown.context["board"].previous is not None
    assert len(shown.context["changes"]) == 5
    earlier = client.get(reverse("dashboard"), {"cycle": running.public_id})
    assert earlier.context["cycle"] == running
    assert earlier.context["changes"] == []


def test_a_leader_gets_the_calm_page(client, city, running):
    assert b'class="page-calm"' in sign_in(client, city.leader).get(reverse("dashboard")).content
    assert b'class="page-calm"' not in sign_in(client, city.performance).get(reverse("dashboard")).content


def test_the_dashboard_costs_the_same_for_any_city(client, city, running, django_assert_max_num_queries):
    factories.make_cycle(city.division, month=9)
    counts = {}
    for more in (0, 8):
        for number in range(more):
            department = factories.make_department(
                city.division, city.section, f"3{number:02d}", f"Department {number}"
            )
            unit = type(city.road_unit).objects.create(
                division=city.division, department=department, code=f"3{number:02d}001", name=f"Unit {number}"
            )
            factories.make_table(unit, month=9)
        for cycle in Cycle.objects.all():
            recompute(cycle)
        for name in SEES:
            sign_in(client, city.people[name])
            client.get(reverse("dashboard"))
            with django_assert_max_num_queries(15) as counted:
                page = client.get(reverse("dashboard"))
            counts.setdefault(name, []).append(len(counted))
    assert len(page.context["board"].rows) == 10
    assert all(few == many for few, many in counts.values()), counts
