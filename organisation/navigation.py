"""What stands in the navigation, by role; and who reads the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from organisation.models import Appointment, Notification
from organisation.roles import Role
from organisation.scope import scope_of

UNIT = {Role.CLERK, Role.HEAD}
REVIEWERS = {Role.HEAD, Role.DEPARTMENT, Role.SECTION, Role.PERFORMANCE, Role.AUDITOR}
BUSINESS = UNIT | REVIEWERS | {Role.LEADER}


@dataclass(frozen=True)
class Entry:
    name: str
    label: str | Promise
    icon: str
    roles: frozenset[str]


ENTRIES = (
    Entry("my_work", _("My work"), "inbox", frozenset(Role.values)),
    Entry("table_list", _("Monitoring tables"), "table", frozenset(BUSINESS)),
    Entry("review_queue", _("Reviews"), "check", frozenset(REVIEWERS)),
    Entry("task_list", _("Rectification"), "wrench", frozenset(BUSINESS - {Role.AUDITOR})),
    Entry("dashboard", _("Dashboard"), "chart", frozenset(BUSINESS - {Role.AUDITOR})),
    Entry("cycle_list", _("Cycles"), "calendar", frozenset(BUSINESS)),
    Entry("project_list", _("Projects"), "folder", frozenset(BUSINESS)),
    Entry("import_list", _("Imports"), "upload", frozenset({Role.PERFORMANCE})),
    Entry("engagement_list", _("Engagements"), "handshake", frozenset({Role.PERFORMANCE, Role.AUDITOR})),
    Entry("rule_book_list", _("Rule books"), "book", frozenset(BUSINESS)),
    Entry("people_list", _("People"), "people", frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN})),
    Entry("job_list", _("Jobs"), "gear", frozenset(BUSINESS | {Role.SYSTEM_ADMIN})),
    Entry("audit_list", _("Audit trail"), "shield", frozenset({Role.AUDIT_ADMIN, Role.PERFORMANCE})),
)


def page_context(request: HttpRequest) -> dict[str, Any]:
    """person, navigation, appointments, unread_count and division for base.html; little for the anonymous."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"person": None, "navigation": [], "appointments": [], "unread_count": 0, "division": None}
    return {
        "person": user,
        "navigation": _entries(request),
        "appointments": _appointments(user),
        "unread_count": _unread(user),
        "division": user.division,
    }


def _entries(request: HttpRequest) -> list[dict[str, Any]]:
    roles = scope_of(request.user).roles
    entries = []
    for entry in ENTRIES:
        if not entry.roles & roles and entry.name != "my_work":
            continue
        try:
            url = reverse(entry.name)
        except NoReverseMatch:
            continue
        active = request.path == url if url == "/" else request.path.startswith(url)
        entries.append(
            {"name": entry.name, "url": url, "label": entry.label, "icon": entry.icon, "active": active}
        )
    return entries


def _appointments(user: Any) -> list[Appointment]:
    in_force = Appointment.objects.in_force().filter(user=user)
    return list(in_force.select_related("division", "section", "department", "unit", "institution"))


def _unread(user: Any) -> int:
    return Notification.objects.filter(recipient=user, read_at=None).count()
