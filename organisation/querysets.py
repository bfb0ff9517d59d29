"""Questions about nodes and people. Each set a person may see starts here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from foundation import clock

if TYPE_CHECKING:
    from datetime import date

    from organisation.models import User


class NodeQuerySet(models.QuerySet):
    """Divisions, sections, departments, units, institutions."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Nodes inside what the person's appointments reach (organisation.scope)."""
        from organisation.scope import scope_of

        return self.filter(scope_of(user).node_filter(self.model._meta.model_name))

    def open(self) -> Self:
        """Nodes not closed, merged away or split up."""
        return self.filter(closed_on=None)


class UserQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """People of the divisions an administrator runs or appoints in; anyone else sees only themselves."""
        from organisation.scope import scope_of

        scope = scope_of(user)
        if not scope.active:
            return self.none()
        return self.filter(Q(division_id__in=scope.administered_divisions) | Q(pk=user.pk))


class AppointmentQuerySet(models.QuerySet):
    def in_force(self, day: date | None = None) -> Self:
        """Running on the day (today in Shanghai when not given); the first and last day count."""
        day = day or clock.today()
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Appointments of the people the user may see."""
        from organisation.models import User

        return self.filter(user__in=User.objects.visible_to(user))
