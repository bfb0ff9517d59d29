"""What stands against a department as a whole: built for one department or for all in the same number of queries."""

import pytest
from django.urls import reverse

from monitoring.departments import check_departments, check_own_departments
from monitoring.filling import Edit, save_cells
from monitoring.models import Cycle, CycleScope, MonitoringTable
from tests.conftest import sign_in
from tests.factories import make_cycle, make_department, make_project, make_table

pytestmark = pytest.mark.django_db

SAME = "The tender for the works was published late and is now being repeated."


def found(cycle, *departments, **given):
    cycle = Cycle.objects.select_related("rule_book").get(pk=cycle.pk)
    return {
        (each.department.code, finding.check_id, finding.cell)
        for each in check_departments(cycle, departments, **given)
        for finding in each.findings
    }


def test_a_funded_project_that_the_cycle_forgot_is_an_error_of_its_department(city):
    table = make_table(city.road_unit)
    late = make_project(city.bridge_unit, initial=500_000)
    make_project(city.bridge_unit, initial=0)
    assert found(table.cycle, city.roads, city.schools) == {("219", "L44", f"project.{late.code}")}


def test_an_exempt_project_and_one_that_another_department_brought_in_are_not_missing(city):
    table = make_table(city.road_unit)
    exempt = make_project(city.bridge_unit, initial=500_000)
    CycleScope.objects.create(cycle=table.cycle, project=exempt, exempt=True, reason="Ended in May.")
    city.road_unit.department = city.schools
    city.road_unit.save()
    assert found(table.cycle, city.roads, city.schools) == set()


def test_two_projects_of_one_name_and_texts_that_are_alike_are_told(city):
    first, second = make_table(city.road_unit), make_table(city.road_unit)
    for table in (first, second):
        save_cells(table, [Edit("problems", SAME)], by=city.clerk)
    type(first.project).objects.filter(pk=second.project_id).update(name=first.project.name)
    code, other = sorted([first.project.code, second.project.code])
    double = ("219", "L45", f"project.{code}")
    assert found(first.cycle, city.roads) == {double}
    assert found(first.cycle, city.roads, texts=True) == {double, ("219", "L40", f"project.{other}.problems")}


def test_a_rule_book_may_switch_the_check_off(city):
    cycle = make_table(city.road_unit).cycle
    late = make_project(city.bridge_unit, initial=500_000)
    assert found(cycle, city.roads) == {("219", "L44", f"project.{late.code}")}
    cycle = Cycle.objects.select_related("rule_book").get(pk=cycle.pk)
    cycle.rule_book.parameters["checks"]["check_severities"]["L44"] = "off"
    assert check_departments(cycle, [city.roads]) == []


def test_all_departments_take_as_many_queries_as_one(city, django_assert_num_queries):
    cycle = make_table(city.road_unit).cycle
    departments = [city.roads, city.schools]
    departments += [
        make_department(city.division, city.section, f"3{number:02d}", f"Department {number}")
        for number in range(20)
    ]
    for _ in range(5):
        make_project(city.bridge_unit, initial=500_000)
    cycle = Cycle.objects.select_related("rule_book").get(pk=cycle.pk)
    for some in ([city.roads], departments):
        with django_assert_num_queries(3):
            check_departments(cycle, some, texts=True)


# Who reads it


def test_a_department_reads_in_its_queue_what_keeps_its_last_table(client, city):
    make_table(city.road_unit)
    late = make_project(city.bridge_unit, initial=500_000)
    address = reverse("project_page", args=[late.public_id])
    for name, reads in (("department", True), ("department2", False), ("section", False)):
        sign_in(client, city.people[name])
        page = client.get(reverse("review_queue"), headers={"accept-language": "en"}).content.decode()
        assert (address in page) is reads, name
        assert ("L44" in page) is reads, name


def test_the_page_of_the_cycle_lists_the_departments_the_reader_holds(client, city):
    table = make_table(city.road_unit)
    late = make_project(city.bridge_unit, initial=500_000)
    for name, reads in (
        ("performance", True), ("section", True), ("department", True), ("department2", False), ("clerk", False),
    ):  # fmt: skip
        sign_in(client, city.people[name])
        context = client.get(reverse("cycle_page", args=[table.cycle.public_id])).context
        lines = [line.project for each in context["department_findings"] for line in each.lines]
        assert lines == ([late.public_id] if reads else []), name


def test_a_long_list_is_cut_and_says_so(city):
    make_table(city.road_unit)
    for _ in range(53):
        make_project(city.bridge_unit, initial=500_000)
    (only,) = check_own_departments(city.department, Cycle.objects.select_related("rule_book"))
    assert (len(only.lines), only.more) == (50, 3)


def test_a_closed_cycle_is_no_longer_checked(client, city):
    cycle = make_cycle(city.division)
    make_project(city.bridge_unit, initial=500_000)
    Cycle.objects.filter(pk=cycle.pk).update(state="closed")
    assert not MonitoringTable.objects.filter(cycle=cycle).exists()
    assert check_own_departments(city.department, Cycle.objects.select_related("rule_book")) == []
    sign_in(client, city.performance)
    page = client.get(reverse("cycle_page", args=[cycle.public_id]))
    assert page.context["department_findings"] == []
