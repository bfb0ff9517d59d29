"""Opening a cycle in the wizard, its page, its acts; and the rule books in words."""

from datetime import date

import pytest
from django.urls import reverse

from foundation.models import Job
from monitoring import books
from monitoring.cycle_forms import suggested_windows
from monitoring.models import Cycle, CycleScope, CycleWindow, MonitoringTable
from monitoring.rulebook_pages import sections
from monitoring.stages import Stage
from tests.conftest import sign_in
from tests.factories import make_cycle, make_project, make_table

pytestmark = pytest.mark.django_db

NEW = "/cycles/new/"


@pytest.fixture
def book(city):
    return books.shipped_book()


@pytest.fixture
def period(book):
    return {"year": "2022", "month": "6", "cut_off": "", "rule_book": str(book.pk)}


TIERS = {
    "performance_tier": "on",
    "third_party_tier": "on",
    **{
        f"opens_{stage}": "2022-07-01"
        for stage in ("filling", "department", "section", "performance", "third_party")
    },
    "closes_filling": "2022-07-15",
    "closes_department": "2022-07-22",
    "closes_section": "2022-07-29",
    "closes_performance": "2022-08-05",
    "closes_third_party": "2022-08-26",
}


def steer(client, city):
    sign_in(client, city.performance)
    return client


def test_the_wizard_opens_a_cycle_in_four_steps(client, city, period):
    kept, exempt = make_project(city.road_unit), make_project(city.bridge_unit)
    make_project(city.bridge_unit, initial="0")
    steer(client, city)

    page = client.post(NEW, {**period, "step": "1"})
    assert page.context["step"] == 2
    assert page.context["form"]["closes_filling"].value() is not None
    page = client.post(NEW, {**period, **TIERS, "step": "2"})
    assert (page.context["step"], page.context["funded"]) == (3, 2)
    scope = {"exemptions": f"{exempt.code}\tStopped by decision of the government"}
    page = client.post(NEW, {**period, **TIERS, **scope, "step": "3"})
    assert (page.context["step"], page.context["funded"], page.context["included"]) == (4, 2, 1)
    assert Cycle.objects.count() == 0
    response = client.post(NEW, {**period, **TIERS, **scope, "step": "4"})

    cycle = Cycle.objects.get()
    assert response["Location"] == reverse("cycle_page", args=[cycle.public_id])
    assert cycle.cut_off == date(2022, 6, 30)
    assert MonitoringTable.objects.get().project == kept
    assert CycleScope.objects.get(exempt=True).reason == "Stopped by decision of the government"
    assert set(CycleWindow.objects.values_list("stage", flat=True)) == {
        "filling", "department", "section", "performance", "third_party",
    }  # fmt: skip
    assert Job.objects.filter(kind="recompute_cycle", key=str(cycle.pk)).exists()


def test_going_back_keeps_what_was_entered(client, city, period):
    make_project(city.road_unit)
    steer(client, city)
    everything = {**period, **TIERS, "exemptions": "nothing sensible", "back": "1"}
    page = client.post(NEW, {**everything, "step": "3"})
    assert (page.context["step"], page.status_code) == (2, 200)
    assert page.context["form"]["closes_filling"].value() == "2022-07-15"
    assert ("exemptions", "nothing sensible") in page.context["hidden"]
    assert client.post(NEW, {**everything, "step": "2"}).context["step"] == 1


@pytest.mark.parametrize(
    ("wrong", "step", "field"),
    [
        ({"year": "1999"}, 1, "year"),
        ({"year": "2030"}, 1, "year"),
        ({"month": "13"}, 1, "month"),
        ({"cut_off": "2021-06-30"}, 1, "cut_off"),
        ({"rule_book": "999999"}, 1, "rule_book"),
        ({"closes_filling": "2022-06-30"}, 2, "closes_filling"),
        ({"closes_department": "2022-07-02"}, 2, "closes_department"),
        ({"closes_section": "soon"}, 2, "closes_section"),
        ({"closes_performance": ""}, 2, "closes_performance"),
        ({"exemptions": "37078222T999999999999 no such project"}, 3, "exemptions"),
        ({"exemptions": "CODE"}, 3, "exemptions"),
        ({"exemptions": "CODE because\nCODE again"}, 3, "exemptions"),
    ],
)
def test_each_step_says_what_is_wrong_and_keeps_the_rest(client, city, period, wrong, step, field):
    project = make_project(city.road_unit)
    if "exemptions" in wrong:
        wrong = {"exemptions": wrong["exemptions"].replace("CODE", project.code)}
    steer(client, city)
    page = client.post(NEW, {**period, **TIERS, "exemptions": "", "step": "4", **wrong})
    assert (page.status_code, page.context["step"]) == (422, step)
    assert field in page.context["form"].errors
    assert Cycle.objects.count() == 0


def test_a_cycle_cannot_be_opened_twice(client, city, period, table):
    steer(client, city)
    page = client.post(NEW, {**period, **TIERS, "exemptions": "", "step": "4"})
    assert (page.status_code, page.context["step"]) == (422, 1)


def test_a_tier_left_out_needs_no_window(client, city, period):
    make_project(city.road_unit)
    steer(client, city)
    few = {
        name: text for name, text in TIERS.items() if "performance" not in name and "third_party" not in name
    }
    client.post(NEW, {**period, **few, "exemptions": "", "step": "4"})
    cycle = Cycle.objects.get()
    assert (cycle.performance_tier, cycle.third_party_tier, cycle.head_tier) == (False, False, False)
    assert cycle.windows.count() == 3


def test_suggested_windows_follow_the_working_days_of_the_book(book, monkeypatch):
    monkeypatch.setattr("foundation.clock.today", lambda: date(2022, 9, 26))
    windows = suggested_windows(book, date(2022, 6, 30))
    # Ten working days over the national holiday, whose weekends are worked.
    assert windows[Stage.FILLING] == (date(2022, 9, 26), date(2022, 10, 13))
    assert windows[Stage.DEPARTMENT][1] == date(2022, 10, 20)


def test_only_the_performance_section_opens_and_steers(client, city, table):
    cycle = table.cycle
    acts = ["cycle_include", "cycle_recompute", "cycle_raise", "cycle_close"]
    for name in ("clerk", "department", "section", "leader"):
        sign_in(client, city.people[name])
        assert client.get(NEW).status_code == 403, name
        for act in acts:
            assert client.post(reverse(act, args=[cycle.public_id])).status_code == 403, (name, act)
    for name in ("sysadmin", "secadmin", "auditadmin"):
        sign_in(client, city.people[name])
        assert client.get(reverse("cycle_page", args=[cycle.public_id])).status_code == 404, name
    assert Job.objects.count() == 0


def test_the_page_says_which_projects_are_missing_and_takes_them_in(client, city, table):
    late = make_project(city.school_unit, name="Came in May")
    steer(client, city)
    page = client.get(reverse("cycle_page", args=[table.cycle.public_id]))
    assert page.context["coverage"].missing == 1
    assert "Came in May" in page.content.decode()
    client.post(reverse("cycle_include", args=[table.cycle.public_id]))
    assert MonitoringTable.objects.filter(project=late).exists()
    page = client.get(reverse("cycle_page", args=[table.cycle.public_id]))
    assert page.context["coverage"].complete


def test_the_page_shows_each_reader_the_own_part(client, city):
    tables = [make_table(city.road_unit), make_table(city.bridge_unit), make_table(city.school_unit)]
    address = reverse("cycle_page", args=[tables[0].cycle.public_id])
    for name, count in (("performance", 3), ("leader", 3), ("section", 3), ("department", 2), ("clerk", 1)):
        sign_in(client, city.people[name])
        page = client.get(address)
        assert page.context["sums"]["tables"] == count, name
        assert ("coverage" in page.context) == (name in ("performance", "leader")), name


def test_long_work_is_owed_once_and_shown(client, city, table):
    steer(client, city)
    for act in ("cycle_recompute", "cycle_recompute", "cycle_raise"):
        client.post(reverse(act, args=[table.cycle.public_id]))
    assert sorted(Job.objects.values_list("kind", flat=True)) == ["raise_rectifications", "recompute_cycle"]
    page = client.get(reverse("cycle_page", args=[table.cycle.public_id]))
    assert [job.kind for job in page.context["jobs"]] == ["recompute_cycle", "raise_rectifications"]


def test_the_list_of_cycles_keeps_its_query_ceiling(client, city, django_assert_max_num_queries):
    make_table(city.road_unit)
    for month in (3, 9, 12):
        make_cycle(city.division, month=month)
    sign_in(client, city.department)
    with django_assert_max_num_queries(15):
        page = client.get(reverse("cycle_list"))
    assert len(page.context["rows"]) == 4


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_rule_book_reads_as_words(client, city, book, language):
    sign_in(client, city.clerk)
    headers = {"accept-language": language}
    assert client.get(reverse("rule_book_list"), headers=headers).status_code == 200
    page = client.get(reverse("rule_book_page", args=[book.pk]), headers=headers).content.decode()
    assert "60.00%" in page
    assert {"en": "Cells left blank", "zh-hans": "漏填"}[language] in page


def test_every_part_of_a_rule_book_has_its_section(book):
    shown = sections(books.rules_of(book))
    assert len({section.id for section in shown}) == len(shown)
    assert all(section.facts or section.tables for section in shown)
    checks = next(section for section in shown if section.id == "checks-in-force")
    assert len(checks.tables[0].rows) == 50
