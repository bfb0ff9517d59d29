"""What is owed is delivered at least once, and never lost by who commits when."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F

from foundation import outbox, waking
from foundation.models import OutboxMessage

TOPIC = "tests.news"


@pytest.fixture
def delivered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys a consumer of TOPIC was given."""
    keys: list[str] = []
    monkeypatch.setitem(outbox._consumers, TOPIC, lambda message: keys.append(message.key))
    return keys


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    def fail_with(error: Exception) -> None:
        def refuse(message: OutboxMessage) -> None:
            OutboxMessage.objects.filter(pk=message.pk).update(key="written before the fault")
            raise error

        monkeypatch.setitem(outbox._consumers, TOPIC, refuse)

    return fail_with


def pretend_to_be_older(**by: float) -> None:
    OutboxMessage.objects.update(created_at=F("created_at") - timedelta(**by))


@pytest.mark.django_db
class TestDelivery:
    def test_messages_go_out_once_and_in_order(self, delivered: list[str]):
        for key in "abc":
            outbox.owe(TOPIC, key)
        assert outbox.deliver() == 3
        assert outbox.deliver() == 0
        assert delivered == ["a", "b", "c"]

    def test_the_limit_is_kept_and_the_rest_follows(self, delivered: list[str]):
        for key in "abc":
            outbox.owe(TOPIC, key)
        assert outbox.deliver(limit=2) == 2
        assert outbox.deliver(limit=2) == 1

    def test_a_topic_nobody_here_knows_waits(self):
        message = outbox.owe("tests.of_a_newer_version", "a")
        assert outbox.deliver() == 0
        message.refresh_from_db()
        assert (message.delivered_at, message.attempts) == (None, 0)

    def test_a_fault_takes_back_what_the_consumer_wrote_and_is_kept(self, failing, delivered: list[str]):
        failing(OSError("no line"))
        message = outbox.owe(TOPIC, "a")
        assert outbox.deliver() == 0
        message.refresh_from_db()
        assert (message.key, message.attempts, message.last_error) == ("a", 1, "OSError: no line")

    def test_a_fault_holds_up_nobody_behind_it(self, monkeypatch: pytest.MonkeyPatch):
        seen: list[str] = []

        def fail_on_a(message: OutboxMessage) -> None:
            seen.append(message.key)
            if message.key == "a":
                raise OSError

        monkeypatch.setitem(outbox._consumers, TOPIC, fail_on_a)
        outbox.owe(TOPIC, "a")
        outbox.owe(TOPIC, "b")
        assert outbox.deliver() == 1
        assert seen == ["a", "b"]

    def test_each_attempt_is_followed_by_a_longer_pause(self, failing):
        failing(OSError())
        message = outbox.owe(TOPIC, "a")
        attempts = []
        for _ in range(4):
            outbox.deliver()
            outbox.deliver()
            message.refresh_from_db()
            attempts.append(message.attempts)
            pretend_to_be_older(seconds=outbox.FIRST_PAUSE_SECONDS * 2 ** (message.attempts - 1) + 1)
        assert attempts == [1, 2, 3, 4]

    def test_after_ten_attempts_it_stays_where_people_see_it(self, failing):
        failing(OSError())
        message = outbox.owe(TOPIC, "a")
        for _ in range(outbox.MAX_ATTEMPTS + 2):
            pretend_to_be_older(days=1)
            outbox.deliver()
        assert list(outbox.poisoned()) == [message]
        assert outbox.poisoned().get().attempts == outbox.MAX_ATTEMPTS

    def test_a_consumer_whose_time_has_not_come_is_asked_again_without_counting(self, failing, delivered):
        failing(outbox.NotYet())
        message = outbox.owe(TOPIC, "a")
        assert outbox.deliver() == 0
        message.refresh_from_db()
        assert (message.attempts, message.delivered_at) == (0, None)

    def test_a_change_taken_back_owes_nothing(self, delivered: list[str]):
        with transaction.atomic():
            outbox.owe(TOPIC, "a")
            transaction.set_rollback(True)
        assert outbox.deliver() == 0

    def test_two_consumers_of_one_topic_are_a_mistake(self):
        outbox.consumer("tests.once")(print)
        try:
            with pytest.raises(ValueError, match="consumer already"):
                outbox.consumer("tests.once")(repr)
        finally:
            del outbox._consumers["tests.once"]

    def test_the_worker_in_this_process_is_nudged_after_the_commit(
        self, settings, django_capture_on_commit_callbacks
    ):
        settings.JOBS_EMBEDDED = True
        waking.nudge.clear()
        with django_capture_on_commit_callbacks(execute=True):
            outbox.owe(TOPIC, "a")
            assert not waking.nudge.is_set()
        assert waking.nudge.is_set()


@pytest.fixture
def in_thread() -> Iterator[Callable[[Callable[[], None]], threading.Thread]]:
    """Run a function beside the test, on a connection of its own; joined at the end."""
    threads: list[threading.Thread] = []

    def start(work: Callable[[], None]) -> threading.Thread:
        def work_and_close() -> None:
            try:
                work()
            finally:
                connection.close()

        thread = threading.Thread(target=work_and_close, daemon=True)
        threads.append(thread)
        thread.start()
        return thread

    yield start
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
class TestDeliveryBesideOthers:
    @pytest.mark.postgres
    def test_a_message_committed_after_a_delivery_that_overtook_it_is_not_lost(self, delivered, in_thread):
        written, may_commit = threading.Event(), threading.Event()

        def slow() -> None:
            with transaction.atomic():
                outbox.owe(TOPIC, "early number, late commit")
                written.set()
                may_commit.wait(10)

        thread = in_thread(slow)
        assert written.wait(10)
        outbox.owe(TOPIC, "late number, early commit")
        assert outbox.deliver() == 1
        may_commit.set()
        thread.join(10)
        assert outbox.deliver() == 1
        assert delivered == ["late number, early commit", "early number, late commit"]

    def test_several_deliver_side_by_side_and_each_message_goes_out_once(self, delivered, in_thread):
        for number in range(30):
            outbox.owe(TOPIC, str(number))
        for thread in [in_thread(outbox.deliver) for _ in range(4)]:
            thread.join(20)
        outbox.deliver()
        assert sorted(delivered, key=int) == [str(number) for number in range(30)]
