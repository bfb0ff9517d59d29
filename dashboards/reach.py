"""Whose figures a person sees on the dashboard: of the highest nodes they hold whole, or of one department inside."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import models

from foundation.http import get_visible_or_404
from monitoring.stages import NodeLevel
from organisation.models import BudgetUnit, BusinessSection, Department, User
from organisation.scope import scope_of


@dataclass(frozen=True)
class Reach:
    """Nodes of one level, summed up together, and the level whose nodes are listed below them.

    department: the one looked into from above; None where the person sees their own nodes.
    """

    level: NodeLevel
    ids: frozenset[int]
    below: NodeLevel
    name: str
    department: Department | None = None

    @property
    def column(self) -> str:
        """Name of the column that carries the node on rows."""
        return f"{self.level}_id"

    @property
    def column_below(self) -> str:
        return f"{self.below}_id"

    @property
    def filters(self) -> dict[str, object]:
        """What a list needs in its address to show the same rows; the rest is what the person may see."""
        return {"department": self.department.pk} if self.department else {}


def reach_of(user: User, department: str = "") -> Reach:
    """The nodes of the person; `department` (an id from the address) looks into one of them.

    Raises PermissionDenied for whoever holds no node, Http404 for a department that is not open to them.
    """
    scope = scope_of(user)
    if not (scope.divisions or scope.sections or scope.departments or scope.units):
        raise PermissionDenied
    if department:
        inside = Department.objects.visible_to(user).filter(scope.node_filter("department"))
        found = get_visible_or_404(inside, pk=department)
        return Reach(NodeLevel.DEPARTMENT, frozenset({found.pk}), NodeLevel.UNIT, found.name, found)
    if scope.divisions:
        return Reach(NodeLevel.DIVISION, scope.divisions, NodeLevel.DEPARTMENT, str(user.division))
    if scope.sections:
        name = _names(BusinessSection, scope.sections)
        return Reach(NodeLevel.SECTION, scope.sections, NodeLevel.DEPARTMENT, name)
    if scope.departments:
        name = _names(Department, scope.departments)
        return Reach(NodeLevel.DEPARTMENT, scope.departments, NodeLevel.UNIT, name)
    return Reach(NodeLevel.UNIT, scope.units, NodeLevel.UNIT, _names(BudgetUnit, scope.units))


def _names(model: type[models.Model], ids: frozenset[int]) -> str:
    return "、".join(model._default_manager.filter(pk__in=ids).values_list("name", flat=True))
