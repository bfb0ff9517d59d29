"""The audit trail to read, filtered by its address, and to be proved whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from dashboards import audit_chain
from dashboards.audit_words import ACTIONS, changes_of, word_of
from foundation import clock
from foundation.http import SignedInRequest
from foundation.models import AuditEvent
from monitoring.paging import page_of
from organisation.models import User
from organisation.roles import Role
from organisation.scope import scope_of
from projects.batches import only_division

_NOBODY = "system"


@login_required
@require_GET
def audit_list(request: SignedInRequest) -> HttpResponse:
    """Events of the division, newest first, fifty a page: ?person, ?action, ?text, ?target, ?from, ?until."""
    user = request.user
    page = page_of(filtered(visible_events(user), request.GET, user), request.GET, newest_first=True)
    context = {
        "rows": [
            {"event": event, "word": word_of(event.action), "changes": changes_of(event)}
            for event in page.rows
        ],
        "page": page,
        "action_choices": sorted(
            ((name, str(word)) for name, word in ACTIONS.items()), key=lambda pair: pair[1]
        ),
        "active": list(_active(request.GET, page.rows)),
        "may_verify": audit_chain.may_verify(user),
        "last_check": audit_chain.last_check() if audit_chain.may_verify(user) else None,
    }
    return render(request, "dashboards/audit_list.html", context)


@login_required
@require_POST
def audit_verify(request: SignedInRequest) -> HttpResponse:
    """Walk the whole chain in the background; the job tells the verdict."""
    return redirect("job_page", audit_chain.start(request.user).public_id)


def visible_events(user: User) -> QuerySet[AuditEvent]:
    """What happened in the divisions that the person audits or steers. Raises PermissionDenied for anybody else.

    What belongs to no division is the audit administrator's where the installation has a single bureau.
    """
    scope = scope_of(user)
    audited, steered = scope.at(Role.AUDIT_ADMIN), scope.at(Role.PERFORMANCE)
    if not audited and not steered:
        raise PermissionDenied
    visible = Q(division_id__in=audited | steered)
    if audited:
        only = only_division()
        if only is not None and only.pk in audited:
            visible |= Q(division_id=None)
    return AuditEvent.objects.filter(visible)


def filtered(events: QuerySet[AuditEvent], query: QueryDict, user: User) -> QuerySet[AuditEvent]:
    """The events that the address asks for; what it does not know is left aside."""
    if person := _words(query, "person"):
        known = User.objects.filter(division_id=user.division_id)
        known = known.filter(Q(username=person.lower()) | Q(name__icontains=person))
        events = (
            events.filter(actor=None) if person == _NOBODY else events.filter(actor__in=known.values("pk"))
        )
    if query.get("action") in ACTIONS:
        events = events.filter(action=query["action"])
    if text := _words(query, "text"):
        events = events.filter(target_name__icontains=text)
    kind, _colon, number = query.get("target", "").partition(":")
    if kind and number:
        events = events.filter(target_kind=kind[:60], target_id=number[:40])
    if (first := _day(query, "from")) is not None:
        events = events.filter(at__gte=datetime.combine(first, time.min, clock.ZONE))
    if (last := _day(query, "until")) is not None:
        events = events.filter(at__lt=clock.end_of_day(last))
    return events


def _words(query: QueryDict, name: str) -> str:
    return query.get(name, "").replace("\x00", "").strip()[:100]


def _day(query: QueryDict, name: str) -> date | None:
    try:
        return date.fromisoformat(query.get(name, ""))
    except ValueError:
        return None


def _active(query: QueryDict, rows: list[AuditEvent]) -> Iterator[tuple[str, str, str]]:
    if person := _words(query, "person"):
        yield "person", _("Person"), person
    if (action := query.get("action", "")) in ACTIONS:
        yield "action", _("Action"), word_of(action)
    if text := _words(query, "text"):
        yield "text", _("Object"), text
    if query.get("target", "").count(":") == 1:
        yield "target", _("Object"), rows[0].target_name if rows else query.get("target", "")
    for name, label in (("from", _("From day")), ("until", _("Until day"))):
        if day := _day(query, name):
            yield name, label, day.isoformat()
