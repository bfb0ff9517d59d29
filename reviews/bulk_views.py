"""Bulk acts on the queue: look at what would happen, then do it, at once or as a job."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation.errors import BadInput, Fault
from foundation.http import SignedInRequest, get_visible_or_404
from foundation.models import Job, JobState
from monitoring.models import Cycle, MonitoringTable
from monitoring.paging import PAGE
from reviews import bulk
from reviews.cases import reasons_at
from reviews.chain import Action
from reviews.digests import pack, unpack
from reviews.forms import BulkForm
from reviews.presenters import words
from reviews.queue import Queue


@login_required
@require_POST
def review_bulk(request: SignedInRequest) -> HttpResponse:
    """First what the act would move and skip; with `seen`, the act itself."""
    action = request.POST.get("action", "")
    if action not in bulk.BULK_ACTIONS:
        raise BadInput([Fault("action", _("There is no such act."))])
    if "seen" in request.POST:
        return _act(request, action)
    return _preview(request, bulk.preview(_selected(request), action, by=request.user), action)


@login_required
@require_GET
def review_bulk_result(request: SignedInRequest, public_id: str) -> HttpResponse:
    """A large act under way, or what became of it; for the person who started it."""
    mine = Job.objects.filter(kind="bulk_decide", actor=request.user)
    job = get_visible_or_404(mine, public_id=public_id)
    context = {"job": job, "result": job.result if job.state == JobState.DONE else None}
    return render(request, "reviews/bulk_job.html", context)


def _act(request: SignedInRequest, action: str) -> HttpResponse:
    seen = unpack(request.POST["seen"])
    tables = MonitoringTable.objects.visible_to(request.user).filter(pk__in=list(seen))
    reasons = _reasons(tables) if action == Action.RETURN else []
    form = BulkForm(request.POST, reasons=reasons)
    if form.is_valid():
        given = form.cleaned_data
        opinion = {"by": request.user, "code": given.get("code", ""), "text": given["text"]}
        try:
            if len(seen) > bulk.AT_ONCE:
                return redirect("review_bulk_result", bulk.decide_later(seen, action, **opinion).public_id)
            result = bulk.decide_many(seen, action, **opinion)
            return render(request, "reviews/bulk_result.html", {"result": result, "back": _back(request)})
        except BadInput as error:
            form.take(error)
    found = bulk.preview(tables, action, by=request.user)
    return _preview(request, found, action, form=form, status=422)


def _preview(
    request: SignedInRequest,
    found: bulk.Preview,
    action: str,
    *,
    form: BulkForm | None = None,
    status: int = 200,
) -> HttpResponse:
    if form is None:
        pks = [table.pk for table in found.eligible]
        reasons = _reasons(MonitoringTable.objects.filter(pk__in=pks)) if action == Action.RETURN else []
        form = BulkForm(initial={"seen": pack(found.seen), "action": action}, reasons=reasons)
    context = {
        "found": found,
        "form": form,
        "action": action,
        "returning": action == Action.RETURN,
        "shown": found.eligible[:PAGE],
        "more": max(0, len(found.eligible) - PAGE),
        "lights": found.lights,
        "as_job": len(found.eligible) > bulk.AT_ONCE,
        "back": _back(request),
        "query": request.POST.get("query", ""),
    }
    return render(request, "reviews/bulk_preview.html", context, status=status)


def _selected(request: SignedInRequest) -> QuerySet[MonitoringTable]:
    """The ticked tables, or all that match the address the list was shown with."""
    if request.POST.get("all_matching"):
        return Queue(request.user, QueryDict(request.POST.get("query", ""))).tables()
    chosen = request.POST.getlist("pk")[:PAGE]
    return MonitoringTable.objects.visible_to(request.user).filter(public_id__in=chosen)


def _reasons(tables: QuerySet[MonitoringTable]) -> list[tuple[str, str]]:
    """Return reasons of the tiers that the tables are at, in the reader's language."""
    places = tables.order_by().values_list("stage", "cycle_id").distinct()
    cycles = Cycle.objects.select_related("rule_book").in_bulk({cycle_id for _stage, cycle_id in places})
    found: dict[str, str] = {}
    for stage, cycle_id in places:
        reasons = reasons_at(stage, cycles[cycle_id])
        found |= {reason.code: f"{reason.code} {words(reason)}" for reason in reasons}
    return sorted(found.items())


def _back(request: SignedInRequest) -> str:
    query: Any = request.POST.get("query", "")
    return f"{reverse('review_queue')}?{QueryDict(query).urlencode()}" if query else reverse("review_queue")
