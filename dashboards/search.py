"""Finding a project by its code, its name or its pinyin, with its tables; and the units of that name."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Q

from monitoring.models import MonitoringTable
from organisation.models import BudgetUnit, User
from organisation.scope import scope_of
from projects.models import BudgetProject

PROJECTS, UNITS = 20, 5


@dataclass
class Found:
    """What matches and may be seen. `more`: there are further projects, so that the reader types another word."""

    projects: list[BudgetProject] = field(default_factory=list)
    units: list[BudgetUnit] = field(default_factory=list)
    more: bool = False


def search(user: User, text: str) -> Found:
    """At most 20 projects, each with its tables (`shown_tables`), and 5 units; nothing for an empty text."""
    text = text.replace("\x00", "").strip()[:100]
    if not text:
        return Found()
    matching = BudgetProject.objects.visible_to(user).search(text).select_related("unit", "department")
    projects = list(matching.order_by("-year", "code")[: PROJECTS + 1])
    found = Found(projects[:PROJECTS], _units(user, text), len(projects) > PROJECTS)
    by_project: dict[int, list[MonitoringTable]] = {project.pk: [] for project in found.projects}
    tables = MonitoringTable.objects.visible_to(user).filter(project__in=list(by_project))
    for table in tables.select_related("cycle", "figures").order_by("-cycle__year", "-cycle__month"):
        by_project[table.project_id].append(table)
    for project in found.projects:
        project.shown_tables = by_project[project.pk]  # type: ignore[attr-defined]
    return found


def _units(user: User, text: str) -> list[BudgetUnit]:
    """Units by name or the beginning of their code; whoever has no business role looks for none."""
    scope = scope_of(user)
    if not (scope.divisions or scope.sections or scope.departments or scope.units):
        return []
    named = Q(name__icontains=text) | Q(code__startswith=text)
    return list(BudgetUnit.objects.visible_to(user).filter(named).select_related("department")[:UNITS])
