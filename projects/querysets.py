"""Questions about many projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models

from organisation.scope import scope_of, visible_rows

if TYPE_CHECKING:
    from organisation.models import User


class ProjectQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Projects within the person's nodes; for an auditor those assigned."""
        return self.filter(visible_rows(user, "projects.BudgetProject"))

    def of_year(self, division_id: int, year: int) -> Self:
        return self.filter(division_id=division_id, year=year)

    def search(self, text: str) -> Self:
        """By code, name or the initials of its pinyin; every word must occur."""
        found = self
        for word in text.lower().split():
            found = found.filter(search_text__contains=word)
        return found


class ImportBatchQuerySet(models.QuerySet):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Batches of the divisions the person steers."""
        return self.filter(division_id__in=scope_of(user).at("performance"))
