"""A task on its way: signed for, answered with evidence, reviewed, accepted; and what is refused on the way."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from foundation import audit, clock
from foundation.errors import BadInput, RuleError, StalePage
from foundation.models import AuditEvent
from organisation.appointments import appoint
from organisation.models import Notification, User
from organisation.roles import Role
from rectification import handling
from rectification.choices import AcceptanceResult, ReplyState, TaskState
from rectification.models import Acceptance, Reply, Task
from tests.rectification import steps
from tests.rectification.steps import answer, fresh, proof, walk


@pytest.fixture
def task(city):
    return steps.raised(city.road_unit)


def test_a_task_walks_from_issued_to_closed_and_every_step_is_kept(city, task):
    task = walk(task, city, to="closed")
    assert (task.state, task.closed_at is not None) == (TaskState.CLOSED, True)
    assert list(task.steps.values_list("from_state", "to_state")) == [
        ("", "issued"),
        ("issued", "acknowledged"),
        ("acknowledged", "department"),
        ("department", "bureau"),
        ("bureau", "closed"),
    ]
    assert list(task.steps.values_list("actor__username", flat=True)) == [
        None, "clerk", "clerk", "department", "performance",
    ]  # fmt: skip
    events = AuditEvent.objects.filter(action__startswith="tasks.").order_by("sequence")
    assert [event.action for event in events] == [
        "tasks.raised", "tasks.acknowledged", "tasks.replied", "tasks.passed_on", "tasks.accepted",
    ]  # fmt: skip
    assert (events[1].before, events[1].after) == ({"state": "issued"}, {"state": "acknowledged"})
    assert audit.verify().whole
    assert task.replies.get().acceptance.result == AcceptanceResult.PASSED


def test_a_unit_may_answer_without_having_signed(city, task):
    handling.reply(task, answer(), by=city.clerk, version=task.version)
    assert fresh(task).state == TaskState.DEPARTMENT


def test_those_whose_turn_it_is_are_told(city, task):
    walk(task, city, to="closed")
    told = {kind: set() for kind in ("task_replied", "task_at_bureau", "task_closed")}
    for news in Notification.objects.filter(kind__in=told).select_related("recipient"):
        told[news.kind].add(news.recipient.username)
    assert told == {
        "task_replied": {"department"},
        "task_at_bureau": {"performance", "performance2"},
        "task_closed": {"clerk"},
    }


def test_a_reply_sent_back_is_answered_again_and_both_are_kept(city, task):
    task = walk(task, city, to="department")
    handling.send_back(task, by=city.department, version=task.version, text="Say until when.")
    task = fresh(task)
    assert task.state == TaskState.RETURNED
    assert Notification.objects.get(kind="task_sent_back").params["text"] == "Say until when."
    handling.reply(task, answer(files=[proof("again.pdf")]), by=city.clerk, version=task.version)
    assert Reply.objects.filter(task=task).count() == 2


@pytest.mark.parametrize("result", [AcceptanceResult.PARTLY, AcceptanceResult.FAILED])
def test_what_is_not_wholly_passed_goes_back_with_a_reason(city, task, result):
    task = walk(task, city, to="bureau")
    with pytest.raises(BadInput):
        handling.accept(task, by=city.performance, version=task.version, result=result, text=" ")
    assert not Acceptance.objects.exists()
    handling.accept(task, by=city.performance, version=task.version, result=result, text="Half is missing.")
    task = fresh(task)
    assert (task.state, task.closed_at) == (TaskState.RETURNED, None)
    handling.reply(task, answer(files=[proof("b.pdf")]), by=city.clerk, version=task.version)
    task = fresh(task)
    handling.pass_on(task, by=city.department, version=task.version)
    task = fresh(task)
    handling.accept(task, by=city.people["section"], version=task.version, result=AcceptanceResult.PASSED)
    assert fresh(task).state == TaskState.CLOSED
    assert Acceptance.objects.count() == 2


def test_a_task_is_not_closed_without_evidence(city, task):
    task = walk(task, city, to="bureau", files=())
    with pytest.raises(RuleError) as refusal:
        handling.accept(task, by=city.performance, version=task.version, result=AcceptanceResult.PASSED)
    assert refusal.value.code == "no_evidence"
    assert fresh(task).state == TaskState.BUREAU
    assert not Acceptance.objects.exists()


def test_an_older_reply_is_no_evidence_for_the_last(city, task):
    task = walk(task, city, to="department")
    handling.send_back(task, by=city.department, version=task.version, text="Say until when.")
    task = fresh(task)
    handling.reply(task, answer(), by=city.clerk, version=task.version)
    task = fresh(task)
    handling.pass_on(task, by=city.department, version=task.version)
    task = fresh(task)
    with pytest.raises(RuleError) as refusal:
        handling.accept(task, by=city.performance, version=task.version, result=AcceptanceResult.PASSED)
    assert refusal.value.code == "no_evidence"


def everywhere(user, city):
    """The same person as clerk, reviewer and bureau."""
    for role, node in ((Role.DEPARTMENT, city.roads), (Role.SECTION, city.section)):
        appoint(user, role, node, by=None, starts_on=clock.today() - timedelta(days=1))
    return User.objects.get(pk=user.pk)


def test_nobody_judges_a_reply_of_their_own_whatever_roles_they_hold(city, task):
    both = everywhere(city.clerk, city)
    task = walk(task, city, to="department")
    for act in (
        lambda: handling.pass_on(task, by=both, version=task.version),
        lambda: handling.send_back(task, by=both, version=task.version, text="Myself."),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert fresh(task).state == TaskState.DEPARTMENT
    handling.pass_on(task, by=city.department, version=task.version)
    task = fresh(task)
    with pytest.raises(PermissionDenied):
        handling.accept(task, by=both, version=task.version, result=AcceptanceResult.PASSED)
    assert fresh(task).state == TaskState.BUREAU


def test_a_stale_page_is_refused_with_who_did_what(city, task):
    walk(task, city, to="department")
    with pytest.raises(StalePage) as refusal:
        handling.reply(task, answer(), by=city.clerk, version=task.version)
    assert refusal.value.code == "stale"
    assert str(refusal.value.params["who"]) == "clerk"
    assert Reply.objects.count() == 1


def test_a_second_click_finds_the_task_elsewhere(city, task):
    task = walk(task, city, to="bureau")
    with pytest.raises(RuleError) as refusal:
        handling.pass_on(task, by=city.department, version=task.version)
    assert refusal.value.code == "wrong_state"


ACTS = {
    "acknowledge": ("issued", {"clerk"}),
    "reply": ("acknowledged", {"clerk"}),
    "pass_on": ("department", {"department"}),
    "send_back": ("department", {"department"}),
    "send_back at the bureau": ("bureau", {"performance", "performance2", "section"}),
    "accept": ("bureau", {"performance", "performance2", "section"}),
}


@pytest.mark.parametrize("act", ACTS)
def test_each_act_is_open_to_those_whose_it_is_and_to_nobody_else(city, task, act):
    state, allowed = ACTS[act]
    task = task if state == "issued" else walk(task, city, to=state)
    for name, person in city.people.items():
        if name in allowed:
            continue
        with pytest.raises(PermissionDenied):
            perform(act, task, person)
    assert fresh(task).version == task.version
    perform(act, task, city.people[sorted(allowed)[0]])
    assert fresh(task).version == task.version + 1


def perform(act, task, by):
    version = task.version
    match act.split(" ")[0]:
        case "acknowledge":
            handling.acknowledge(task, by=by, version=version)
        case "reply":
            handling.reply(task, answer(), by=by, version=version)
        case "pass_on":
            handling.pass_on(task, by=by, version=version)
        case "send_back":
            handling.send_back(task, by=by, version=version, text="More, please.")
        case "accept":
            handling.accept(task, by=by, version=version, result=AcceptanceResult.PASSED)


def test_who_may_is_asked_of_the_task_as_it_stands_not_as_it_was_read(city, task):
    old = walk(task, city, to="department")
    walk_on = fresh(old)
    handling.pass_on(walk_on, by=city.people["department"], version=walk_on.version)
    with pytest.raises(PermissionDenied):
        handling.send_back(old, by=city.department, version=fresh(old).version, text="Too late.")
    assert fresh(old).state == TaskState.BUREAU


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"measures": " too few "}, "measures"),
        ({"done_on": None}, "done_on"),
        ({"done_on": "tomorrow"}, "done_on"),
        ({"state": "perhaps"}, "state"),
        ({"amount": Decimal("-0.01")}, "amount"),
    ],
)
def test_a_reply_that_says_nothing_is_refused_by_its_field(city, task, given, where):
    if given.get("done_on") == "tomorrow":
        given = {"done_on": clock.today() + timedelta(days=1)}
    with pytest.raises(BadInput) as refusal:
        handling.reply(task, answer(**given), by=city.clerk, version=task.version)
    assert [fault.where for fault in refusal.value.faults] == [where]
    assert not Reply.objects.exists()
    assert fresh(task).version == task.version


def test_a_reply_under_way_needs_no_day(city, task):
    kept = handling.reply(
        task, answer(state=ReplyState.UNDER_WAY, done_on=None), by=city.clerk, version=task.version
    )
    assert kept.done_on is None


def test_an_amount_that_cannot_be_is_refused_at_acceptance(city, task):
    task = walk(task, city, to="bureau")
    with pytest.raises(BadInput) as refusal:
        handling.accept(
            task,
            by=city.performance,
            version=task.version,
            result=AcceptanceResult.PASSED,
            verified_amount=Decimal("-1"),
        )
    assert [fault.where for fault in refusal.value.faults] == ["verified_amount"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_the_same_moment_one_wins(city):
    task = walk(steps.raised(city.road_unit), city, to="department")
    found = steps.at_once(
        lambda: handling.pass_on(fresh(task), by=city.department, version=task.version),
        lambda: handling.send_back(fresh(task), by=city.department, version=task.version, text="More."),
        lambda: handling.pass_on(fresh(task), by=city.department, version=task.version),
    )
    assert sorted(type(each).__name__ for each in found) == ["StalePage", "StalePage", "Task"]
    assert task.steps.count() == 4
    assert fresh(task).version == task.version + 1


def test_waiting_for_names_the_tasks_whose_next_act_is_the_persons(city, task):
    expected = {"issued": {"clerk"}, "department": {"department"}, "closed": set(),
                "bureau": {"section", "performance", "performance2"}}  # fmt: skip
    for state, people in expected.items():
        Task.objects.filter(pk=task.pk).update(
            state=state, closed_at=clock.now() if state == "closed" else None
        )
        waiting = {name for name, user in city.people.items() if Task.objects.waiting_for(user).exists()}
        assert waiting == people
