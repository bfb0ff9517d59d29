"""Long work, found again: the list, one job, its progress, and stopping it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dashboards.jobs_seen import is_live, named, recent, seconds_left, visible_jobs
from foundation import jobs
from foundation.http import SignedInRequest, get_visible_or_404, wants_partial
from foundation.models import Job, JobState
from foundation.templatetags.figures import moment
from monitoring.paging import page_of
from organisation.models import User
from projects.models import ImportBatch


@login_required
@require_GET
def job_list(request: SignedInRequest) -> HttpResponse:
    """Jobs, newest first, fifty a page; ?state, ?mine=1, ?recent=1."""
    found = visible_jobs(request.user)
    if request.GET.get("state") in JobState.values:
        found = found.filter(state=request.GET["state"])
    if request.GET.get("mine"):
        found = found.filter(actor=request.user)
    if request.GET.get("recent"):
        found = recent(found)
    page = page_of(found, request.GET, newest_first=True)
    context = {
        "jobs": [named(job) for job in page.rows],
        "page": page,
        "state_choices": JobState.choices,
        "whose_choices": [("1", _("mine"))],
        "when_choices": [("1", _("last seven days"))],
        "active": list(_active(request)),
    }
    return render(request, "dashboards/job_list.html", context)


@login_required
@require_GET
def job_page(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One job: how far it is, what it gave, why it failed. Its body asks for itself while the job lives."""
    job = _job(request, public_id)
    context = {
        "job": named(job),
        "live": is_live(job),
        "seconds_left": seconds_left(job),
        "facts": _facts(job),
        "faults": (job.result or {}).get("faults", []),
        "rows_url": _rows_url(job, request.user),
    }
    name = "_job_body" if wants_partial(request) else "job_page"
    return render(request, f"dashboards/{name}.html", context)


@login_required
@require_GET
def job_progress(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The bar alone, asked for every second by whoever shows one."""
    job = _job(request, public_id)
    return render(request, "_job_progress.html", {"job": named(job), "seconds_left": seconds_left(job)})


@login_required
@require_POST
def job_cancel(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Ask a job to stop. What it had committed before stays; a job that has ended is left alone."""
    job = _job(request, public_id)
    jobs.request_cancel(job)
    job.refresh_from_db(fields=["state"])
    if job.state == JobState.CANCELLED:
        messages.success(request, _("The job is cancelled."))
    elif is_live(job):
        messages.info(request, _("The job stops at its next step."))
    else:
        messages.info(request, _("The job had ended before."))
    return redirect("job_page", job.public_id)


def _job(request: SignedInRequest, public_id: str) -> Job:
    return get_visible_or_404(visible_jobs(request.user), public_id=public_id)


def _active(request: SignedInRequest) -> Any:
    states = dict(JobState.choices)
    if (state := request.GET.get("state", "")) in states:
        yield "state", _("State"), states[state]
    if request.GET.get("mine"):
        yield "mine", _("Whose"), _("mine")
    if request.GET.get("recent"):
        yield "recent", _("When"), _("last seven days")


def _facts(job: Job) -> list[tuple[str, Any]]:
    return [
        (_("Asked for by"), job.actor or _("the system")),
        (_("Asked for at"), moment(job.created_at)),
        (_("Begun"), moment(job.started_at)),
        (_("Ended"), moment(job.finished_at)),
        (_("Attempts"), job.attempts),
        (_("Number"), job.public_id),
    ]


def _rows_url(job: Job, user: User) -> str:
    """The page that shows what the job did, where there is one."""
    if job.kind == "bulk_decide" and job.actor_id == user.pk:
        return reverse("review_bulk_result", args=[job.public_id])
    if job.kind == "verify_audit":
        return reverse("audit_list")
    if job.kind in ("check_import", "apply_import"):
        batches = ImportBatch.objects.visible_to(user)
        if batches.filter(public_id=job.key).exists():
            return reverse("import_page", args=[job.key])
    return ""
