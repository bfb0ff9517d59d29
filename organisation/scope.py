"""What one person's appointments reach: read once a request, few numbers, joined to many rows.

A node counts only while both stand: an appointment in force today, and the guardian grant that it gave.
Global permissions never widen it. Rows are reached by their denormalised division, section, department
and unit, so that a list costs one plain filter (docs/decisions/0005-few-grants-many-rows.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet

from organisation import models
from organisation.roles import ADMINISTRATORS, GRANT_OF_ROLE, NODE_OF_ROLE, Role

NOTHING = Q(pk__in=[])

_GRANTS = {
    "division": models.DivisionGrant,
    "section": models.BusinessSectionGrant,
    "department": models.DepartmentGrant,
    "unit": models.BudgetUnitGrant,
    "institution": models.InstitutionGrant,
}

_HOOKS: dict[str, list[Callable[[models.User], Q]]] = defaultdict(list)


def also_visible(label: str) -> Callable[[Callable[[models.User], Q]], Callable[[models.User], Q]]:
    """Register a predicate of an upper app that lets an auditor see more rows of `label`.

    Example: reviews tells that assigned tables are visible to the auditors of the engagement.
    """

    def register(predicate: Callable[[models.User], Q]) -> Callable[[models.User], Q]:
        _HOOKS[label].append(predicate)
        return predicate

    return register


@dataclass(frozen=True)
class Scope:
    """The nodes a person reaches, by role. Empty for whoever is inactive or holds no appointment."""

    active: bool = False
    roles: frozenset[str] = frozenset()
    divisions: frozenset[int] = frozenset()
    sections: frozenset[int] = frozenset()
    departments: frozenset[int] = frozenset()
    units: frozenset[int] = frozenset()
    institutions: frozenset[int] = frozenset()
    administered_divisions: frozenset[int] = frozenset()
    held: dict[str, frozenset[int]] = field(default_factory=dict)

    def at(self, role: str) -> frozenset[int]:
        """Ids of the nodes at which the role is held."""
        return self.held.get(role, frozenset())

    def rows(self, prefix: str = "") -> Q:
        """Filter of rows that carry division, section, department and unit (`prefix` such as "table__")."""
        parts = {
            "division_id__in": self.divisions,
            "section_id__in": self.sections,
            "department_id__in": self.departments,
            "unit_id__in": self.units,
        }
        reached = [Q(**{prefix + name: ids}) for name, ids in parts.items() if ids]
        if not self.active or not reached:
            return NOTHING
        result = reached[0]
        for part in reached[1:]:
            result |= part
        return result

    def node_filter(self, model_name: str | None) -> Q:
        """Filter of nodes of one model."""
        if not self.active:
            return NOTHING
        divisions = self.divisions | self.administered_divisions
        match model_name:
            case "division":
                return Q(pk__in=divisions)
            case "businesssection":
                return Q(division_id__in=divisions) | Q(pk__in=self.sections)
            case "department":
                return (
                    Q(division_id__in=divisions)
                    | Q(section_id__in=self.sections)
                    | Q(pk__in=self.departments)
                )
            case "budgetunit":
                return (
                    Q(division_id__in=divisions)
                    | Q(department__section_id__in=self.sections)
                    | Q(department_id__in=self.departments)
                    | Q(pk__in=self.units)
                )
            case "institution":
                return Q(division_id__in=divisions) | Q(pk__in=self.institutions)
        return NOTHING


def scope_of(user: models.User | AnonymousUser) -> Scope:
    """The person's scope, read once and kept on the user object of this request."""
    cached = getattr(user, "_scope", None)
    if cached is None:
        cached = _read(user)
        user._scope = cached  # type: ignore[union-attr]
    return cached


def forget_scope(user: models.User) -> None:
    """Read again next time: an appointment has changed."""
    if hasattr(user, "_scope"):
        del user._scope


def visible_rows(user: models.User | AnonymousUser, label: str, prefix: str = "") -> Q:
    """Filter of the rows of model `label` ("monitoring.MonitoringTable") that the person may see.

    prefix leads from the row to the one that carries the organisation columns.
    """
    scope = scope_of(user)
    if not scope.active:
        return NOTHING
    result = scope.rows(prefix)
    if Role.AUDITOR in scope.roles:
        for predicate in _HOOKS[label]:
            result |= predicate(user)  # type: ignore[arg-type]
    return result


def _read(user: models.User | AnonymousUser) -> Scope:
    if not user.is_authenticated or not user.is_active:
        return Scope()
    if user.is_demo and not settings.DEMO_ACCOUNTS_ALLOWED:
        return Scope()
    held: dict[str, set[int]] = defaultdict(set)
    rows = (
        models.Appointment.objects.in_force()
        .filter(_has_its_grant(), user=user)
        .values_list("role", "division_id", "section_id", "department_id", "unit_id", "institution_id")
    )
    for role, *nodes in rows:
        held[role].update(node for node in nodes if node is not None)

    def reached(*roles: str) -> frozenset[int]:
        return frozenset().union(*(held.get(role, set()) for role in roles))

    return Scope(
        active=True,
        roles=frozenset(held),
        divisions=reached(Role.PERFORMANCE, Role.LEADER),
        sections=reached(Role.SECTION),
        departments=reached(Role.DEPARTMENT),
        units=reached(Role.CLERK, Role.HEAD),
        institutions=reached(Role.AUDITOR),
        administered_divisions=reached(*ADMINISTRATORS),
        held={role: frozenset(ids) for role, ids in held.items()},
    )


def _has_its_grant() -> Q:
    """The guardian grant behind an appointment still stands."""
    result = Q()
    for role, codename in GRANT_OF_ROLE.items():
        kind = NODE_OF_ROLE[role].value
        grants: QuerySet[Any] = _GRANTS[kind].objects.all()
        grant = grants.filter(
            user=OuterRef("user"), content_object=OuterRef(kind), permission__codename=codename
        )
        result |= Q(role=role) & Q(Exists(grant))
    return result
