"""Questions about findings and tasks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from organisation.roles import Role
from organisation.scope import NOTHING, scope_of, visible_rows
from rectification.choices import WITH_THE_UNIT, TaskState

if TYPE_CHECKING:
    from organisation.models import User


class FindingQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(visible_rows(user, "rectification.Finding"))


class TaskQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(visible_rows(user, "rectification.Task"))

    def standing(self) -> Self:
        return self.exclude(state=TaskState.CLOSED)

    def overdue(self, now: datetime) -> Self:
        """Open past their completion date, or unanswered past the date for a reply."""
        unanswered = Q(state__in=WITH_THE_UNIT, reply_due_at__lte=now)
        return self.standing().filter(Q(complete_due_at__lte=now) | unanswered)

    def waiting_for(self, user: User | AnonymousUser) -> Self:
        """Tasks whose next act is the person's."""
        scope = scope_of(user)
        if not scope.active:
            return self.none()
        mine = NOTHING
        if units := scope.at(Role.CLERK):
            mine |= Q(unit_id__in=units, state__in=WITH_THE_UNIT)
        if departments := scope.at(Role.DEPARTMENT):
            mine |= Q(department_id__in=departments, state=TaskState.DEPARTMENT)
        bureau = Q(division_id__in=scope.at(Role.PERFORMANCE)) | Q(section_id__in=scope.at(Role.SECTION))
        return self.visible_to(user).filter(mine | (bureau & Q(state=TaskState.BUREAU)))
