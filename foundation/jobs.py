"""Long work: a row says that it is owed, a worker takes it under a lease, its result and its end are one commit.

Delivery is at least once and workers die; what keeps the work single is the row: one live job per kind and key,
taken by compare-and-set, finished only under the token it was taken with
(docs/decisions/0003-database-is-the-queue.md).
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from foundation import clock, context, idempotency, outbox, waking
from foundation.errors import BadInput, RuleError
from foundation.models import LIVE_JOB_STATES, Job, JobState, OutboxMessage

if TYPE_CHECKING:
    from django.contrib.auth.models import _User
    from django.utils.functional import _StrOrPromise

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 5
SECONDS_BETWEEN_REPORTS = 0.5
SECONDS_UNTIL_WOKEN_AGAIN = 20
_WOKEN_PER_SWEEP = 20
_CANDIDATES = 5
_AGAIN = "jobs.again"

Handler = Callable[["JobRun"], Mapping[str, Any] | None]


class JobCancelled(Exception):
    """Somebody asked for the job to stop."""


class LeaseLost(Exception):
    """Another worker has the job by now; whatever was about to be written is taken back."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of work. heavy: computes for long, so that the worker inside a server gives it a process of its own."""

    name: str
    title: _StrOrPromise
    handler: Handler
    heavy: bool


_kinds: dict[str, Kind] = {}


def job_kind(name: str, *, title: _StrOrPromise = "", heavy: bool = False) -> Callable[[Handler], Handler]:
    """Register who does a kind of work: handler(run) -> result as JSON.

    The handler may run twice and must change nothing the second time. The module is imported by its app's
    ready(), so that every worker knows it.
    """

    def register(handler: Handler) -> Handler:
        if name in _kinds:
            raise ValueError(f"{name} is registered already.")
        _kinds[name] = Kind(name, title, handler, heavy)
        return handler

    return register


def title_of(job: Job) -> str:
    """What the job does, in the language active now."""
    kind = _kinds.get(job.kind)
    return job.title or (str(kind.title) if kind else "") or job.kind


def is_heavy(name: str) -> bool:
    return name in _kinds and _kinds[name].heavy


def enqueue(
    kind: str,
    *,
    key: str,
    payload: dict[str, Any],
    actor: _User | None = None,
    title: str = "",
    division_id: int | None = None,
    again: bool = False,
) -> Job:
    """Owe a job, in the caller's transaction; the live one of the same kind and key when there is one.

    again: the caller changed what the job reads. A live job may have read it before; another then follows it.
    """
    if kind not in _kinds:
        raise ValueError(f"No handler is registered for {kind}.")
    while True:
        if live := Job.objects.filter(kind=kind, key=key, state__in=LIVE_JOB_STATES).first():
            if again:
                _owe_another(live, payload, actor)
            return live
        try:
            with transaction.atomic():
                job = Job.objects.create(
                    kind=kind,
                    key=key,
                    title=title[:250],
                    payload=payload,
                    actor=actor,
                    division_id=division_id,
                    created_at=clock.now(),
                )
        except IntegrityError:
            # Somebody else owed it between the look and the write. Any other reason is not cured by a second look.
            if not Job.objects.filter(kind=kind, key=key, state__in=LIVE_JOB_STATES).exists():
                raise
            continue
        waking.wake_after_commit(job.pk)
        return job


def _owe_another(live: Job, payload: dict[str, Any], actor: _User | None) -> None:
    wanted = {"kind": live.kind, "key": live.key, "title": live.title, "division": live.division_id}
    outbox.owe(_AGAIN, f"{live.kind} {live.key}", {**wanted, "payload": payload, "actor": actor and actor.pk})


@outbox.consumer(_AGAIN)
def _enqueue_again(message: OutboxMessage) -> None:
    """A waiting job reads later than the change was committed; behind a running one another is needed."""
    wanted = message.payload
    live = Job.objects.filter(kind=wanted["kind"], key=wanted["key"], state__in=LIVE_JOB_STATES).first()
    if live is not None and live.state == JobState.RUNNING:
        raise outbox.NotYet
    enqueue(
        wanted["kind"],
        key=wanted["key"],
        payload=wanted["payload"],
        actor=get_user_model()._default_manager.filter(pk=wanted["actor"]).first(),
        title=wanted["title"],
        division_id=wanted["division"],
    )


def request_cancel(job: Job) -> None:
    """Cancel a waiting job at once, ask a running one to stop at its next look."""
    if not Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(
        state=JobState.CANCELLED, finished_at=clock.now()
    ):
        Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(cancel_requested=True)


def next_free() -> Job | None:
    """The job a worker would take next, without taking it."""
    return Job.objects.filter(_free(clock.now()), attempts__lt=MAX_ATTEMPTS).order_by("id").first()


def claim(pk: int | None = None) -> JobRun | None:
    """Take a free job, or that one, under a lease; None when there is none."""
    now, token = clock.now(), uuid.uuid4().hex
    free = _free(now) & Q(attempts__lt=MAX_ATTEMPTS)
    chosen = Job.objects.filter(free) if pk is None else Job.objects.filter(free, pk=pk)
    for candidate in list(chosen.order_by("id").values_list("pk", flat=True)[:_CANDIDATES]):
        taken = Job.objects.filter(free, pk=candidate).update(
            state=JobState.RUNNING,
            token=token,
            attempts=F("attempts") + 1,
            lease_until=_lease_from(now),
            started_at=now,
            progress_done=0,
            progress_total=0,
            progress_note="",
        )
        if taken:
            return JobRun(Job.objects.select_related("actor").get(pk=candidate))
    return None


def _free(now: datetime) -> Q:
    """Waiting and not pausing, or left behind by a worker that died; of a kind known here.

    An unknown kind waits for a worker of the version that knows it.
    """
    waiting = Q(state=JobState.QUEUED) & (Q(lease_until=None) | Q(lease_until__lt=now))
    left_behind = Q(state=JobState.RUNNING, lease_until__lt=now)
    return (waiting | left_behind) & Q(kind__in=list(_kinds))


def _lease_from(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.JOB_LEASE_SECONDS)


class JobRun:
    """One worker's hold on a job: what the handler reads, and how it reports and finishes."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.payload: dict[str, Any] = job.payload
        self.actor: _User | None = job.actor
        self._next_report = self._next_look = 0.0

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Report how far the work is, and prolong the lease; call it as often as convenient, at least each minute.

        Inside a transaction it does nothing: nobody would see it, and its row lock would last until the end.
        Raises LeaseLost when another worker has taken over.
        """
        if connection.in_atomic_block or (done < total and time.monotonic() < self._next_report):
            return
        self._next_report = time.monotonic() + SECONDS_BETWEEN_REPORTS
        held = self._mine().update(
            progress_done=done,
            progress_total=total,
            progress_note=note[:250],
            lease_until=_lease_from(clock.now()),
        )
        if not held:
            raise LeaseLost

    def check_cancelled(self) -> None:
        """Raise JobCancelled when somebody asked for it; looks twice a second at most."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + SECONDS_BETWEEN_REPORTS
        if self._mine().filter(cancel_requested=True).exists():
            raise JobCancelled

    @contextmanager
    def finishing(self) -> Iterator[Callable[[Mapping[str, Any]], None]]:
        """One transaction for the result and the end of the job: `with run.finishing() as done: …; done(result)`.

        The job's row is taken first, so a worker that lost its lease (LeaseLost) writes nothing.
        """
        result: dict[str, Any] = {}
        with transaction.atomic():
            self.end(JobState.DONE)
            yield result.update
            Job.objects.filter(pk=self.job.pk).update(result=result, finished_at=clock.now())
        self.job.state = JobState.DONE

    def end(self, state: JobState, **fields: Any) -> None:
        """Leave the running state, if it is still this run's; raises LeaseLost."""
        fields = {"error": "", "finished_at": clock.now(), "lease_until": None, **fields}
        if not self._mine().update(state=state, **fields):
            raise LeaseLost

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.job.pk, token=self.job.token, state=JobState.RUNNING)


def run_job(pk: int) -> bool:
    """Take and carry out one job; whether it was free."""
    run = claim(pk)
    if run is not None:
        execute(run)
    return run is not None


def run_until_idle() -> int:
    """Carry out and deliver all that is free now, here; returns the number of runs."""
    count = 0
    while True:
        if run := claim():
            execute(run)
            count += 1
        elif not outbox.deliver():
            return count


def execute(run: JobRun) -> None:
    """Carry out a taken job in its actor's name and language; never raises what the handler raised."""
    job = run.job
    language = getattr(job.actor, "language", "") or settings.LANGUAGE_CODE
    system = f"system:{job.kind}"
    with (
        context.acting_as(job.actor, request_id=job.public_id, system=system),
        translation.override(language),
    ):
        try:
            _carry_out(run)
        except LeaseLost:
            log.warning("Job %s (%s) was taken over by another worker.", job.public_id, job.kind)
        except Exception:
            log.exception("The end of job %s (%s) could not be written.", job.public_id, job.kind)


def _carry_out(run: JobRun) -> None:
    job = run.job
    try:
        result = _kinds[job.kind].handler(run)
        if job.state != JobState.DONE:
            with run.finishing() as done:
                done(result or {})
    except LeaseLost:
        raise
    except JobCancelled:
        run.end(JobState.CANCELLED)
    except RuleError as error:
        run.end(JobState.FAILED, error=str(error))
    except BadInput as error:
        faults = [{"where": fault.where, "message": str(fault.message)} for fault in error.faults]
        run.end(JobState.FAILED, error=_summary(faults), result={"faults": faults})
    except PermissionDenied:
        run.end(JobState.FAILED, error=_("You are no longer allowed to do this."))
    except Exception:
        log.exception("Job %s (%s) failed in attempt %s.", job.public_id, job.kind, job.attempts)
        if job.state != JobState.DONE:
            _pause_or_give_up(run)


def _summary(faults: list[dict[str, str]]) -> str:
    first = f"{faults[0]['where']}: {faults[0]['message']}".removeprefix(": ") if faults else ""
    if len(faults) > 1:
        first += " " + _("(and %(count)s more)") % {"count": len(faults) - 1}
    return first


def _pause_or_give_up(run: JobRun) -> None:
    attempts = run.job.attempts
    if attempts >= MAX_ATTEMPTS:
        run.end(JobState.FAILED, error=_given_up(run.job))
        return
    pause = timedelta(seconds=FIRST_PAUSE_SECONDS * 2 ** (attempts - 1))
    run.end(JobState.QUEUED, finished_at=None, lease_until=clock.now() + pause)


def _given_up(job: Job) -> str:
    message = _(
        "This did not work in %(count)s attempts, for a technical reason. The administrator finds it in the log under "
        "%(id)s."
    )
    return message % {"count": MAX_ATTEMPTS, "id": job.public_id}


def sweep() -> None:
    """Look after what nobody else does: dead workers, lost wake-ups, news to deliver. Harmless at any time."""
    now = clock.now()
    for job in Job.objects.filter(_free(now), attempts__gte=MAX_ATTEMPTS).select_related("actor"):
        language = getattr(job.actor, "language", "") or settings.LANGUAGE_CODE
        with translation.override(language):
            Job.objects.filter(_free(now), pk=job.pk, token=job.token).update(
                state=JobState.FAILED, error=_given_up(job), finished_at=now, lease_until=None
            )
    outbox.deliver()
    if now.minute == 0:
        idempotency.forget_old()
    overdue = Q(lease_until__lt=now) | Q(created_at__lt=now - timedelta(seconds=SECONDS_UNTIL_WOKEN_AGAIN))
    free = Job.objects.filter(_free(now), overdue).order_by("id").values_list("pk", flat=True)
    for pk in list(free[:_WOKEN_PER_SWEEP]):
        # Where all workers are busy, calls must not pile up: the next sweep makes new ones.
        waking.wake(pk, expires=SECONDS_UNTIL_WOKEN_AGAIN)
