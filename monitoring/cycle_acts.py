"""What the performance section does with an open cycle: take projects in, compute, raise, extend, close."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from foundation import audit, clock
from foundation.errors import BadInput, RuleError
from foundation.forms import FaultyForm
from foundation.http import SignedInRequest
from monitoring import cycle_jobs, opening
from monitoring.cycle_forms import LONGEST_REASON, DayInput
from monitoring.cycle_views import tier_label, visible_cycle
from monitoring.extending import extend_window
from monitoring.models import Cycle, CycleWindow
from monitoring.opening import may_steer
from monitoring.periods import period
from monitoring.stages import CycleState


class ExtensionForm(FaultyForm):
    """Until when a tier may act, and why it needs more time."""

    closes_on = forms.DateField(label=gettext_lazy("New last day"), widget=DayInput())
    with_later = forms.BooleanField(
        label=gettext_lazy("Give the tiers after it as many days more"), required=False, initial=True
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("It stays in the audit trail."),
    )


@require_POST
@login_required
def cycle_include(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Take projects that came in after the opening into the cycle."""
    cycle = _steered(request, public_id)
    with transaction.atomic():
        made = opening.include_projects(cycle, {})
        if made:
            audit.record(
                "cycles.extended",
                cycle,
                actor=request.user,
                after={"tables": made},
                division_id=cycle.division_id,
            )
            cycle_jobs.owe_recompute(cycle, request.user)
    messages.success(request, _("%(n)s tables were added to the cycle.") % {"n": made})
    return redirect("cycle_page", cycle.public_id)


@require_POST
@login_required
def cycle_recompute(request: SignedInRequest, public_id: str) -> HttpResponse:
    cycle = _steered(request, public_id)
    cycle_jobs.owe_recompute(cycle, request.user)
    messages.success(request, _("The cycle is being recomputed."))
    return redirect(f"{reverse('cycle_page', args=[cycle.public_id])}#jobs")


@require_POST
@login_required
def cycle_raise(request: SignedInRequest, public_id: str) -> HttpResponse:
    cycle = _steered(request, public_id)
    cycle_jobs.owe_tasks(cycle, request.user)
    messages.success(request, _("Rectification tasks are being raised."))
    return redirect(f"{reverse('cycle_page', args=[cycle.public_id])}#jobs")


@require_http_methods(["GET", "POST"])
@login_required
def cycle_extend(request: SignedInRequest, public_id: str, stage: str) -> HttpResponse:
    """Give a tier more time, with the reason."""
    cycle = _steered(request, public_id)
    window = CycleWindow.objects.filter(cycle=cycle, stage=stage).first()
    if window is None:
        raise Http404
    form = ExtensionForm(request.POST) if request.method == "POST" else ExtensionForm()
    if form.is_valid():
        try:
            moved = extend_window(cycle, stage, by=request.user, **form.cleaned_data)
        except BadInput as error:
            form.take(error)
        else:
            told = {"tier": tier_label(stage), "day": clock.last_day(moved[0].closes_at).isoformat()}
            messages.success(request, _("%(tier)s: open until the end of %(day)s.") % told)
            return redirect(f"{reverse('cycle_page', args=[cycle.public_id])}#windows")
    context = {
        "cycle": cycle,
        "tier": tier_label(stage),
        "until": clock.last_day(window.closes_at),
        "form": form,
    }
    return _page(request, "monitoring/cycle_extend.html", cycle, context, 422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@login_required
def cycle_close(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Say what closing means for this cycle, then close it."""
    cycle = _steered(request, public_id)
    if request.method == "POST":
        opening.close_cycle(cycle, by=request.user)
        messages.success(request, _("The cycle is closed. Its tables and figures stay as they are."))
        return redirect("cycle_page", cycle.public_id)
    if cycle.state == CycleState.CLOSED:
        raise RuleError("closed_already", _("This cycle is closed already."))
    context = {"cycle": cycle, "standing": opening.standing(cycle), "coverage": opening.coverage(cycle)}
    return _page(request, "monitoring/cycle_close.html", cycle, context)


def _page(
    request: SignedInRequest, name: str, cycle: Cycle, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    crumbs = [
        (_("Cycles"), reverse("cycle_list")),
        (period(cycle), reverse("cycle_page", args=[cycle.public_id])),
    ]
    return render(request, name, context | {"crumbs": crumbs}, status=status)


def _steered(request: SignedInRequest, public_id: str) -> Cycle:
    """A cycle that the reader steers. Raises Http404 where they do not see it, PermissionDenied where they only do."""
    cycle = visible_cycle(request, public_id)
    if not may_steer(request.user, cycle.division_id):
        raise PermissionDenied
    return cycle
