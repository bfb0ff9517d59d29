"""The worker inside the serving process does what is owed, and outlives what goes wrong."""

import time
from collections.abc import Callable, Iterator
from unittest.mock import patch

import pytest
from django.db import OperationalError

from foundation import embedded, jobs, waking
from foundation.models import Job, JobState

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    """Two kinds of work: one light, one heavy."""
    jobs.job_kind("house.light")(lambda run: {"done": True})
    jobs.job_kind("house.heavy", heavy=True)(lambda run: {})
    yield
    del jobs._kinds["house.light"], jobs._kinds["house.heavy"]


@pytest.fixture
def worker() -> Iterator[embedded.Worker]:
    worker = embedded.Worker()
    yield worker
    worker.stop()


def until(condition: Callable[[], bool], seconds: float = 15) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def is_done(job: Job) -> bool:
    return Job.objects.get(pk=job.pk).state == JobState.DONE


def test_a_job_is_carried_out_soon_after_it_is_owed(worker: embedded.Worker):
    worker.start()
    time.sleep(0.2)
    job = jobs.enqueue("house.light", key="one", payload={})
    assert until(lambda: is_done(job))


def test_a_job_owed_before_the_start_is_taken_up(worker: embedded.Worker):
    job = jobs.enqueue("house.light", key="one", payload={})
    waking.nudge.clear()
    worker.start()
    assert until(lambda: is_done(job))


def test_a_heavy_job_gets_a_process_of_its_own_one_at_a_time(worker: embedded.Worker):
    with patch.object(embedded.subprocess, "Popen") as started:
        started.return_value.poll.return_value = None
        jobs.enqueue("house.heavy", key="one", payload={})
        worker.start()
        assert until(lambda: started.called)
        time.sleep(0.2)
        assert started.call_count == 1
        assert "run_job" in started.call_args[0][0]
        started.return_value.poll.return_value = 0


def test_the_worker_outlives_a_database_that_is_away(
    worker: embedded.Worker, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(embedded, "PAUSE_AFTER_FAILURE_SECONDS", 0.05)
    with patch.object(jobs, "next_free", side_effect=OperationalError("away")) as asked:
        worker.start()
        assert until(lambda: asked.call_count >= 2)
    job = jobs.enqueue("house.light", key="one", payload={})
    assert until(lambda: is_done(job))
