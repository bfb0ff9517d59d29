"""The review pages: the queue, one table with what may be decided, remarks, and the clerk's submit and withdraw."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation.drawings import LIGHT_WORDS
from foundation.errors import BadInput, Fault, RuleError
from foundation.http import SignedInRequest, get_visible_or_404, wants_partial
from foundation.middleware import wants_json
from monitoring import presenters as table_presenters
from monitoring.choices import Mismatch
from monitoring.departments import check_own_departments
from monitoring.models import Cycle, MonitoringTable, TableFigures
from monitoring.periods import period
from monitoring.rates import time_progress
from monitoring.stages import Stage
from monitoring.tables import assess
from organisation.models import Department
from organisation.roles import Role
from organisation.scope import scope_of
from reviews import remarks, transitions
from reviews.acts import NotAllowed
from reviews.chain import CHAIN, Action
from reviews.forms import DecisionForm, RemarkForm
from reviews.models import Decision, Remark
from reviews.permissions import reviews_at
from reviews.presenters import cell_choices, panel_of
from reviews.queue import SHOWS, WAITING, Queue

_STATUS = {BadInput: 422, NotAllowed: 403}


@login_required
@require_GET
def review_queue(request: SignedInRequest) -> HttpResponse:
    """Tables that wait for the person, or all under review, fifty a page; the filters live in the address."""
    queue = Queue(request.user, request.GET)
    page = queue.page()
    cycles = list(Cycle.objects.visible_to(request.user).select_related("rule_book"))
    for table in page.rows:
        if not hasattr(table, "figures"):
            TableFigures(table=table)  # not computed yet: blank ones take their place on the row
        table.time_progress = time_progress(table.cycle.month)  # type: ignore[attr-defined]
    context = {"queue": queue, "page": page, "tables": page.rows, "show": queue.show}
    if wants_partial(request):
        return render(request, "reviews/_queue_rows.html", context)
    offered = _offered(request, cycles)
    context |= {
        "total": queue.count(),
        "choices": {name: rows for name, (_label, rows) in offered.items()},
        "active": list(queue.active(offered)),
        "tabs": _tabs(request, queue),
        "department_findings": check_own_departments(request.user, cycles) if queue.show == WAITING else [],
        "may_bulk": queue.show == "waiting" and bool(scope_of(request.user).roles - {Role.AUDITOR}),
    }
    return render(request, "reviews/review_queue.html", context)


@login_required
@require_GET
def review_page(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The whole table to read, what was decided so far, and the panel to decide."""
    return _show(request, _visible(request, public_id))


@login_required
@require_POST
def review_decide(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Record a decision and open the next table of the queue; a refusal keeps what was typed."""
    table = _visible(request, public_id)
    panel = panel_of(table, request.user)
    form = DecisionForm(request.POST, reasons=panel.reasons, by_score=panel.by_score)
    if not form.is_valid():
        if wants_json(request):
            raise BadInput(Fault(name, str(text)) for name, texts in form.errors.items() for text in texts)
        return _show(request, table, form=form, status=422)
    given = form.cleaned_data
    try:
        decision = transitions.decide(
            table,
            given["action"],
            at=given["at"],
            revision=given["revision"],
            digest=given["digest"],
            by=request.user,
            code=given.get("code", ""),
            text=given["text"],
            score=given.get("score"),
        )
    except (RuleError, BadInput, NotAllowed) as error:
        if wants_json(request) or wants_partial(request):
            raise
        if isinstance(error, BadInput):
            form.take(error)
        status = _STATUS.get(type(error), 409)
        return _show(request, _visible(request, public_id), form=form, refused=error, status=status)
    messages.success(request, told(decision))
    return redirect(_onwards(request, table))


@login_required
@require_POST
def remark_add(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Put a remark on a cell."""
    table = _visible(request, public_id)
    form = RemarkForm(request.POST)
    if not form.is_valid():
        return _show(request, table, remark_form=form, status=422)
    try:
        remarks.add(table, by=request.user, **form.cleaned_data)
    except BadInput as error:
        form.take(error)
        return _show(request, table, remark_form=form, status=422)
    messages.success(request, _("Your remark stands; the unit was told."))
    return redirect(_review_address(request, table) + "#remarks")


@login_required
@require_POST
def remark_settle(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Close the question of a remark."""
    visible = Remark.objects.filter(table__in=MonitoringTable.objects.visible_to(request.user))
    remark = get_visible_or_404(visible.select_related("table"), public_id=public_id)
    remarks.settle(remark, by=request.user)
    messages.success(request, _("The remark is settled."))
    return redirect(_back(request, reverse("table_page", args=[remark.table.public_id])) + "#remarks")


@login_required
@require_POST
def table_submit(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Hand the table to the first tier; refused with the list of what stands against it."""
    table = _visible(request, public_id)
    try:
        transitions.submit(_as_seen(request, table), by=request.user, version=_number(request, "version"))
    except RuleError as error:
        if error.code != "checks_stand" or wants_json(request) or wants_partial(request):
            raise
        messages.error(request, error.message)
        return redirect(reverse("table_page", args=[public_id]) + "#checks")
    messages.success(request, _("Submitted. You can withdraw it until the first reviewer has decided."))
    return redirect("table_page", public_id)


@login_required
@require_POST
def review_withdraw(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Take a submitted table back."""
    table = _visible(request, public_id)
    transitions.withdraw(_as_seen(request, table), by=request.user, version=_number(request, "version"))
    messages.success(request, _("Withdrawn. You can correct the table and submit it again."))
    return redirect("table_page", public_id)


def told(decision: Decision) -> str:
    """What to say after a decision."""
    words = {"table": decision.table.project.name, "stage": decision.get_to_stage_display()}
    match decision.action:
        case Action.RETURN:
            return _("“%(table)s” went back to the unit.") % words
        case Action.OBJECT | Action.RECALL:
            return _("“%(table)s” is now: %(stage)s.") % words
    if decision.to_stage == Stage.COMPLETED:
        return _("“%(table)s” has passed the whole chain.") % words
    return _("“%(table)s” is approved. Now: %(stage)s.") % words


def tables_to_read(user: Any) -> QuerySet[MonitoringTable]:
    """Visible tables with what the whole sheet shows."""
    related = ("project", "unit", "department", "section", "cycle__rule_book", "submitted_by")
    return MonitoringTable.objects.visible_to(user).select_related(*related)


def _visible(request: SignedInRequest, public_id: str) -> MonitoringTable:
    return get_visible_or_404(tables_to_read(request.user), public_id=public_id)


def _show(
    request: SignedInRequest,
    table: MonitoringTable,
    *,
    form: DecisionForm | None = None,
    remark_form: RemarkForm | None = None,
    refused: Exception | None = None,
    status: int = 200,
) -> HttpResponse:
    """The review page; for those who never review, the page of the table."""
    if not reviews_at(request.user, table) and not scope_of(request.user).at(Role.LEADER):
        if request.method == "POST" and refused is None:
            raise PermissionDenied
        if request.method == "GET":
            return redirect("table_page", table.public_id)
    assessed = assess([table], origins=True)[0]
    context = table_presenters.table_context(assessed, request.user)
    panel = panel_of(table, request.user)
    seen = {"at": table.stage, "revision": table.revision, "digest": table.digest}
    queue = Queue(request.user, request.GET)
    context |= {
        "panel": panel,
        "form": form or DecisionForm(initial=seen, reasons=panel.reasons, by_score=panel.by_score),
        "remark_form": remark_form or RemarkForm(),
        "remark_cells": cell_choices(assessed.sheet),
        "refused": refused,
        "seen": seen,
        "next": queue.next_after(table),
        "queue_query": request.GET.urlencode(),
        # A refused form was sent for another state of the table: it may be read, not sent again.
        "typed": form.data.get("text", "") if form is not None and refused is not None else "",
    }
    return render(request, "reviews/review_page.html", context, status=status)


def _onwards(request: SignedInRequest, table: MonitoringTable) -> str:
    following = Queue(request.user, request.GET).next_after(table)
    if following is None:
        return reverse("review_queue")
    return _review_address(request, following)


def _review_address(request: HttpRequest, table: MonitoringTable) -> str:
    address = reverse("review_page", args=[table.public_id])
    query = request.GET.urlencode()
    return f"{address}?{query}" if query else address


def _back(request: HttpRequest, otherwise: str) -> str:
    given = request.POST.get("back", "")
    ours = url_has_allowed_host_and_scheme(given, {request.get_host()}, require_https=request.is_secure())
    return given.partition("#")[0] if given and ours else otherwise


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _as_seen(request: HttpRequest, table: MonitoringTable) -> MonitoringTable:
    """The table with the stage that the page showed, so that a second click is told who was there before."""
    if (stage := request.POST.get("stage", "")) in Stage.values:
        table.stage = stage
    return table


def _tabs(request: HttpRequest, queue: Queue) -> list[dict[str, Any]]:
    rows = []
    for name, label in SHOWS.items():
        query = request.GET.copy()
        for place in ("after", "before", "tier"):
            query.pop(place, None)
        query["show"] = name
        rows.append({"label": label, "href": f"?{query.urlencode()}", "active": queue.show == name})
    return rows


def _offered(request: SignedInRequest, cycles: list[Cycle]) -> dict[str, tuple[str, list[tuple[Any, Any]]]]:
    """What the filter bar offers: parameter → its label and its choices."""
    departments: list[tuple[Any, Any]] = []
    if scope_of(request.user).roles & {Role.SECTION, Role.PERFORMANCE, Role.LEADER}:
        departments = list(Department.objects.visible_to(request.user).values_list("pk", "name"))
    return {
        "cycle": (_("Cycle"), [(cycle.public_id, period(cycle)) for cycle in cycles]),
        "tier": (_("Tier"), [(str(stage), stage.label) for stage in CHAIN]),
        "light": (_("Light"), list(LIGHT_WORDS.items())),
        "mismatch": (_("Money and targets"), list(Mismatch.choices)),
        "department": (_("Department"), departments),
    }
