"""Accounts of people: made and switched on or off by administrators, never by their owner.

The system administrator keeps accounts, the security administrator appoints (organisation.appointments): neither
can let a person in alone. docs/administrator.md tells the same to people.
"""

from __future__ import annotations

import secrets

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from foundation import audit
from foundation.errors import BadInput, Fault, RuleError
from organisation import appointments
from organisation.models import Appointment, Division, User
from organisation.roles import ADMINISTRATORS, Role
from organisation.scope import forget_scope, scope_of

# Without look-alikes, so that it can be read out and typed.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4


def may_keep_accounts(by: User, division_id: int | None) -> bool:
    """Whether the person is the division's system administrator."""
    return division_id in scope_of(by).at(Role.SYSTEM_ADMIN)


def may_switch(user: User, by: User) -> bool:
    """Whether `by` may switch the account on or off: system or security administrator, never one's own."""
    scope = scope_of(by)
    keepers = scope.at(Role.SYSTEM_ADMIN) | scope.at(Role.SECURITY_ADMIN)
    return user.pk != by.pk and user.division_id in keepers


def may_reset_password(user: User, by: User) -> bool:
    """Whether `by` may set a first password again. Not an administrator's: that would be acting as them."""
    if user.pk == by.pk or not may_keep_accounts(by, user.division_id):
        return False
    return not Appointment.objects.in_force().filter(user=user, role__in=ADMINISTRATORS).exists()


@transaction.atomic
def create_person(
    *, username: str, name: str, division: Division, by: User, phone: str = ""
) -> tuple[User, str]:
    """Make an account without any role; returns it with its first password, which is kept nowhere.

    Raises PermissionDenied; BadInput for a user name that is taken or cannot be one.
    """
    if not may_keep_accounts(by, division.pk):
        raise PermissionDenied
    username, name = username.strip().lower(), name.strip()
    faults = []
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError:
        faults.append(Fault("username", _("Use letters, digits and . - _ only, without spaces.")))
    if User.objects.filter(username=username).exists():
        faults.append(Fault("username", _("This user name is taken.")))
    if not name:
        faults.append(Fault("name", _("Give the person's name.")))
    if faults:
        raise BadInput(faults)
    password = _first_password()
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                username,
                password=password,
                name=name,
                phone=phone.strip(),
                division=division,
                must_change_password=True,
            )
    except IntegrityError as error:
        raise BadInput([Fault("username", _("This user name is taken."))]) from error
    after = {"username": username, "name": name}
    audit.record("people.created", user, actor=by, after=after, division_id=division.pk)
    return user, password


@transaction.atomic
def reset_password(user: User, *, by: User) -> str:
    """Set a first password again; the person must choose their own at the next sign-in. Sessions end.

    Raises PermissionDenied; RuleError "administrator" for the account of another administrator.
    """
    if user.pk == by.pk or not may_keep_accounts(by, user.division_id):
        raise PermissionDenied
    if not may_reset_password(user, by):
        message = _("The password of an administrator is set at the machine: manage.py changepassword.")
        raise RuleError("administrator", message)
    password = _first_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    audit.record("people.password_reset", user, actor=by, division_id=user.division_id)
    return password


def deactivate(user: User, *, by: User) -> User:
    """Switch an account off. Raises PermissionDenied, RuleError "inactive"."""
    if not may_switch(user, by):
        raise PermissionDenied
    if not user.is_active:
        raise RuleError("inactive", _("This account is switched off already."))
    return appointments.deactivate(user, by=by)


@transaction.atomic
def reactivate(user: User, *, by: User) -> User:
    """Switch an account on again, with the appointments still in force. Raises PermissionDenied, RuleError "active"."""
    if not may_switch(user, by):
        raise PermissionDenied
    if user.is_active:
        raise RuleError("active", _("This account is in use already."))
    user.is_active = True
    user.save(update_fields=["is_active"])
    forget_scope(user)
    audit.record(
        "people.reactivated",
        user,
        actor=by,
        before={"is_active": False},
        after={"is_active": True},
        division_id=user.division_id,
    )
    return user


def _first_password() -> str:
    """Sixteen random characters in four groups (about 79 bits), accepted by every validator."""
    while True:
        groups = ("".join(secrets.choice(_LETTERS) for _place in range(_GROUP)) for _group in range(_GROUPS))
        password = "-".join(groups)
        try:
            validate_password(password)
        except ValidationError:
            continue
        return password
