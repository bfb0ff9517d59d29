"""The page of one table: shown, saved cell by cell, with the history of every cell."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation import clock
from foundation.errors import RuleError
from foundation.http import SignedInRequest, get_visible_or_404, wants_partial
from foundation.problems import CONTENT_TYPE, Problem
from monitoring import grids, histories, presenters
from monitoring.explaining import EXPLAIN
from monitoring.filling import CellResult, Saved, explain, lock, save_cells, save_locked
from monitoring.forms import Typed, read_typed_form, read_typed_json
from monitoring.models import MonitoringTable
from monitoring.tables import Assessed, assess
from organisation.models import User


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def table_page(request: SignedInRequest, public_id: str) -> HttpResponse:
    """A table, to fill or to read. A plain post saves every cell at once."""
    table = _visible(request, public_id)
    if request.method == "POST":
        return _save_all(request, table)
    return render(
        request, "monitoring/table_page.html", page_context(assess([table], origins=True)[0], request)
    )


def page_context(assessed: Assessed, request: SignedInRequest) -> dict[str, Any]:
    """What table_page.html needs beside the table itself."""
    context = presenters.table_context(assessed, request.user)
    table = assessed.table
    return context | {
        "crumbs": [
            (_("Monitoring tables"), reverse("table_list")),
            (str(table.unit), f"{reverse('table_list')}?unit={table.unit_id}"),
        ],
        "request": request,
    }


def _save_all(request: SignedInRequest, table: MonitoringTable) -> HttpResponse:
    typed = read_typed_form(request.POST)
    if not typed.edits and not typed.explanations:
        messages.info(request, _("Nothing had changed."))
        return redirect("table_page", table.public_id)
    saved = save_cells(table, typed.edits, typed.explanations, by=request.user)
    told = {"conflict": messages.WARNING, "invalid": messages.ERROR}
    for result in saved.results:
        if result.state in told:
            messages.add_message(request, told[result.state], _told(result, typed, saved.assessed))
    if kept := sum(result.state == "saved" for result in saved.results):
        messages.success(request, _("Saved: %(n)s cells.") % {"n": kept})
    return redirect("table_page", table.public_id)


def _told(result: CellResult, typed: Typed, assessed: Assessed) -> str:
    """What became of an edit that was not saved, with what was typed, so that nothing is lost."""
    texts = {edit.cell: edit.value for edit in typed.edits}
    texts |= {given.address: given.text for given in typed.explanations}
    name = (
        _("Explanation")
        if result.cell.startswith(EXPLAIN)
        else histories.name_of(result.cell, assessed.sheet)
    )
    names = {"name": name, "mine": texts.get(result.cell, ""), "message": result.message}
    if result.state == "conflict":
        names |= {"theirs": result.text or "—", "by": result.by or "—"}
        return (
            _("%(name)s: %(by)s wrote “%(theirs)s” meanwhile; you typed “%(mine)s”, which was not saved.")
            % names
        )
    return _("%(name)s: “%(mine)s” was not saved. %(message)s") % names


@require_POST
def cell_save(request: HttpRequest, public_id: str) -> JsonResponse:
    """Save typed cells and explanations; answers with what each became and with what the rules say now."""
    if not request.user.is_authenticated:
        return _signed_out()
    with transaction.atomic():
        table = _locked(request.user, public_id)
        typed = read_typed_json(request)
        if typed.person is not None and typed.person != request.user.pk:
            # Somebody else signed in in another tab of the same browser.
            raise RuleError("other_person", _("You are signed in as somebody else now. Reload the page."))
        saved = save_locked(table, typed.edits, typed.explanations, by=request.user)
    return JsonResponse(_answer(saved, typed))


def _locked(user: User, public_id: str) -> MonitoringTable:
    """A table the person sees, locked in the statement that looks for it."""
    try:
        return lock(MonitoringTable.objects.visible_to(user), public_id=public_id)
    except MonitoringTable.DoesNotExist as missing:
        raise Http404 from missing


def _signed_out() -> JsonResponse:
    problem = Problem(
        401, "signed_out", _("You are signed out. Sign in again; what you typed is kept on the page.")
    )
    return JsonResponse(problem.body(), status=401, content_type=CONTENT_TYPE)


def _answer(saved: Saved, typed: Typed) -> dict[str, Any]:
    assessed = saved.assessed
    touched = [edit.cell for edit in typed.edits]
    context = presenters.live_context(assessed) | {"editable": True}
    return {
        "at": saved.at.astimezone(clock.ZONE).strftime("%H:%M:%S"),
        "version": assessed.table.version,
        "version_before": saved.version_before,
        "blocking": context["blocking"],
        "results": [vars(result) for result in saved.results],
        "computed": grids.computed(grids.Desk(assessed.sheet, True), touched),
        "marks": presenters.marks_for_script(assessed),
        "parts": {
            name: render_to_string(f"monitoring/_{name}.html", context)
            for name in ("status", "checks", "submit")
        },
    }


@require_POST
@login_required
def check_explain(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Explain one finding; for the checks panel outside the table's form."""
    table = _visible(request, public_id)
    explain(
        table,
        request.POST.get("check", ""),
        request.POST.get("cell", ""),
        request.POST.get("text", ""),
        by=request.user,
    )
    if wants_partial(request):
        context = presenters.live_context(assess([table])[0]) | {"editable": True}
        return render(request, "monitoring/_checks.html", context)
    messages.success(request, _("The explanation is kept."))
    return redirect(f"{reverse('table_page', args=[table.public_id])}#checks")


@login_required
@require_GET
def cell_history(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Who changed a cell, when, from what to what; with its target and what was reported last time."""
    table = _visible(request, public_id)
    context = histories.cell_history(table, request.GET.get("cell", ""))
    template = "_cell_history" if wants_partial(request) or "part" in request.GET else "cell_history_page"
    return render(request, f"monitoring/{template}.html", context)


def _visible(request: HttpRequest, public_id: str) -> MonitoringTable:
    tables = MonitoringTable.objects.visible_to(request.user).select_related(
        "project", "unit", "department", "cycle__rule_book"
    )
    return get_visible_or_404(tables, public_id=public_id)
