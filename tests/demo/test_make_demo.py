"""The demo city in small: made by the product's own services, every state of the loop, nothing left to compute."""

from __future__ import annotations

from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from foundation import audit
from foundation.models import Job, JobState
from monitoring import opening
from monitoring.models import Cycle, MonitoringTable, Rollup
from monitoring.recompute import recompute
from monitoring.stages import CycleState, Stage
from organisation.models import Division, User
from projects import folds
from projects.models import ImportBatch, Payment, SecretExclusion
from rectification.choices import TaskState
from rectification.models import FundAction, Task, TaskStep
from rectification.raising import raise_tasks
from reviews.models import Decision, Review

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.timeout(300)]
DEPARTMENTS, PROJECTS = 4, 24


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """What the command says, with the city it made in the database."""
    from io import StringIO

    said = StringIO()
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("make_demo", departments=DEPARTMENTS, projects=PROJECTS, stdout=said)
        yield said.getvalue()
        transaction.set_rollback(True)


def cycle(month):
    return Cycle.objects.select_related("rule_book").get(month=month)


def test_both_cycles_are_there_and_reach_every_project(demo):
    assert "Demo city ready" in demo
    assert (cycle(6).state, cycle(9).state) == (CycleState.CLOSED, CycleState.OPEN)
    for month in (6, 9):
        coverage = opening.coverage(cycle(month))
        assert (coverage.funded, coverage.included, coverage.missing) == (PROJECTS, PROJECTS, 0)


def test_the_first_cycle_is_through_and_the_second_stands_in_the_middle(demo):
    first = Counter(cycle(6).tables.values_list("stage", flat=True))
    assert first[Stage.COMPLETED] >= PROJECTS - 3
    second = Counter(cycle(9).tables.values_list("stage", flat=True))
    assert {Stage.FILLING, Stage.DEPARTMENT} <= second.keys()
    assert len(second) >= 4
    assert second[Stage.FILLING] < PROJECTS


def test_tasks_stand_in_different_states_and_some_are_closed(demo):
    states = Counter(Task.objects.values_list("state", flat=True))
    assert states[TaskState.ISSUED]
    assert states[TaskState.CLOSED]
    assert len(states) >= 3
    assert Task.objects.filter(state=TaskState.CLOSED).exclude(closed_at=None).count() == states["closed"]
    assert TaskStep.objects.filter(action="raise").count() == Task.objects.count()
    assert FundAction.objects.count() <= states["closed"]


def test_secret_projects_were_counted_and_nothing_else(demo):
    assert sum(SecretExclusion.objects.values_list("projects", flat=True)) == 2
    assert ImportBatch.objects.filter(state="applied").count() == 2


def test_the_audit_chain_holds(demo):
    verdict = audit.verify()
    assert verdict.whole
    assert verdict.count > 100


def test_month_totals_are_the_sums_of_their_rows(demo):
    assert Payment.objects.count() > 200
    assert folds.differences(Division.objects.get(is_bureau=True).pk, 2022) == []


def test_a_recompute_finds_nothing_to_write_and_raising_nothing_to_raise(demo):
    before = list(Rollup.objects.order_by("pk").values_list())
    for month in (6, 9):
        assert set(recompute(cycle(month)).values()) == {0}
        assert raise_tasks(cycle(month)) == 0
    assert list(Rollup.objects.order_by("pk").values_list()) == before


def test_the_sums_at_the_top_are_the_tables_below(demo):
    for month in (6, 9):
        top = Rollup.objects.get(cycle=cycle(month), level="division")
        stages = Counter(cycle(month).tables.values_list("stage", flat=True))
        assert (top.tables, top.completed, top.filling) == (
            PROJECTS,
            stages[Stage.COMPLETED],
            stages[Stage.FILLING],
        )


def test_what_was_decided_follows_the_chain_and_nobody_decided_on_their_own(demo):
    for decision in Decision.objects.select_related("review").exclude(action="submit"):
        assert decision.actor_id != decision.review.submitted_by_id
    open_reviews = Review.objects.filter(closed_at=None).count()
    under_review = MonitoringTable.objects.exclude(stage__in=[Stage.FILLING, Stage.RETURNED, Stage.COMPLETED])
    assert open_reviews == under_review.count()


def test_no_job_is_left_and_none_has_failed(demo):
    assert set(Job.objects.values_list("state", flat=True)) == {JobState.DONE}


def test_a_second_call_leaves_a_city_with_people_alone(demo, capsys):
    people = User.objects.count()
    call_command("make_demo", departments=DEPARTMENTS, projects=PROJECTS)
    assert "people in this database already" in capsys.readouterr().out
    assert User.objects.count() == people


def test_production_gets_no_demo_accounts(settings, db):
    settings.DEMO_ACCOUNTS_ALLOWED = False
    with pytest.raises(CommandError, match="not for a production"):
        call_command("make_demo")
