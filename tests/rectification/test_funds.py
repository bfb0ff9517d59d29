"""Money moved because of a task never exceeds what is left, to the fen."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from foundation import audit, clock
from foundation.errors import BadInput, RuleError
from foundation.models import AuditEvent
from projects.choices import FundSource
from rectification import funds
from rectification.choices import FundActionKind, TaskState
from rectification.funds import Disposal
from rectification.models import FundAction, Task
from tests.rectification import steps
from tests.rectification.steps import fresh, walk


@pytest.fixture
def task(city):
    return walk(steps.raised(city.road_unit), city, to="acknowledged")


def disposal(amount="1.00", document_no="诸财预〔2022〕1号", **given):
    usual = {
        "kind": FundActionKind.RECOVER,
        "fund_source": FundSource.GENERAL,
        "executed_on": date(2022, 9, 15),
    }
    return Disposal(amount=Decimal(amount), document_no=document_no, **{**usual, **given})


def test_money_moved_is_kept_with_its_document_and_its_event(city, task):
    kept = funds.record_disposal(task, disposal("123456.78"), by=city.performance)
    assert (kept.amount, kept.cycle_id, kept.unit_id) == (Decimal("123456.78"), task.cycle_id, task.unit_id)
    assert funds.left_over(task, FundSource.GENERAL) == Decimal("776543.22")
    assert AuditEvent.objects.get(action="tasks.funds_recorded").after["amount"] == "123456.78"
    assert audit.verify().whole


@pytest.mark.parametrize(
    ("adjusted", "paid"),
    [("1000000.00", "100000.01"), ("10000000000000.00", "0.01"), ("9999999999999.99", "1234567890123.45")],
)
def test_what_is_left_may_go_and_not_a_fen_more(city, adjusted, paid):
    task = steps.raised(city.road_unit, initial=adjusted, paid=paid)
    task = walk(task, city, to="acknowledged")
    left = Decimal(adjusted) - Decimal(paid)
    fen = Decimal("0.01")
    with pytest.raises(RuleError) as refusal:
        funds.record_disposal(task, disposal(str(left + fen)), by=city.performance)
    assert refusal.value.code == "more_than_left"
    assert refusal.value.params["left"] == f"{left:,.2f}"
    assert not FundAction.objects.exists()
    funds.record_disposal(task, disposal(str(left - fen)), by=city.performance)
    assert funds.left_over(task, FundSource.GENERAL) == fen
    with pytest.raises(RuleError):
        funds.record_disposal(task, disposal("0.02", "2号"), by=city.performance)
    funds.record_disposal(task, disposal("0.01", "2号"), by=city.performance)
    assert funds.left_over(task, FundSource.GENERAL) == 0


def test_what_another_task_of_the_project_moved_is_no_longer_left(city):
    task = steps.raised(city.road_unit)
    other = second_task(task)
    for each in (task, other):
        Task.objects.filter(pk=each.pk).update(state=TaskState.ACKNOWLEDGED)
    funds.record_disposal(fresh(task), disposal("900000.00"), by=city.performance)
    with pytest.raises(RuleError) as refusal:
        funds.record_disposal(fresh(other), disposal("0.01", "2号"), by=city.performance)
    assert refusal.value.code == "more_than_left"


def second_task(task):
    """Another problem of the same project and cycle."""
    finding = task.finding
    finding.pk, finding.public_id, finding.problem = None, "another-find", "P13"
    finding.save(force_insert=True)
    other = fresh(task)
    other.pk, other.public_id, other.problem, other.finding = None, "another-task", "P13", finding
    other.save(force_insert=True)
    return other


@pytest.mark.parametrize("source", [FundSource.OWN, "lottery", ""])
def test_of_a_source_that_the_project_does_not_have_nothing_is_left(city, task, source):
    with pytest.raises(RuleError) as refusal:
        funds.record_disposal(task, disposal("0.01", fund_source=source), by=city.performance)
    assert refusal.value.code == "more_than_left"


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"document_no": "  "}, "document_no"),
        ({"kind": "burn"}, "kind"),
        ({"executed_on": None}, "executed_on"),
        ({"executed_on": "tomorrow"}, "executed_on"),
    ],
)
def test_what_is_incomplete_is_named_by_its_field(city, task, given, where):
    if given.get("executed_on") == "tomorrow":
        given = {"executed_on": clock.today() + timedelta(days=1)}
    with pytest.raises(BadInput) as refusal:
        funds.record_disposal(task, disposal(**given), by=city.performance)
    assert [fault.where for fault in refusal.value.faults] == [where]


def test_the_same_document_is_recorded_once(city, task):
    funds.record_disposal(task, disposal(), by=city.performance)
    with pytest.raises(RuleError) as refusal:
        funds.record_disposal(task, disposal(document_no=" 诸财预〔2022〕1号 "), by=city.performance)
    assert refusal.value.code == "recorded_already"
    funds.record_disposal(task, disposal(kind=FundActionKind.CUT), by=city.performance)


@pytest.mark.parametrize("state", [TaskState.ISSUED, TaskState.CLOSED])
def test_nothing_is_recorded_before_the_unit_signed_or_after_the_task_was_closed(city, task, state):
    Task.objects.filter(pk=task.pk).update(
        state=state, closed_at=clock.now() if state == TaskState.CLOSED else None
    )
    with pytest.raises(RuleError) as refusal:
        funds.record_disposal(fresh(task), disposal(), by=city.performance)
    assert refusal.value.code == {"issued": "too_early", "closed": "wrong_state"}[state]


def test_only_the_bureau_records(city, task):
    for name, person in city.people.items():
        if name in ("performance", "performance2", "section"):
            continue
        with pytest.raises(PermissionDenied):
            funds.record_disposal(task, disposal(), by=person)
    assert not FundAction.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_tasks_of_one_project_do_not_give_away_the_same_money_twice(city):
    task = steps.raised(city.road_unit)
    other = second_task(task)
    Task.objects.update(state=TaskState.ACKNOWLEDGED)
    found = steps.at_once(
        *(
            lambda each=each, number=number: funds.record_disposal(
                fresh(each), disposal("600000.00", f"{number}号"), by=city.performance
            )
            for number, each in enumerate((task, other, task, other))
        )
    )
    assert sorted(type(each).__name__ for each in found) == ["FundAction"] + ["RuleError"] * 3
    assert funds.left_over(task, FundSource.GENERAL) == Decimal("300000.00")
