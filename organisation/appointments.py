"""Who is appointed where: each appointment gives its guardian grant, each end takes it back."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from guardian.shortcuts import assign_perm, remove_perm

from foundation import audit, clock
from foundation.errors import RuleError
from organisation.models import Appointment, User
from organisation.roles import GRANT_OF_ROLE, NODE_OF_ROLE, Role, may_hold_together
from organisation.scope import forget_scope, scope_of


def may_appoint(by: User, division_id: int) -> bool:
    """Only the security administrator of the division appoints."""
    return division_id in scope_of(by).at(Role.SECURITY_ADMIN)


@transaction.atomic
def appoint(
    user: User,
    role: str,
    node: models.Model,
    *,
    by: User | None,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Appointment:
    """Give a role at a node, from–until (both days count); `by` None is the installation itself.

    Raises PermissionDenied when `by` may not appoint, or appoints themself; RuleError when the roles
    exclude each other ("exclusive_roles"), the node is of the wrong kind ("wrong_node") or the person
    holds that role there already ("already_appointed").
    """
    kind = NODE_OF_ROLE[role]
    if by is not None and (by.pk == user.pk or not may_appoint(by, _division_of(node))):
        raise PermissionDenied
    if node._meta.model_name != _MODEL_OF_KIND[kind]:
        raise RuleError("wrong_node", _("This role is not held at a node of that kind."))
    _refuse_exclusive(user, role)
    starts_on = starts_on or clock.today()
    held = Appointment.objects.filter(user=user, role=role, **{kind: node}).filter(
        Q(ends_on=None) | Q(ends_on__gte=starts_on)
    )
    if held.exists():
        raise RuleError("already_appointed", _("This person already holds that role there."))
    appointment = Appointment.objects.create(
        user=user, role=role, kind=kind, starts_on=starts_on, ends_on=ends_on, appointed_by=by, **{kind: node}
    )
    assign_perm(GRANT_OF_ROLE[role], user, node)
    forget_scope(user)
    audit.record(
        "people.appointed", user, actor=by, after=_described(appointment), division_id=_division_of(node)
    )
    return appointment


@transaction.atomic
def end_appointment(appointment: Appointment, *, by: User | None, on: date | None = None) -> Appointment:
    """Let an appointment end; effective at once when the day is today or earlier.

    The grant goes at once, so the next request sees nothing although the last day itself counts.
    """
    user, node = appointment.user, appointment.node
    if by is not None and (by.pk == user.pk or not may_appoint(by, _division_of(node))):
        raise PermissionDenied
    before = _described(appointment)
    today = clock.today()
    on = on or today
    appointment.ends_on = max(on, appointment.starts_on)
    appointment.save(update_fields=["ends_on"])
    if on <= today:
        _take_back_grant(appointment)
    forget_scope(user)
    audit.record(
        "people.appointment_ended",
        user,
        actor=by,
        before=before,
        after=_described(appointment),
        division_id=_division_of(node),
    )
    return appointment


@transaction.atomic
def deactivate(user: User, *, by: User | None) -> User:
    """Switch an account off: from the next request on it sees nothing."""
    if by is not None and (by.pk == user.pk or user.division_id not in scope_of(by).administered_divisions):
        raise PermissionDenied
    user.is_active = False
    user.save(update_fields=["is_active"])
    forget_scope(user)
    audit.record(
        "people.deactivated",
        user,
        actor=by,
        before={"is_active": True},
        after={"is_active": False},
        division_id=user.division_id,
    )
    return user


_MODEL_OF_KIND = {
    "division": "division",
    "section": "businesssection",
    "department": "department",
    "unit": "budgetunit",
    "institution": "institution",
}


def _division_of(node: models.Model) -> int:
    return node.pk if node._meta.model_name == "division" else node.division_id  # type: ignore[attr-defined]


def _refuse_exclusive(user: User, role: str) -> None:
    for held in Appointment.objects.in_force().filter(user=user).values_list("role", flat=True):
        if not may_hold_together(held, role):
            raise RuleError(
                "exclusive_roles",
                _(
                    "An administrator holds no second role: system, security and audit administration keep apart."
                ),
            )


def _take_back_grant(appointment: Appointment) -> None:
    still_held = Appointment.objects.filter(
        user=appointment.user, role=appointment.role, **{appointment.kind: appointment.node}
    ).filter(Q(ends_on=None) | Q(ends_on__gt=clock.today()))
    if not still_held.exclude(pk=appointment.pk).exists():
        remove_perm(GRANT_OF_ROLE[appointment.role], appointment.user, appointment.node)


def _described(appointment: Appointment) -> dict[str, str | None]:
    return {
        "role": appointment.role,
        "node": str(appointment.node),
        "starts_on": appointment.starts_on.isoformat(),
        "ends_on": appointment.ends_on.isoformat() if appointment.ends_on else None,
    }
