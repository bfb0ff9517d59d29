"""Which jobs a person sees and may stop, and how far one is."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from django.db.models import Q, QuerySet

from foundation import clock
from foundation.jobs import title_of
from foundation.models import LIVE_JOB_STATES, Job, JobState
from organisation.models import User
from organisation.roles import Role
from organisation.scope import NOTHING, scope_of

_RECENT = timedelta(days=7)


def visible_jobs(user: User) -> QuerySet[Job]:
    """The person's own, and all of the divisions they steer or run."""
    scope = scope_of(user)
    if not scope.active:
        return Job.objects.filter(NOTHING)
    looked_after = scope.at(Role.PERFORMANCE) | scope.at(Role.SYSTEM_ADMIN)
    return Job.objects.filter(Q(actor=user) | Q(division_id__in=looked_after)).select_related("actor")


def is_live(job: Job) -> bool:
    """Whether it waits or runs; whoever sees it may stop it then."""
    return job.state in LIVE_JOB_STATES


def seconds_left(job: Job) -> int | None:
    """At the pace so far; None where the pace is not known yet."""
    if job.state != JobState.RUNNING or not job.started_at or not job.progress_done:
        return None
    passed = (clock.now() - job.started_at).total_seconds()
    remaining = max(job.progress_total - job.progress_done, 0)
    return ceil(passed / job.progress_done * remaining)


def recent(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Those asked for in the last seven days."""
    return jobs.filter(created_at__gte=clock.now() - _RECENT)


def named(job: Job) -> Job:
    """The job titled by what it does and, where it has a title of its own, to what."""
    kind, own = title_of(Job(kind=job.kind)), job.title
    job.title = f"{kind} · {own}" if own and own != kind else kind
    return job
