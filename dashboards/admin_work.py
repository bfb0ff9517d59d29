"""What an administrator should look at: few numbers, each a way to its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from dashboards.addresses import address
from dashboards.audit_chain import last_check
from dashboards.jobs_seen import recent, visible_jobs
from foundation import clock
from foundation.models import JobState
from foundation.templatetags.figures import moment
from organisation.models import Appointment, User
from organisation.people import ending_soon
from organisation.roles import Role
from organisation.scope import scope_of

STALE_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class Line:
    """Something to look at: how many, where, and whether it wants doing."""

    label: str
    count: int | None
    href: str
    note: str = ""
    urgent: bool = False


def admin_lines(user: User) -> list[Line]:
    """The lines of whichever of the three administrators the person is; [] for everybody else."""
    roles = scope_of(user).roles
    if Role.SYSTEM_ADMIN in roles:
        return _system_lines(user)
    if Role.SECURITY_ADMIN in roles:
        return _security_lines(user)
    if Role.AUDIT_ADMIN in roles:
        return _audit_lines()
    return []


def _system_lines(user: User) -> list[Line]:
    failed = recent(visible_jobs(user)).filter(state=JobState.FAILED).count()
    label = _("Jobs that failed in the last seven days")
    return [Line(label, failed, address("job_list", state="failed", recent=1), urgent=failed > 0)]


def _security_lines(user: User) -> list[Line]:
    people = User.objects.visible_to(user).filter(is_active=True).exclude(division=None)
    held = Appointment.objects.in_force().filter(user=OuterRef("pk"))
    without = people.filter(~Exists(held)).count()
    ending = people.filter(Exists(ending_soon().filter(user=OuterRef("pk")))).count()
    return [
        Line(
            _("Accounts in use without an appointment"),
            without,
            address("people_list", role="none", state="active"),
            urgent=without > 0,
        ),
        Line(
            _("People whose appointment ends within 30 days"),
            ending,
            address("people_list", role="ending", state="active"),
        ),
    ]


def _audit_lines() -> list[Line]:
    label, href = _("The audit trail"), reverse("audit_list")
    found = last_check()
    if found is None:
        return [Line(label, None, href, _("It has not been verified yet."), urgent=True)]
    at = found.job.finished_at
    if not found.whole:
        note = _("It is broken at event %(number)s.") % {"number": found.first_bad}
        return [Line(label, None, href, note, urgent=True)]
    note = _("Verified whole: %(count)s events, %(at)s.") % {"count": found.count, "at": moment(at)}
    return [Line(label, None, href, note, urgent=at is None or clock.now() - at > STALE_AFTER)]
