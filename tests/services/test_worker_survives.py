"""Workers are killed in the middle of a job; another one ends it, and nothing is done twice."""

from __future__ import annotations

import os
import signal
import time

import pytest
from django.db import transaction

from foundation import jobs
from foundation.models import Job, JobState, OutboxMessage
from tests.services.harness import Services
from tests.services.slow_jobs import KIND, TRACE

pytestmark = [pytest.mark.redis, pytest.mark.slow, pytest.mark.timeout(180)]


def owe(**payload: int) -> Job:
    with transaction.atomic():
        return jobs.enqueue(KIND, key="a", payload=payload)


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def assert_done_once(job: Job, *, attempts: int) -> None:
    assert (fresh(job).state, fresh(job).attempts) == (JobState.DONE, attempts)
    assert fresh(job).result == {"attempt": attempts}
    assert OutboxMessage.objects.filter(topic=TRACE).count() == 1


def test_workers_killed_at_work_and_before_their_commit_are_replaced(services: Services):
    first = services.start_worker()
    job = owe(steps=20, lingers_in=2)
    services.wait_for(lambda: fresh(job).progress_done >= 5, "the job is under way")
    first.kill()
    assert fresh(job).state == JobState.RUNNING

    services.start_beat()
    second = services.start_worker()
    services.wait_for(
        lambda: (fresh(job).attempts, fresh(job).progress_done) == (2, 20), "it is about to commit"
    )
    time.sleep(1)
    second.kill()
    assert fresh(job).state == JobState.RUNNING
    assert not OutboxMessage.objects.filter(topic=TRACE).exists()

    services.start_worker()
    services.wait_for(lambda: fresh(job).state == JobState.DONE, "a third worker has done it")
    assert_done_once(job, attempts=3)


def test_a_killed_child_is_replaced_by_its_worker_and_two_beats_do_no_harm(services: Services):
    services.start_beat()
    services.start_beat()
    worker = services.start_worker()
    job = owe(steps=30)
    services.wait_for(lambda: fresh(job).progress_done >= 5, "the job is under way")
    for child in worker.children():
        os.kill(child, signal.SIGKILL)

    services.wait_for(lambda: fresh(job).state == JobState.DONE, "a new child has done it")
    assert_done_once(job, attempts=2)


def test_a_job_owed_before_there_was_a_worker_is_finished_by_one_that_is_told_to_stop(services: Services):
    job = owe(steps=20)
    worker = services.start_worker()
    services.wait_for(lambda: fresh(job).progress_done >= 2, "the job is under way")
    worker.stop()
    assert_done_once(job, attempts=1)
