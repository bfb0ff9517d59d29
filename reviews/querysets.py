"""Questions about remarks and engagements."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q

from foundation import clock
from organisation.roles import Role
from organisation.scope import NOTHING, scope_of

if TYPE_CHECKING:
    from organisation.models import User


class RemarkQuerySet(models.QuerySet):
    def standing(self) -> Self:
        return self.filter(settled_at=None)


class EngagementQuerySet(models.QuerySet):
    def in_force(self, day: date | None = None) -> Self:
        """Running on the day; first and last day count."""
        day = day or clock.today()
        return self.filter(starts_on__lte=day, ends_on__gte=day)

    def granted_to(self, user: User | AnonymousUser) -> Self:
        """Those the auditor was granted, at an institution where they are still appointed."""
        return self.filter(_granted(user))

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Engagements of the division steered, or those running that the auditor was granted."""
        scope = scope_of(user)
        if not scope.active:
            return self.none()
        steered = Q(division_id__in=scope.at(Role.PERFORMANCE) | scope.at(Role.LEADER))
        if Role.AUDITOR not in scope.roles:
            return self.filter(steered)
        day = clock.today()
        return self.filter(steered | (_granted(user) & Q(starts_on__lte=day, ends_on__gte=day)))


def _granted(user: User | AnonymousUser) -> Q:
    from reviews.models import EngagementGrant

    scope = scope_of(user)
    if not scope.institutions or user.pk is None:
        return NOTHING
    grants = EngagementGrant.objects.filter(
        user_id=user.pk, content_object=OuterRef("pk"), permission__codename="audit_engagement"
    )
    return Q(Exists(grants), institution_id__in=scope.institutions)
