"""Tasks are raised by rule: once for each project, cycle and problem, however often the job runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from foundation import audit, clock, jobs
from foundation.models import AuditEvent, Job
from monitoring.models import MonitoringTable, TableFigures
from monitoring.stages import EDITABLE_STAGES, Stage
from organisation.models import Notification
from rectification.choices import TaskAction, TaskState
from rectification.models import Finding, Task, TaskStep
from rectification.raising import raise_tasks
from tests import factories
from tests.rectification import steps


def problems_of(table):
    return sorted(Task.objects.filter(project=table.project).values_list("problem", flat=True))


@pytest.mark.parametrize(
    ("paid", "problems"),
    [
        ("0.00", ["P12"]),
        ("-0.01", ["P12"]),
        ("0.01", ["P11"]),
        ("299999.00", ["P11"]),
        ("300000.00", []),
        ("1000000.00", []),
    ],
)
def test_little_execution_and_none_are_two_problems_and_the_boundary_is_none(city, paid, problems):
    table = steps.submitted(city.road_unit, paid=paid)
    assert raise_tasks(table.cycle) == len(problems)
    assert problems_of(table) == problems


def test_targets_far_behind_and_out_of_reach_are_told_as_well(city):
    table = factories.fill(
        factories.make_table(city.road_unit, paid="900000.00"),
        city.clerk,
        indicator__K001__actual="1",
        indicator__K001__likelihood="none",
    )
    MonitoringTable.objects.filter(pk=table.pk).update(stage=Stage.SECTION, digest="d")
    figures = TableFigures.objects.get(pk=table.pk)
    raise_tasks(table.cycle)
    wanted = {
        "P21": figures.target_light == "red",
        "P24": (figures.mismatch, figures.mismatch_light) == ("money_ahead", "red"),
        "P25": figures.expected_light == "red",
    }
    assert problems_of(table) == [problem for problem, holds in wanted.items() if holds]
    assert len(problems_of(table)) >= 2


def test_a_task_says_what_was_seen_by_whom_and_until_when(city):
    task = steps.raised(city.road_unit, paid="100000.01")
    finding = task.finding
    assert (task.problem, task.state, task.version) == ("P11", TaskState.ISSUED, 1)
    assert (task.unit, task.department, task.division) == (city.road_unit, city.roads, city.division)
    assert finding.amount == Decimal("899999.99")
    assert finding.facts["execution_rate"] == "0.100000"
    assert finding.facts["budget_light"] == "red"
    assert finding.rule_book_id == task.cycle.rule_book_id
    assert TaskStep.objects.get(task=task).action == TaskAction.RAISE
    events = AuditEvent.objects.filter(action="tasks.raised")
    assert [event.target_id for event in events] == [str(task.pk)]
    assert audit.verify().whole


def test_what_was_overspent_is_no_amount_concerned(city):
    table = factories.fill(
        factories.make_table(city.road_unit, paid="1500000.00"), city.clerk, indicator__K001__actual="0"
    )
    MonitoringTable.objects.filter(pk=table.pk).update(stage=Stage.SECTION, digest="d")
    raise_tasks(table.cycle)
    assert set(Finding.objects.values_list("amount", flat=True)) == {Decimal(0)}


def test_clocks_run_in_working_days_for_the_reply_and_calendar_days_for_completion(city, monkeypatch):
    # 30 September 2022, 23:30 in Shanghai; the National Day holidays are no working days.
    monkeypatch.setattr(clock, "now", lambda: datetime(2022, 9, 30, 15, 30, tzinfo=UTC))
    task = steps.raised(city.road_unit)
    assert task.issued_at == clock.now()
    assert task.reply_due_at == clock.end_of_day(clock.add_working_days(clock.today(), 10))
    assert task.reply_due_at == datetime(2022, 10, 20, tzinfo=clock.ZONE)
    assert task.complete_due_at == datetime(2022, 10, 31, tzinfo=clock.ZONE)


def test_the_unit_and_its_department_are_told_and_nobody_else(city):
    task = steps.raised(city.road_unit)
    told = Notification.objects.filter(kind="task_raised")
    assert {each.recipient.username for each in told} == {"clerk", "department"}
    assert {each.url for each in told} == {f"/tasks/{task.public_id}/"}


@pytest.mark.parametrize("stage", EDITABLE_STAGES)
def test_nothing_is_raised_while_a_table_is_with_its_unit(city, stage):
    table = steps.submitted(city.road_unit, stage=stage)
    assert raise_tasks(table.cycle) == 0
    assert not Finding.objects.exists()


def test_a_second_run_raises_nothing_and_writes_nothing(city):
    task = steps.raised(city.road_unit)
    events, told = AuditEvent.objects.count(), Notification.objects.count()
    assert raise_tasks(task.cycle) == 0
    assert (Task.objects.count(), TaskStep.objects.count()) == (1, 1)
    assert (AuditEvent.objects.count(), Notification.objects.count()) == (events, told)


def test_a_closed_task_is_not_raised_again_in_its_cycle(city):
    task = steps.walk(steps.raised(city.road_unit), city, to="closed")
    assert raise_tasks(task.cycle) == 0
    assert Task.objects.get() == task


def test_another_project_and_another_cycle_raise_their_own(city):
    first = steps.raised(city.road_unit)
    second = steps.submitted(city.school_unit)
    assert raise_tasks(second.cycle) == 1
    september = factories.make_cycle(city.division, month=9)
    september.tables.update(stage=Stage.SECTION, digest="d")
    assert raise_tasks(september) == 2
    assert Task.objects.filter(project=first.project).count() == 2


def test_the_database_itself_refuses_a_second_finding_of_a_rule(city):
    task = steps.raised(city.road_unit)
    finding = task.finding
    finding.pk, finding.public_id = None, "another"
    with pytest.raises(IntegrityError), transaction.atomic():
        finding.save(force_insert=True)
    task.pk, task.public_id = None, "another"
    task.finding = Finding.objects.create(
        **{
            name: getattr(finding, name)
            for name in ("cycle", "project", "division", "section", "department", "unit", "problem")
        },
        source="department",
        raised_at=clock.now(),
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        task.save(force_insert=True)


def test_the_number_of_statements_does_not_depend_on_the_tables(city, django_assert_max_num_queries):
    cycle = steps.submitted(city.road_unit).cycle
    with django_assert_max_num_queries(20):
        raise_tasks(cycle)
    for _ in range(12):
        steps.submitted(city.school_unit)
    with django_assert_max_num_queries(20):
        assert raise_tasks(cycle) == 12


def test_the_job_raises_once_however_often_it_is_run(city):
    table = steps.submitted(city.road_unit)
    for _ in range(3):
        job = jobs.enqueue(
            "raise_rectifications", key=table.cycle.public_id, payload={"cycle": table.cycle.pk}
        )
        jobs.run_job(job.pk)
    results = Job.objects.filter(kind="raise_rectifications").order_by("pk")
    assert [job.result for job in results] == [{"raised": 1}, {"raised": 0}, {"raised": 0}]
    assert Task.objects.count() == 1


def test_the_command_says_how_many_it_raised(city, capsys):
    table = steps.submitted(city.road_unit)
    call_command("raise_rectifications", table.cycle.public_id)
    call_command("raise_rectifications", "2022-06")
    assert capsys.readouterr().out.split("\n")[:2] == ["raised: 1", "raised: 0"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_raisers_at_the_same_moment_raise_once(city):
    for unit in (city.road_unit, city.school_unit):
        table = steps.submitted(unit)
    found = steps.at_once(*[lambda: raise_tasks(table.cycle)] * 4)
    assert sorted(found) == [0, 0, 0, 2]
    assert (Finding.objects.count(), Task.objects.count(), TaskStep.objects.count()) == (2, 2, 2)
    assert audit.verify().whole


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("now", "late"),
    [
        (datetime(2022, 8, 31, 23, 59, tzinfo=clock.ZONE), False),
        (datetime(2022, 8, 31, 23, 59, 59, 999_999, tzinfo=clock.ZONE), False),
        (datetime(2022, 9, 1, tzinfo=clock.ZONE), True),
        (datetime(2022, 8, 31, 16, 0, tzinfo=UTC), True),
        (datetime(2022, 8, 31, 15, 59, tzinfo=UTC), False),
    ],
)
def test_the_last_day_counts_until_midnight_in_shanghai(city, now, late):
    task = steps.raised(city.road_unit)
    end = clock.end_of_day(datetime(2022, 8, 31, tzinfo=clock.ZONE).date())
    far = end + timedelta(days=99)
    for due in ({"reply_due_at": end, "complete_due_at": far}, {"reply_due_at": far, "complete_due_at": end}):
        Task.objects.filter(pk=task.pk).update(**due)
        assert Task.objects.overdue(now).exists() is late


def test_an_answered_task_is_late_only_for_its_completion_and_a_closed_one_never(city):
    task = steps.walk(steps.raised(city.road_unit), city, to="department")
    past = clock.now() - MINUTE
    Task.objects.filter(pk=task.pk).update(reply_due_at=past)
    assert not Task.objects.overdue(clock.now()).exists()
    Task.objects.filter(pk=task.pk).update(complete_due_at=past)
    assert Task.objects.overdue(clock.now()).exists()
    Task.objects.filter(pk=task.pk).update(state=TaskState.CLOSED, closed_at=past)
    assert not Task.objects.overdue(clock.now()).exists()
