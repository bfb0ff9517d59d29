"""Pages of engagements: who is commissioned, who works on it, what is assigned, how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation import clock
from foundation.errors import BadInput, RuleError
from foundation.forms import FaultyForm
from foundation.http import SignedInRequest, get_visible_or_404
from monitoring.models import MonitoringTable
from monitoring.paging import page_of
from monitoring.periods import period
from monitoring.stages import Stage
from organisation.models import User
from organisation.roles import Role
from organisation.scope import scope_of
from reviews import engagements
from reviews.chain import Action
from reviews.forms import CodesForm, EngagementForm, PeriodForm, SampleForm
from reviews.models import Assignment, Decision, Engagement

_HEARD = Decision.objects.filter(
    table=OuterRef("table"), from_stage=Stage.THIRD_PARTY, action__in=[Action.APPROVE, Action.OBJECT]
)


@login_required
@require_GET
def engagement_list(request: SignedInRequest) -> HttpResponse:
    """Engagements of the division, or those an auditor works on."""
    scope = scope_of(request.user)
    if not scope.roles & {Role.PERFORMANCE, Role.LEADER, Role.AUDITOR}:
        raise PermissionDenied
    rows = (
        Engagement.objects.visible_to(request.user)
        .select_related("cycle", "institution")
        .annotate(assigned=Count("assignments"))
        .annotate(waiting=Count("assignments", filter=Q(assignments__table__stage=Stage.THIRD_PARTY)))
        .order_by("-id")
    )
    for engagement in rows:
        engagement.months = period(engagement.cycle)  # type: ignore[attr-defined]
    context = {
        "engagements": rows,
        "today": clock.today(),
        "may_engage": bool(scope.at(Role.PERFORMANCE)),
    }
    return render(request, "reviews/engagement_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def engagement_new(request: SignedInRequest) -> HttpResponse:
    """Commission an institution for a cycle."""
    if not scope_of(request.user).at(Role.PERFORMANCE):
        raise PermissionDenied
    form = EngagementForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            engagement = engagements.create(by=request.user, **form.cleaned_data)
        except BadInput as error:
            form.take(error)
        except RuleError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("The engagement stands. Now name its auditors and what they review."))
            return redirect("engagement_page", engagement.public_id)
    status = 422 if form.errors else 200
    return render(request, "reviews/engagement_new.html", {"form": form}, status=status)


@login_required
@require_GET
def engagement_page(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One engagement: period, auditors, assigned tables with how far they are."""
    return _show(request, _visible(request, public_id))


@login_required
@require_POST
def engagement_period(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Change the days."""
    return _steer(request, public_id, "period_form", PeriodForm(request.POST), _change_period)


@login_required
@require_POST
def engagement_assign(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Assign tables by project codes."""
    return _steer(request, public_id, "codes_form", CodesForm(request.POST), _assign)


@login_required
@require_POST
def engagement_sample(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Assign all red, all key and a share drawn at random."""
    return _steer(request, public_id, "sample_form", SampleForm(request.POST), _draw)


@login_required
@require_POST
def engagement_auditor(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Put a person on the engagement, or take one off (`remove`)."""
    engagement = _visible(request, public_id)
    people = engagements.possible_auditors(engagement) | engagements.auditors(engagement)
    person = get_visible_or_404(people.distinct(), pk=request.POST.get("auditor", ""))
    if request.POST.get("remove"):
        engagements.remove_auditor(engagement, person, by=request.user)
        messages.success(request, _("%(who)s no longer works on it.") % {"who": person})
    else:
        engagements.add_auditor(engagement, person, by=request.user)
        messages.success(request, _("%(who)s works on it now.") % {"who": person})
    return redirect("engagement_page", public_id)


@login_required
@require_POST
def engagement_release(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Take one table out of the engagement."""
    engagement = _visible(request, public_id)
    tables = MonitoringTable.objects.visible_to(request.user).filter(assignments__engagement=engagement)
    table = get_visible_or_404(tables, public_id=request.POST.get("table", ""))
    engagements.release(engagement, table, by=request.user, text=_("Taken out of the engagement."))
    messages.success(request, _("The table is no longer assigned."))
    return redirect("engagement_page", public_id)


@login_required
@require_POST
def engagement_end(request: SignedInRequest, public_id: str) -> HttpResponse:
    """End the engagement now; what was not decided comes back."""
    engagement = _visible(request, public_id)
    engagements.end(engagement, by=request.user, text=request.POST.get("text", "").strip()[:300])
    messages.success(request, _("The engagement has ended; what was not decided came back."))
    return redirect("engagement_page", public_id)


def _change_period(engagement: Engagement, given: dict[str, Any], by: User) -> str:
    engagements.change_period(engagement, by=by, **given)
    return _("The period is changed.")


def _assign(engagement: Engagement, given: dict[str, Any], by: User) -> str:
    number = engagements.assign_codes(engagement, given["codes"].split(), by=by)
    return ngettext("%(n)s table is newly assigned.", "%(n)s tables are newly assigned.", number) % {
        "n": number
    }


def _draw(engagement: Engagement, given: dict[str, Any], by: User) -> str:
    sample = engagements.draw_sample(engagement, by=by, **given)
    words = {
        "red": sample.red,
        "key": sample.key,
        "drawn": sample.drawn,
        "of": sample.population,
        "seed": sample.seed,
    }
    return _("Assigned: %(red)s red, %(key)s key, %(drawn)s of %(of)s at random (seed %(seed)s).") % words


def _steer(
    request: SignedInRequest,
    public_id: str,
    name: str,
    form: FaultyForm,
    act: Callable[[Engagement, dict[str, Any], User], str],
) -> HttpResponse:
    """Read the form, act, come back; a fault is shown at its field with what was typed."""
    engagement = _visible(request, public_id)
    if not engagements.may_engage(request.user, engagement.division_id):
        raise PermissionDenied
    if form.is_valid():
        try:
            messages.success(request, act(engagement, form.cleaned_data, request.user))
            return redirect("engagement_page", public_id)
        except BadInput as error:
            form.take(error)
    return _show(request, engagement, status=422, **{name: form})


def _visible(request: SignedInRequest, public_id: str) -> Engagement:
    related = Engagement.objects.visible_to(request.user).select_related("cycle", "institution", "division")
    return get_visible_or_404(related, public_id=public_id)


def _show(
    request: SignedInRequest, engagement: Engagement, *, status: int = 200, **forms: Any
) -> HttpResponse:
    assigned = Assignment.objects.filter(
        engagement=engagement, table__in=MonitoringTable.objects.visible_to(request.user)
    ).annotate(heard=Exists(_HEARD))
    page = page_of(assigned.select_related("table__project", "table__unit", "table__figures"), request.GET)
    may_engage = engagements.may_engage(request.user, engagement.division_id)
    people = list(engagements.auditors(engagement))
    context = {
        "engagement": engagement,
        "months": period(engagement.cycle),
        "today": clock.today(),
        "page": page,
        "progress": assigned.aggregate(
            all=Count("pk"),
            answered=Count("pk", filter=Q(heard=True)),
            waiting=Count("pk", filter=Q(table__stage=Stage.THIRD_PARTY)),
        ),
        "auditors": people,
        "may_engage": may_engage,
        "samples": list(engagement.samples.select_related("drawn_by")),
    }
    if may_engage:
        days = {"starts_on": engagement.starts_on, "ends_on": engagement.ends_on}
        possible = engagements.possible_auditors(engagement).exclude(pk__in=[person.pk for person in people])
        context |= {
            "possible": list(possible),
            "period_form": PeriodForm(initial=days),
            "codes_form": CodesForm(),
            "sample_form": SampleForm(),
        }
    return render(request, "reviews/engagement_page.html", context | forms, status=status)
