"""Wakes whoever carries out what is owed. A lost wake-up costs some seconds, never the work: the sweep finds it."""

from __future__ import annotations

import atexit
import logging
import queue
import threading

from celery import current_app
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)

RUN_JOB = "foundation.tasks.run_job"
_MOST_CALLS_WAITING = 1_000
_SECONDS_AT_THE_END = 2.0

# Set when there is something to do for the worker inside this process.
nudge = threading.Event()

_calls: queue.Queue[tuple[int, int | None]] = queue.Queue(_MOST_CALLS_WAITING)
_starting = threading.Lock()
_caller: threading.Thread | None = None


def wake_after_commit(job_pk: int) -> None:
    """Wake a worker for a job as soon as the transaction that owes it is through."""
    transaction.on_commit(lambda: wake(job_pk), robust=True)


def nudge_after_commit() -> None:
    """Let the worker inside this process look soon; workers elsewhere look at every sweep anyway."""
    if settings.JOBS_EMBEDDED:
        transaction.on_commit(nudge.set, robust=True)


def wake(job_pk: int, *, expires: int | None = None) -> None:
    """Wake a worker for a job now; returns at once, whatever the broker does.

    expires: seconds after which the call is pointless.
    """
    if settings.JOBS_EMBEDDED:
        nudge.set()
        return
    try:
        _calls.put_nowait((job_pk, expires))
    except queue.Full:
        log.warning("The broker is behind; the sweep will wake a worker for job %s.", job_pk)
    _start_caller()


def wait_until_called(seconds: float) -> bool:
    """Wait until every call so far was made or given up; whether that was so in time."""
    with _calls.all_tasks_done:
        return _calls.all_tasks_done.wait_for(lambda: not _calls.unfinished_tasks, seconds)


def _start_caller() -> None:
    """A thread of its own calls: a broker that takes connections and says nothing holds a caller for minutes."""
    global _caller
    with _starting:
        if _caller is None or not _caller.is_alive():
            if _caller is None:
                atexit.register(wait_until_called, _SECONDS_AT_THE_END)
            _caller = threading.Thread(target=_call_workers, name="waking", daemon=True)
            _caller.start()


def _call_workers() -> None:
    while True:
        job_pk, expires = _calls.get()
        try:
            with current_app.connection_for_write() as connection:
                # One try: the next sweep calls again.
                connection.ensure_connection(max_retries=1, interval_start=0)
                current_app.send_task(
                    RUN_JOB, args=[job_pk], connection=connection, retry=False, expires=expires
                )
        except Exception:
            log.warning("No worker could be woken for job %s; the sweep will.", job_pk, exc_info=True)
        finally:
            _calls.task_done()
