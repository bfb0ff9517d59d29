"""The pages of rectification: who comes in, what they show, what they refuse, what they keep."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from foundation import clock
from rectification import funds, handling
from rectification.choices import TaskState
from rectification.models import FundAction, Reply, ReplyEvidence, Task
from tests.conftest import sign_in
from tests.rectification import steps
from tests.rectification.steps import PDF, fresh, walk
from tests.rectification.test_funds import disposal

ENGLISH = {"accept-language": "en"}
SEE = {"clerk", "head", "department", "section", "performance", "performance2", "leader"}


@pytest.fixture
def task(city):
    return steps.raised(city.road_unit)


def address(name, task):
    return reverse(name, args=[task.public_id])


def post(client, name, task, **given):
    return client.post(address(name, task), given, headers=ENGLISH)


def text_of(response):
    return response.content.decode()


def reply_given(task, **given):
    usual = {
        "version": task.version,
        "state": "done",
        "measures": "The contractor was summoned and a plan agreed upon.",
        "done_on": "2022-08-01",
        "amount": "",
        "responsible": "Zhang San",
        "file": SimpleUploadedFile("proof.pdf", PDF),
    }
    return {**usual, **given}


def test_who_sees_a_task_sees_it_in_the_list_and_nobody_else_either_way(client, city, task):
    for name, person in city.people.items():
        if name == "former":
            continue
        sign_in(client, person)
        listed = task.public_id in text_of(client.get(reverse("task_list")))
        assert listed is (name in SEE), name
        assert client.get(address("task_page", task)).status_code == (200 if name in SEE else 404), name


def test_a_stranger_is_sent_to_sign_in(client, task):
    for page in (reverse("task_list"), address("task_page", task)):
        assert client.get(page).status_code == 302


POSTS = {
    "task_acknowledge": {"clerk": 302, "head": 403, "department": 403, "leader": 403, "clerk2": 404},
    "task_reply": {"clerk": 302, "head": 403, "department": 403, "performance": 403, "clerk3": 404},
    "task_pass_on": {"clerk": 403, "department": 302, "department2": 404, "performance": 403},
    "task_send_back": {"clerk": 403, "department": 302, "leader": 403, "auditor": 404},
    "task_accept": {"clerk": 403, "department": 403, "performance": 302, "leader": 403, "sysadmin": 404},
    "task_funds": {"clerk": 403, "department": 403, "section": 302, "leader": 403, "department2": 404},
}  # fmt: skip
BEFORE = {
    "task_acknowledge": None,
    "task_reply": "acknowledged",
    "task_pass_on": "department",
    "task_send_back": "department",
    "task_accept": "bureau",
    "task_funds": "bureau",
}


def given_for(name, task):
    return {
        "task_acknowledge": {"version": task.version},
        "task_reply": reply_given(task),
        "task_pass_on": {"version": task.version, "text": "Agreed."},
        "task_send_back": {"version": task.version, "text": "Until when?"},
        "task_accept": {
            "version": task.version,
            "result": "passed",
            "text": "",
            "verified_amount": "1,000.00",
        },
        "task_funds": {
            "kind": "recover",
            "fund_source": "general",
            "amount": "12.34",
            "document_no": "1",
            "executed_on": "2022-09-15",
        },
    }[name]


@pytest.mark.parametrize("name", POSTS)
def test_an_act_is_open_to_those_whose_it_is(client, city, task, name):
    if BEFORE[name]:
        task = walk(task, city, to=BEFORE[name])
    for person, status in sorted(POSTS[name].items(), key=lambda each: -each[1]):
        sign_in(client, city.people[person])
        assert client.get(address(name, task)).status_code == 405
        assert post(client, name, task, **given_for(name, task)).status_code == status, person
        if status != 302:
            assert fresh(task).version == task.version


def test_what_was_typed_stands_beside_what_is_wrong(client, city, task):
    sign_in(client, city.clerk)
    typed = reply_given(task, measures="Too short", done_on="", amount="minus five", responsible="Li Si")
    answered = post(client, "task_reply", task, **typed)
    page = text_of(answered)
    assert answered.status_code == 422
    for text in ("Too short", "minus five", "Li Si", "Type a number such as"):
        assert text in page
    typed = reply_given(task, measures="Too short", done_on="", responsible="Li Si")
    page = text_of(post(client, "task_reply", task, **typed))
    assert "Say what was done, in ten characters at least." in page
    assert "Say on which day it was done." in page
    assert "Too short" in page
    assert not Reply.objects.exists()


@pytest.mark.parametrize(
    "amount", ["99999999999999.99", "10000000000000.01", "-1", "1e5", "NaN", "0.001", "9" * 400]
)
def test_amounts_that_cannot_be_are_refused_with_a_message(client, city, task, amount):
    sign_in(client, city.clerk)
    assert post(client, "task_reply", task, **reply_given(task, amount=amount)).status_code == 422
    task = walk(task, city, to="bureau")
    sign_in(client, city.performance)
    for name, field in (("task_accept", "verified_amount"), ("task_funds", "amount")):
        given = {**given_for(name, task), field: amount}
        assert post(client, name, task, **given).status_code == 422
    assert not FundAction.objects.exists()


def test_the_largest_amount_is_kept_to_the_fen(client, city, task):
    sign_in(client, city.clerk)
    post(client, "task_reply", task, **reply_given(task, amount="9,999,999,999,999.99"))
    assert str(Reply.objects.get().amount) == "9999999999999.99"


@pytest.mark.parametrize(
    ("name", "content"), [("proof.exe", b"MZ"), ("proof.pdf", b"<html>"), ("proof.pdf", b"")]
)
def test_a_file_that_is_no_proof_is_refused_and_nothing_is_kept(client, city, task, name, content):
    sign_in(client, city.clerk)
    answered = post(client, "task_reply", task, **reply_given(task, file=SimpleUploadedFile(name, content)))
    assert answered.status_code == 422
    assert "The contractor was summoned" in text_of(answered)
    assert not Reply.objects.exists()


def test_proof_is_downloaded_by_those_who_see_the_task_and_never_shown_in_place(client, city, task):
    task = walk(task, city, to="department")
    file = ReplyEvidence.objects.get()
    page = reverse("reply_file", args=[file.public_id])
    for name in ("clerk", "leader"):
        sign_in(client, city.people[name])
        answered = client.get(page)
        assert answered.status_code == 200
        assert answered["Content-Disposition"].startswith("attachment")
        assert b"".join(answered.streaming_content).startswith(b"%PDF-")
    for name in ("clerk3", "auditor", "sysadmin"):
        sign_in(client, city.people[name])
        assert client.get(page).status_code == 404


def test_a_stale_page_and_a_second_click_are_told_apart_from_a_fault(client, city, task):
    sign_in(client, city.clerk)
    assert post(client, "task_acknowledge", task, version=task.version).status_code == 302
    second = post(client, "task_acknowledge", task, version=task.version)
    assert second.status_code == 409
    assert "clerk acted on this task meanwhile" in text_of(second)
    assert post(client, "task_acknowledge", task, version="x").status_code == 422
    assert fresh(task).state == TaskState.ACKNOWLEDGED


def test_more_than_is_left_is_told_with_what_is_left(client, city, task):
    task = walk(task, city, to="bureau")
    sign_in(client, city.performance)
    given = {**given_for("task_funds", task), "amount": "900000.01"}
    answered = post(client, "task_funds", task, **given)
    assert answered.status_code == 409
    assert "Only 900,000.00 yuan are left" in text_of(answered)


def test_the_page_says_what_was_found_done_and_moved(client, city, task):
    task = walk(task, city, to="bureau")
    funds.record_disposal(task, disposal("123456.78"), by=city.performance)
    handling.accept(task, by=city.performance, version=task.version, result="passed")
    sign_in(client, city.leader)
    page = text_of(client.get(address("task_page", task), headers=ENGLISH))
    for text in (
        task.project.name,
        task.project.code,
        "10.00",
        "123,456.78",
        "proof.pdf",
        "Agreed.",
        "clerk",
    ):
        assert text in page, text
    assert "Jan–Jun 2022" in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]


def test_an_overdue_task_says_so_and_the_filter_finds_it(client, city, task):
    other = steps.raised(city.school_unit)
    Task.objects.filter(pk=task.pk).update(reply_due_at=clock.now() - timedelta(minutes=1))
    sign_in(client, city.performance)
    assert "Overdue" in text_of(client.get(address("task_page", task), headers=ENGLISH))
    found = text_of(client.get(reverse("task_list"), {"late": "1"}))
    assert task.public_id in found
    assert other.public_id not in found


def test_filters_narrow_the_list_and_nonsense_in_the_address_does_no_harm(client, city, task):
    other = steps.raised(city.school_unit, paid="0")
    sign_in(client, city.performance)

    def listed(**query):
        page = client.get(reverse("task_list"), query)
        assert page.status_code == 200
        return {each for each in (task.public_id, other.public_id) if each in text_of(page)}

    assert listed(problem="P12") == {other.public_id}
    assert listed(department=city.roads.code) == {task.public_id}
    assert listed(state="closed") == set()
    assert listed(state="open") == listed(cycle=task.cycle.public_id) == {task.public_id, other.public_id}
    assert listed(q=task.project.code) == {task.public_id}
    assert listed(mine="1") == set()
    for query in (
        {"state": "x"},
        {"after": "x"},
        {"problem": "' OR 1=1"},
        {"q": "%_\\"},
        {"cycle": "\0"},
        {"department": "\0"},
        {"after": "\0"},
    ):
        # PostgreSQL keeps no NUL and says so: 422.
        assert client.get(reverse("task_list"), query).status_code in (200, 422)


def test_the_list_is_paged_by_what_was_seen_last_and_costs_the_same_on_every_page(
    client, city, django_assert_max_num_queries
):
    for _ in range(53):
        table = steps.submitted(city.road_unit)
    steps.raise_tasks(table.cycle)
    sign_in(client, city.performance)
    with django_assert_max_num_queries(15):
        first = text_of(client.get(reverse("task_list")))
    newest = Task.objects.order_by("-id")
    last_on_page = newest[49].public_id
    assert last_on_page in first
    assert newest[50].public_id not in first
    with django_assert_max_num_queries(15):
        second = text_of(client.get(reverse("task_list"), {"after": last_on_page}))
    assert newest[52].public_id in second
    assert newest[48].public_id not in second


def test_a_task_page_costs_the_same_however_long_its_story(client, city, task, django_assert_max_num_queries):
    task = walk(task, city, to="bureau")
    sign_in(client, city.performance)
    with django_assert_max_num_queries(26):
        assert client.get(address("task_page", task)).status_code == 200
    for number in range(12):
        funds.record_disposal(task, disposal("1.00", f"{number}号"), by=city.performance)
    with django_assert_max_num_queries(26):
        assert client.get(address("task_page", task)).status_code == 200
