"""Jobs: seen by whoever asked and whoever looks after the division, and stopped by them."""

import pytest
from django.urls import reverse

from foundation import jobs
from foundation.errors import BadInput, Fault
from foundation.models import Job, JobState
from organisation.models import Division
from organisation.roles import Role
from tests import factories
from tests.conftest import sign_in

KIND = "test_of_job_pages"


@jobs.job_kind(KIND, title="A job of tests")
def _work(run):
    if run.payload.get("wrong"):
        raise BadInput([Fault("预算项目!B7", "No number."), Fault("", "<script>")])
    return {"done": 1}


@pytest.fixture
def job(city):
    return make_job(city)


def make_job(city, key="1", **payload):
    return jobs.enqueue(KIND, key=key, payload=payload, actor=city.clerk, division_id=city.division.pk)


def test_doors_of_a_job(client, city, job):
    seen = {"clerk", "performance", "performance2", "sysadmin"}
    for name, person in city.people.items():
        if name == "former":
            continue
        sign_in(client, person)
        expected = 200 if name in seen else 404
        assert client.get(reverse("job_page", args=[job.public_id])).status_code == expected, name
        assert client.get(reverse("job_progress", args=[job.public_id])).status_code == expected, name
        assert (job in client.get(reverse("job_list")).context["jobs"]) == (name in seen), name
        if name not in seen:
            assert client.post(reverse("job_cancel", args=[job.public_id])).status_code == 404, name
    job.refresh_from_db()
    assert job.state == JobState.QUEUED


def test_another_bureau_does_not_see_it(client, city, job):
    division = Division.objects.create(code="370783", name="寿光市", is_bureau=True)
    sign_in(client, factories.make_person("stranger", Role.PERFORMANCE, division))
    assert client.get(reverse("job_page", args=[job.public_id])).status_code == 404
    assert not client.get(reverse("job_list")).context["jobs"]


def test_a_live_job_asks_for_itself_and_an_ended_one_does_not(client, city, job):
    sign_in(client, city.clerk)
    address = reverse("job_page", args=[job.public_id])
    assert "every 1s" in client.get(address).content.decode()
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "A job of tests" in client.get(reverse("job_list")).content.decode()
    jobs.run_until_idle()
    assert "every 1s" not in client.get(address).content.decode()
    assert "every 1s" not in client.get(reverse("job_progress", args=[job.public_id])).content.decode()


def test_a_running_job_shows_how_far_it_is(client, city, job):
    run = jobs.claim(job.pk)
    Job.objects.filter(pk=run.job.pk).update(
        progress_done=30, progress_total=60, progress_note="市交通运输局"
    )
    sign_in(client, city.clerk)
    page = client.get(reverse("job_page", args=[job.public_id])).content.decode()
    assert 'value="30" max="60"' in page
    assert "市交通运输局" in page
    client.post(reverse("job_cancel", args=[job.public_id]))
    run.job.refresh_from_db()
    assert run.job.cancel_requested
    assert run.job.state == JobState.RUNNING


def test_a_waiting_job_is_cancelled_at_once_and_an_ended_one_left_alone(client, city, job):
    sign_in(client, city.clerk)
    assert client.get(reverse("job_cancel", args=[job.public_id])).status_code == 405
    client.post(reverse("job_cancel", args=[job.public_id]))
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    other = make_job(city, key="2")
    jobs.run_until_idle()
    client.post(reverse("job_cancel", args=[other.public_id]))
    other.refresh_from_db()
    assert other.state == JobState.DONE


def test_a_failed_job_says_every_place(client, city):
    job = make_job(city, wrong=True)
    jobs.run_until_idle()
    page = sign_in(client, city.clerk).get(reverse("job_page", args=[job.public_id]))
    assert len(page.context["faults"]) == 2
    assert "预算项目!B7" in page.content.decode()
    assert "<script>No" not in page.content.decode()
    assert "&lt;script&gt;" in page.content.decode()


def test_the_list_is_filtered_and_costs_the_same_however_long(client, city, django_assert_max_num_queries):
    sign_in(client, city.performance)
    client.get("/")
    for size in (2, 60):
        for number in range(size):
            make_job(city, key=f"{size}-{number}")
        with django_assert_max_num_queries(9):
            page = client.get(reverse("job_list"))
    assert len(page.context["jobs"]) == 50
    following = client.get(reverse("job_list"), {"after": page.context["page"].following})
    assert len(following.context["jobs"]) == 12
    assert not client.get(reverse("job_list"), {"state": "failed"}).context["jobs"]
    assert not client.get(reverse("job_list"), {"mine": "1"}).context["jobs"]
