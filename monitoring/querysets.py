"""Questions about cycles, tables and their sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, FilteredRelation, Q

from monitoring.stages import EDITABLE_STAGES, CycleState, NodeLevel, RuleBookState, Stage
from organisation.roles import Role
from organisation.scope import NOTHING, scope_of, visible_rows

if TYPE_CHECKING:
    from organisation.models import User


class RuleBookQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Rules are for everyone who works under them: shipped books and those of the person's division."""
        if not scope_of(user).active:
            return self.none()
        return self.filter(Q(division=None) | Q(division_id=user.division_id))  # type: ignore[union-attr]

    def published(self) -> Self:
        return self.filter(state=RuleBookState.PUBLISHED)


class CycleQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Cycles of the person's division, for whoever holds a business role there."""
        scope = scope_of(user)
        if not scope.active or not scope.roles - {"sysadmin", "secadmin", "auditadmin"}:
            return self.none()
        return self.filter(division_id=user.division_id)  # type: ignore[union-attr]

    def open(self) -> Self:
        return self.filter(state=CycleState.OPEN)


class TableQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Tables within the person's nodes; for an auditor those assigned and in the engagement's period."""
        return self.filter(visible_rows(user, "monitoring.MonitoringTable"))

    def editable(self) -> Self:
        """With the unit, in an open cycle."""
        return self.filter(stage__in=EDITABLE_STAGES, cycle__state=CycleState.OPEN)

    def with_filling_window(self) -> Self:
        """Add filling_from and filling_until, None where the cycle sets no time for filling."""
        window = FilteredRelation("cycle__windows", condition=Q(cycle__windows__stage=Stage.FILLING))
        return self.annotate(
            filling_window=window,
            filling_from=F("filling_window__opens_at"),
            filling_until=F("filling_window__closes_at"),
        )

    def submitted(self) -> Self:
        return self.exclude(stage__in=EDITABLE_STAGES)

    def for_list(self) -> Self:
        """With what a list row shows, in one query."""
        return self.select_related("project", "unit", "department", "figures", "cycle")

    def waiting_for(self, user: User | AnonymousUser) -> Self:
        """Tables whose next act is the person's."""
        scope = scope_of(user)
        if not scope.active:
            return self.none()
        mine = NOTHING
        if units := scope.at(Role.CLERK):
            mine |= Q(unit_id__in=units, stage__in=EDITABLE_STAGES)
        if units := scope.at(Role.HEAD):
            mine |= Q(unit_id__in=units, stage=Stage.HEAD)
        if departments := scope.at(Role.DEPARTMENT):
            mine |= Q(department_id__in=departments, stage=Stage.DEPARTMENT)
        if sections := scope.at(Role.SECTION):
            mine |= Q(section_id__in=sections, stage=Stage.SECTION)
        if divisions := scope.at(Role.PERFORMANCE):
            mine |= Q(division_id__in=divisions, stage=Stage.PERFORMANCE)
        if Role.AUDITOR in scope.roles:
            mine |= Q(stage=Stage.THIRD_PARTY)
        return self.visible_to(user).filter(mine, cycle__state=CycleState.OPEN)


class RollupQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Sums of the nodes the person holds whole; never of a node of which only a part is theirs."""
        scope = scope_of(user)
        if not scope.active:
            return self.none()
        reached = (
            Q(cycle__division_id__in=scope.divisions)
            | Q(level=NodeLevel.SECTION, node_id__in=scope.sections)
            | Q(level=NodeLevel.DEPARTMENT, node_id__in=scope.departments)
            | Q(level=NodeLevel.UNIT, node_id__in=scope.units)
        )
        if scope.sections:
            from organisation.models import Department

            inside = Department.objects.filter(section_id__in=scope.sections).values("pk")
            reached |= Q(level=NodeLevel.DEPARTMENT, node_id__in=inside)
        if scope.departments or scope.sections:
            from organisation.models import BudgetUnit

            units_inside = BudgetUnit.objects.filter(
                Q(department_id__in=scope.departments) | Q(department__section_id__in=scope.sections)
            ).values("pk")
            reached |= Q(level=NodeLevel.UNIT, node_id__in=units_inside)
        return self.filter(reached)


class EvidenceQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Evidence of visible tables."""
        from monitoring.models import MonitoringTable

        return self.filter(table__in=MonitoringTable.objects.visible_to(user))

    def standing(self) -> Self:
        return self.filter(removed_at=None)
