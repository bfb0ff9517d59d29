"""Proving the audit trail whole: a job walks it, its result is the last verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import audit
from foundation.jobs import JobRun, enqueue, job_kind
from foundation.models import Job, JobState
from organisation.models import User
from organisation.roles import Role
from organisation.scope import scope_of

VERIFY = "verify_audit"


@dataclass(frozen=True)
class Check:
    """What the last walk found; first_bad is the number of the first event that does not hold, or None."""

    job: Job
    whole: bool
    count: int
    first_bad: int | None


def may_verify(user: User) -> bool:
    """Only an audit administrator."""
    return Role.AUDIT_ADMIN in scope_of(user).roles


def start(user: User) -> Job:
    """Owe a walk of the whole chain; the live one where there is one. Raises PermissionDenied."""
    if not may_verify(user):
        raise PermissionDenied
    title = _("Verify the audit trail")
    return enqueue(VERIFY, key="chain", payload={}, actor=user, title=title, division_id=user.division_id)


def last_check() -> Check | None:
    """When the chain was last walked and what was found; None where it never was."""
    job = Job.objects.filter(kind=VERIFY, state=JobState.DONE).first()
    if job is None or not job.result:
        return None
    return Check(job, job.result["whole"], job.result["count"], job.result["first_bad"])


@job_kind(VERIFY, title=gettext_lazy("Verify the audit trail"))
def verify_audit_job(run: JobRun) -> dict[str, Any]:
    """Compare every event with its seal and the chain's end with its head."""

    def told(done: int, total: int) -> None:
        run.check_cancelled()
        run.progress(done, total)

    verdict = audit.verify(told)
    return {
        "whole": verdict.whole,
        "count": verdict.count,
        "first_bad": verdict.first_bad,
        "digest": verdict.digest,
    }
