"""A worker is killed in the middle of raising tasks; another one raises them, each once."""

from __future__ import annotations

import os
import signal

import pytest
from django.db import transaction

from foundation import audit, jobs
from foundation.models import AuditEvent, Job, JobState
from organisation.models import Notification
from rectification.models import Finding, Task, TaskStep
from rectification.raising import raise_tasks
from tests.rectification import steps
from tests.services.harness import Services, pause, release, written

pytestmark = [pytest.mark.redis, pytest.mark.slow, pytest.mark.timeout(180)]


def assert_nothing_is_raised() -> None:
    assert not Finding.objects.exists()
    assert not Notification.objects.filter(kind="task_raised").exists()
    assert not AuditEvent.objects.filter(action="tasks.raised").exists()
    assert Job.objects.get(kind="raise_rectifications").state == JobState.RUNNING


def test_killed_before_its_commit_every_task_is_raised_exactly_once(services: Services, city, tmp_path):
    units = (city.road_unit, city.school_unit, city.bridge_unit)
    tables = [steps.submitted(unit) for unit in units]
    cycle = tables[0].cycle
    pause(tmp_path, "raise-told")
    services.start_beat()
    with transaction.atomic():
        jobs.enqueue(
            "raise_rectifications", key=str(cycle.pk), payload={"cycle": cycle.pk}, actor=city.performance
        )

    worker = services.start_worker()
    services.wait_for(lambda: written(tmp_path, "raise-told"), "the worker has told of its tasks")
    assert written(tmp_path, "raise-told") == {"tasks": 3, "notifications": 6, "audit": 0}
    worker.kill()
    assert_nothing_is_raised()

    release(tmp_path, "raise-told")
    pause(tmp_path, "raise-audited")
    second = services.start_worker()
    services.wait_for(lambda: written(tmp_path, "raise-audited"), "a second worker is about to commit")
    assert written(tmp_path, "raise-audited") == {"tasks": 3, "notifications": 6, "audit": 3}
    release(tmp_path, "raise-audited")
    for child in second.children():
        os.kill(child, signal.SIGKILL)
    assert_nothing_is_raised()

    services.wait_for(
        lambda: Job.objects.get(kind="raise_rectifications").state == JobState.DONE, "a new child has done it"
    )
    job = Job.objects.get(kind="raise_rectifications")
    assert (job.attempts, job.result) == (3, {"raised": 3})
    assert (Finding.objects.count(), Task.objects.count(), TaskStep.objects.count()) == (3, 3, 3)
    assert set(TaskStep.objects.values_list("actor__username", flat=True)) == {"performance"}
    assert AuditEvent.objects.filter(action="tasks.raised").count() == 3
    # clerk and reviewer of each department, two departments, three units
    told = Notification.objects.filter(kind="task_raised")
    assert told.count() == len(set(told.values_list("recipient_id", "key"))) == 6
    assert audit.verify().whole
    assert raise_tasks(cycle) == 0
