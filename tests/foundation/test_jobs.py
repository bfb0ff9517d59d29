"""Jobs: one live row for a key, taken once, finished once, whoever dies in between."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext_lazy

from foundation import clock, context, jobs, outbox, tasks, waking
from foundation.embedded import Worker
from foundation.errors import BadInput, Fault, RuleError
from foundation.jobs import JobRun, LeaseLost
from foundation.models import IdempotencyKey, Job, JobState, OutboxMessage
from organisation.models import User
from tests.factories import make_person

KIND = "tests.count"


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Say what the handler of KIND does."""

    def register(handler: Callable[[JobRun], Mapping[str, Any] | None], **given: Any) -> None:
        monkeypatch.setitem(
            jobs._kinds,
            KIND,
            jobs.Kind(KIND, given.get("title", "Count"), handler, given.get("heavy", False)),
        )

    register(lambda run: {"counted": run.payload["n"]})
    return register


def owe(key: str = "a", **given: Any) -> Job:
    return jobs.enqueue(KIND, key=key, payload={"n": 1}, **given)


def lease_ends() -> None:
    """Time passes until no lease and no pause is left."""
    Job.objects.exclude(lease_until=None).update(lease_until=clock.now() - timedelta(seconds=1))


def run(job: Job) -> Job:
    jobs.run_job(job.pk)
    job.refresh_from_db()
    return job


@pytest.fixture
def clerk(db: None) -> User:
    return make_person("clerk")


@pytest.mark.django_db
class TestOwing:
    def test_a_second_request_for_the_same_gets_the_job_that_waits(self, handle):
        assert owe() == owe()
        assert owe("b") != owe("a")
        assert Job.objects.count() == 2

    def test_a_finished_job_is_no_reason_against_a_new_one(self, handle):
        first = run(owe())
        assert first.state == JobState.DONE
        assert owe() != first

    def test_a_kind_nobody_registered_is_a_mistake_at_once(self):
        with pytest.raises(ValueError, match="No handler"):
            jobs.enqueue("tests.unheard_of", key="a", payload={})

    def test_a_kind_registered_twice_is_a_mistake(self, handle):
        with pytest.raises(ValueError, match="registered already"):
            jobs.job_kind(KIND)(lambda run: None)

    def test_what_is_taken_back_is_not_owed(self, handle):
        with transaction.atomic():
            owe()
            transaction.set_rollback(True)
        assert not Job.objects.exists()

    def test_the_title_is_told_in_the_readers_language(self, handle):
        handle(lambda run: None, title=gettext_lazy("Yes"))
        job = owe()
        with translation.override("zh-hans"):
            assert jobs.title_of(job) == "是"
        assert jobs.title_of(owe("b", title="Import of June")) == "Import of June"

    def test_a_change_behind_a_running_job_is_followed_by_another_run(self, handle):
        job = owe()
        running = jobs.claim()
        assert owe(again=True) == job
        outbox.deliver()
        assert Job.objects.count() == 1
        jobs.execute(running)
        outbox.deliver()
        assert list(Job.objects.order_by("id").values_list("state", flat=True)) == ["done", "queued"]

    def test_a_change_before_a_waiting_job_begins_needs_no_other(self, handle):
        owe()
        owe(again=True)
        outbox.deliver()
        assert Job.objects.count() == 1
        assert not OutboxMessage.objects.filter(delivered_at=None).exists()


@pytest.mark.django_db
class TestTaking:
    def test_jobs_are_taken_in_the_order_they_were_owed_and_only_once(self, handle):
        first, second = owe("a"), owe("b")
        assert [jobs.claim().job, jobs.claim().job] == [first, second]
        assert jobs.claim() is None

    def test_a_job_whose_worker_died_is_free_after_its_lease(self, handle):
        job = owe()
        dead = jobs.claim()
        assert jobs.claim(job.pk) is None
        lease_ends()
        assert jobs.claim(job.pk).job.attempts == 2
        with pytest.raises(LeaseLost), dead.finishing():
            pytest.fail("A worker without a lease must not come to write.")

    def test_what_a_worker_without_lease_wrote_is_taken_back(self, handle):
        def overtaken(run: JobRun) -> None:
            with run.finishing() as done:
                OutboxMessage.objects.create(topic="tests.effect", created_at=clock.now())
                done({"n": 1})

        handle(overtaken)
        job = owe()
        dead = jobs.claim()
        lease_ends()
        assert jobs.run_job(job.pk)
        jobs.execute(dead)
        assert OutboxMessage.objects.filter(topic="tests.effect").count() == 1
        job.refresh_from_db()
        assert (job.state, job.result) == (JobState.DONE, {"n": 1})

    def test_a_job_that_killed_five_workers_is_given_up_by_the_sweep(self, handle):
        job = owe()
        for _ in range(jobs.MAX_ATTEMPTS):
            assert jobs.claim(job.pk)
            lease_ends()
        assert jobs.claim(job.pk) is None
        jobs.sweep()
        job.refresh_from_db()
        assert job.state == JobState.FAILED
        assert job.public_id in job.error

    def test_a_kind_of_a_newer_version_is_left_to_it(self, handle, monkeypatch: pytest.MonkeyPatch):
        job = owe()
        monkeypatch.delitem(jobs._kinds, KIND)
        assert jobs.claim() is None
        assert not jobs.run_job(job.pk)
        jobs.sweep()
        job.refresh_from_db()
        assert job.state == JobState.QUEUED


@pytest.mark.django_db
class TestCarryingOut:
    def test_the_result_and_the_end_are_written(self, handle):
        job = run(owe())
        assert (job.state, job.result, job.error) == (JobState.DONE, {"counted": 1}, "")
        assert job.finished_at >= job.started_at >= job.created_at

    def test_result_and_end_are_one_commit_when_the_handler_says_so(self, handle):
        def write(run: JobRun) -> None:
            with run.finishing() as done:
                assert connection.in_atomic_block
                done({"rows": 3})

        handle(write)
        assert run(owe()).result == {"rows": 3}

    def test_a_fault_while_finishing_leaves_the_job_to_another_attempt(self, handle):
        def fail(run: JobRun) -> None:
            with run.finishing():
                raise ZeroDivisionError

        handle(fail)
        job = run(owe())
        assert (job.state, job.finished_at, job.result) == (JobState.QUEUED, None, None)

    def test_it_acts_in_the_name_and_the_language_of_who_asked(self, handle, clerk: User):
        seen = []
        handle(lambda run: seen.append((context.actor(), context.request_id(), translation.get_language())))
        clerk.language = "en"
        clerk.save()
        job = run(owe(actor=clerk))
        assert seen == [(clerk, job.public_id, "en")]

    def test_nobody_is_the_system_under_the_name_of_the_job(self, handle):
        seen = []
        handle(lambda run: seen.append((context.current().system, context.actor())))
        run(owe())
        assert seen == [(f"system:{KIND}", None)]

    def test_a_rule_that_forbids_it_is_the_answer_and_not_tried_again(self, handle):
        def refuse(run: JobRun) -> None:
            raise RuleError("closed", "The cycle is closed.")

        handle(refuse)
        job = run(owe())
        assert (job.state, job.error, job.attempts) == (JobState.FAILED, "The cycle is closed.", 1)

    def test_bad_input_is_kept_place_by_place(self, handle):
        def refuse(run: JobRun) -> None:
            raise BadInput([Fault("B7", "is no number"), Fault("B9", "is too long")])

        handle(refuse)
        job = run(owe())
        assert job.state == JobState.FAILED
        assert job.result == {
            "faults": [{"where": "B7", "message": "is no number"}, {"where": "B9", "message": "is too long"}]
        }
        assert job.error.startswith("B7: is no number")

    def test_a_permission_that_is_gone_ends_it(self, handle):
        def refuse(run: JobRun) -> None:
            raise PermissionDenied

        handle(refuse)
        assert run(owe()).state == JobState.FAILED

    def test_any_other_fault_is_tried_again_after_a_pause_five_times_in_all(self, handle):
        attempts = []

        def fail(run: JobRun) -> None:
            attempts.append(run.job.attempts)
            raise OSError("disk full at /srv/secret")

        handle(fail)
        job = run(owe())
        assert job.state == JobState.QUEUED
        assert not jobs.run_job(job.pk)
        for _ in range(10):
            lease_ends()
            run(job)
        assert attempts == [1, 2, 3, 4, 5]
        assert job.state == JobState.FAILED
        assert job.public_id in job.error
        assert "secret" not in job.error

    def test_a_fault_after_the_end_changes_nothing(self, handle):
        def fail_late(run: JobRun) -> None:
            with run.finishing() as done:
                done({"n": 1})
            raise OSError

        handle(fail_late)
        assert run(owe()).state == JobState.DONE

    def test_a_waiting_job_is_cancelled_at_once(self, handle):
        job = owe()
        jobs.request_cancel(job)
        assert run(job).state == JobState.CANCELLED

    def test_a_running_job_stops_when_it_looks(self, handle):
        def long(run: JobRun) -> None:
            jobs.request_cancel(run.job)
            run.check_cancelled()
            pytest.fail("It was cancelled.")

        handle(long)
        assert run(owe()).state == JobState.CANCELLED

    def test_looking_for_a_cancellation_costs_no_query_each_time(self, handle, django_assert_max_num_queries):
        owe()
        running = jobs.claim()
        with django_assert_max_num_queries(2):
            for _ in range(1000):
                running.check_cancelled()

    def test_until_idle_runs_jobs_that_jobs_and_news_bring_about(self, handle, monkeypatch):
        monkeypatch.setitem(outbox._consumers, "tests.more", lambda message: owe("from news"))

        def bring_about(run: JobRun) -> None:
            if run.job.key == "a":
                outbox.owe("tests.more", "a")

        handle(bring_about)
        owe()
        assert jobs.run_until_idle() == 2
        assert set(Job.objects.values_list("key", "state")) == {("a", "done"), ("from news", "done")}


@pytest.mark.django_db(transaction=True)
class TestReporting:
    def test_progress_is_seen_and_prolongs_the_lease(self, handle):
        seen = []

        def count(run: JobRun) -> None:
            lease_ends()
            run.progress(3, 10, "third department")
            job = Job.objects.get()
            seen.append((job.progress_done, job.progress_total, job.progress_note))
            assert job.lease_until > clock.now()

        handle(count)
        assert run(owe()).state == JobState.DONE
        assert seen == [(3, 10, "third department")]

    def test_progress_is_written_rarely_but_its_end_always(self, handle, django_assert_max_num_queries):
        owe()
        running = jobs.claim()
        with django_assert_max_num_queries(8):
            for number in range(1, 1001):
                running.progress(number, 1000)
        assert Job.objects.get().progress_done == 1000

    def test_progress_inside_a_transaction_waits_for_nobody(self, handle):
        def write(run: JobRun) -> None:
            with run.finishing() as done:
                run.progress(1, 1)
                done({})

        handle(write)
        assert run(owe()).state == JobState.DONE

    def test_a_worker_that_lost_its_lease_learns_it_when_it_reports(self, handle):
        job = owe()
        slow = jobs.claim()
        lease_ends()
        jobs.claim(job.pk)
        with pytest.raises(LeaseLost):
            slow.progress(1, 2)

    def test_thirty_jobs_and_four_workers_make_thirty_runs(self, handle):
        runs: list[str] = []
        handle(lambda run: runs.append(run.job.key))
        for number in range(30):
            owe(str(number))

        def work() -> None:
            try:
                jobs.run_until_idle()
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(runs, key=int) == [str(number) for number in range(30)]
        assert set(Job.objects.values_list("state", "attempts")) == {("done", 1)}

    def test_ten_who_ask_at_once_get_one_job(self, handle):
        found: list[int] = []
        start = threading.Barrier(10)

        def ask() -> None:
            start.wait(10)
            try:
                with transaction.atomic():
                    found.append(owe().pk)
            finally:
                connection.close()

        threads = [threading.Thread(target=ask) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(found) == 10
        assert len(set(found)) == 1 == Job.objects.count()


@pytest.mark.django_db
class TestWaking:
    @pytest.fixture
    def broker(self, settings, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
        """The calls a broker was given."""
        settings.JOBS_EMBEDDED = False
        calls: list[tuple[Any, ...]] = []
        monkeypatch.setattr(
            waking.current_app, "send_task", lambda name, args, **more: calls.append((name, args[0]))
        )
        return calls

    def test_a_worker_is_woken_after_the_commit_by_the_name_of_the_task(
        self, handle, broker, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            job = owe()
            assert broker == []
        assert waking.wait_until_called(30)
        assert broker == [(tasks.run_job.name, job.pk)]

    def test_a_broker_that_is_down_is_no_matter_of_the_request(
        self, handle, settings, monkeypatch, caplog, django_capture_on_commit_callbacks
    ):
        settings.JOBS_EMBEDDED = False
        monkeypatch.setattr(waking.current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
        with django_capture_on_commit_callbacks(execute=True):
            owe()
        assert waking.wait_until_called(30)
        assert "No worker could be woken" in caplog.text
        assert Job.objects.get().state == JobState.QUEUED

    def test_a_broker_that_takes_connections_and_says_nothing_holds_up_nobody(self, settings, monkeypatch):
        settings.JOBS_EMBEDDED = False
        silence = socket.create_server(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{silence.getsockname()[1]}/0"
        monkeypatch.setattr(waking.current_app.conf, "broker_write_url", address)
        began = time.monotonic()
        for number in range(waking._MOST_CALLS_WAITING + 10):
            waking.wake(number)
        assert time.monotonic() - began < 3
        assert not waking.wait_until_called(0.1)
        # What waits is dropped, and the line goes dead: the thread is free again for the tests that follow.
        while not waking._calls.empty():
            waking._calls.get_nowait()
            waking._calls.task_done()
        silence.close()

    def test_the_sweep_wakes_for_what_was_forgotten_and_for_dead_workers(self, handle, broker):
        fresh, forgotten, dead = owe("fresh"), owe("forgotten"), owe("dead")
        jobs.claim(dead.pk)
        lease_ends()
        Job.objects.filter(pk=forgotten.pk).update(created_at=clock.now() - timedelta(minutes=1))
        jobs.sweep()
        assert waking.wait_until_called(30)
        assert broker == [(tasks.run_job.name, forgotten.pk), (tasks.run_job.name, dead.pk)]
        assert fresh.state == JobState.QUEUED

    def test_the_tasks_of_celery_are_only_doors(self, handle):
        job = owe()
        tasks.run_job(job.pk)
        tasks.run_job(job.pk)
        tasks.sweep()
        job.refresh_from_db()
        assert (job.state, job.attempts) == (JobState.DONE, 1)

    def test_old_answers_are_forgotten_by_the_hour(self, clerk: User, monkeypatch: pytest.MonkeyPatch):
        now = clock.now().replace(minute=0)
        for hours, key in ((47, "young"), (49, "old")):
            IdempotencyKey.objects.create(
                user=clerk, key=key, status=200, created_at=now - timedelta(hours=hours)
            )
        monkeypatch.setattr(clock, "now", lambda: now)
        jobs.sweep()
        assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["young"]


@pytest.mark.django_db
class TestCommands:
    def test_work_until_idle(self, handle, capsys):
        owe("a")
        owe("b")
        call_command("work", "--until-idle")
        assert "2 jobs" in capsys.readouterr().out
        assert set(Job.objects.values_list("state", flat=True)) == {"done"}

    def test_work_once(self, handle, capsys):
        owe("a")
        owe("b")
        call_command("work", "--once")
        assert sorted(Job.objects.values_list("state", flat=True)) == ["done", "queued"]
        call_command("work", "--once")
        call_command("work", "--once")
        assert "No job is waiting" in capsys.readouterr().out

    def test_run_job_by_identifier_or_number(self, handle, capsys):
        for name in (owe("a").public_id, str(owe("b").pk)):
            call_command("run_job", name)
        assert set(Job.objects.values_list("state", flat=True)) == {"done"}

    def test_run_job_says_what_went_wrong(self, handle):
        def refuse(run: JobRun) -> None:
            raise RuleError("closed", "The cycle is closed.")

        handle(refuse)
        job = owe()
        with pytest.raises(CommandError, match="The cycle is closed"):
            call_command("run_job", job.public_id)
        with pytest.raises(CommandError, match="not waiting"):
            call_command("run_job", job.public_id)
        with pytest.raises(CommandError, match="no such job"):
            call_command("run_job", "nowhere")


@pytest.mark.django_db(transaction=True)
class TestWorkerInTheServer:
    @pytest.fixture
    def worker(self) -> Iterator[Worker]:
        worker = Worker()
        yield worker
        worker.stop(20)
        assert not worker.is_alive()

    def test_it_takes_up_what_is_owed_while_it_runs(self, handle, worker: Worker, settings):
        settings.JOBS_EMBEDDED = True
        done = threading.Event()

        def work(run: JobRun) -> None:
            done.set()

        handle(work)
        worker.start()
        with transaction.atomic():
            owe()
        assert done.wait(20)
