"""My work: what waits, what is late, what came back with the reviewer's words; each one click from where it is done."""

from datetime import timedelta

import pytest
from django.urls import reverse

from foundation import clock, jobs
from foundation.jobs import enqueue
from foundation.models import Job, JobState
from monitoring.models import CycleWindow
from monitoring.stages import Stage
from organisation.models import Appointment
from organisation.notifications import notify, register
from rectification.raising import raise_tasks
from tests import factories
from tests.conftest import sign_in
from tests.dashboards import cases
from tests.reviews import steps

register("test.told", "Hello %(name)s")


@pytest.fixture
def returned(city):
    """A table of the road unit that the department has sent back."""
    return cases.returned(city.road_unit, city.clerk, city.department, "The figure of K001 has no source.")


@pytest.fixture
def submitted(city):
    return steps.submit(steps.ready(city.road_unit, city.clerk), city.clerk)


def work(client, person):
    answer = sign_in(client, person).get(reverse("my_work"))
    assert answer.status_code == 200
    return answer.context["work"], answer.content.decode()


def test_whoever_is_not_signed_in_is_led_to_the_door(client):
    assert client.get("/")["Location"] == f"{reverse('sign_in')}?next=/"


def test_everybody_lands_on_my_work_even_with_nothing_to_do(client, city):
    for name, person in city.people.items():
        if name in ("former", "sysadmin", "secadmin", "auditadmin"):
            continue
        found, page = work(client, person)
        assert found.nothing, name
        assert 'class="empty"' in page, name


def test_a_clerk_sees_tables_to_fill_with_a_link_to_each(client, city, table):
    found, page = work(client, city.clerk)
    (pile,) = found.piles
    assert (pile.stage, pile.count, pile.late) == (Stage.FILLING, 1, False)
    assert reverse("table_page", args=[table.public_id]) in page
    assert client.get(pile.href).context["tables"] == [table]
    assert work(client, city.clerk2)[0].nothing
    assert work(client, city.head)[0].nothing


def test_what_came_back_shows_the_reviewers_words(client, city, returned):
    found, page = work(client, city.clerk)
    (decision,) = found.came_back
    assert "The figure of K001 has no source." in page
    assert "R01" in page
    assert reverse("table_page", args=[returned.public_id]) in page
    assert [pile.stage for pile in found.piles] == [Stage.RETURNED]
    assert str(decision.actor) == "department"
    assert not work(client, city.clerk2)[0].came_back


def test_what_was_answered_no_longer_came_back(client, city, returned):
    steps.submit(returned, city.clerk)
    assert work(client, city.clerk)[0].nothing
    found, _page = work(client, city.department)
    assert not found.came_back
    assert [pile.stage for pile in found.piles] == [Stage.DEPARTMENT]


def test_a_reviewer_sees_what_waits_at_their_tier_only(client, city, submitted):
    found, page = work(client, city.department)
    assert [(pile.stage, pile.count) for pile in found.piles] == [(Stage.DEPARTMENT, 1)]
    assert reverse("review_page", args=[submitted.public_id]) in page
    for name in ("department2", "section", "performance", "leader", "auditor", "sysadmin"):
        assert not work(client, city.people[name])[0].piles, name


def test_what_is_late_is_said(client, city, table):
    past = clock.now() - timedelta(days=3)
    CycleWindow.objects.filter(stage=Stage.FILLING).update(opens_at=past - timedelta(days=9), closes_at=past)
    found, page = work(client, city.clerk)
    assert found.late == 1
    assert "tag-late" in page
    behind, _page = work(client, city.department)
    assert behind.behind[0]["late"]
    assert behind.behind[0]["count"] == 1


def test_a_closed_cycle_waits_for_nobody(client, city, table):
    table.cycle.state = "closed"
    table.cycle.save(update_fields=["state"])
    assert work(client, city.clerk)[0].nothing


def test_tasks_wait_for_whoever_acts_next(client, city):
    table = cases.behind(city.road_unit, city.clerk)
    raised = raise_tasks(table.cycle)
    assert raised
    found, page = work(client, city.clerk)
    assert found.tasks_total == raised
    assert reverse("task_page", args=[found.tasks[0].public_id]) in page
    assert found.tasks_late == 0
    type(found.tasks[0]).objects.update(reply_due_at=clock.now())
    assert work(client, city.clerk)[0].tasks_late == raised
    assert not work(client, city.clerk2)[0].tasks


def test_unread_news_and_running_jobs_stand_beside(client, city):
    notify([city.clerk], "test.told", key="1", name="<b>Zhang</b>")
    jobs.job_kind("test_of_my_work")(lambda run: None)
    enqueue("test_of_my_work", key="1", payload={}, actor=city.clerk, title="A long job")
    found, page = work(client, city.clerk)
    assert "Hello &lt;b&gt;Zhang&lt;/b&gt;" in page
    assert ["A long job" in job.title for job in found.jobs] == [True]
    assert not work(client, city.clerk2)[0].jobs


def test_my_work_costs_the_same_however_much_waits(client, city, django_assert_max_num_queries):
    sizes = {}
    for size in (1, 6):
        for _number in range(size):
            table = cases.behind(city.road_unit, city.clerk)
            factories.make_table(city.road_unit)
            steps.decide(
                steps.submit(steps.ready(city.bridge_unit, city.clerk2), city.clerk2),
                city.department,
                "return",
            )
        raise_tasks(table.cycle)
        for name, person in city.people.items():
            sign_in(client, person)
            client.get("/")
            with django_assert_max_num_queries(15) as counted:
                client.get("/")
            sizes.setdefault(name, []).append(len(counted))
    assert all(few == many for few, many in sizes.values()), sizes


def lines(client, person):
    return {line.href: line for line in work(client, person)[0].lines}


def test_administrators_see_what_they_should_look_at_and_only_theirs(client, city):
    factories.make_person("newcomer", division=city.division)
    Appointment.objects.filter(user=city.head).update(ends_on=clock.today() + timedelta(days=10))
    jobs.job_kind("test_of_failure")(lambda run: run.payload["missing"])
    job = enqueue("test_of_failure", key="1", payload={}, actor=city.clerk, division_id=city.division.pk)
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED)
    (failed,) = lines(client, city.sysadmin).values()
    assert failed.count == len(client.get(failed.href).context["jobs"]) == 1
    found = lines(client, city.secadmin)
    assert len(found) == 2
    for href, line in found.items():
        assert line.count == len(client.get(href).context["people"]) == 1, href
    (trail,) = lines(client, city.auditadmin).values()
    assert trail.urgent
    client.post(reverse("audit_verify"))
    jobs.run_until_idle()
    (trail,) = lines(client, city.auditadmin).values()
    assert not trail.urgent
    assert not lines(client, city.performance)
