"""The review queue: what its address asks for, as a set of tables the person may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Abs, Coalesce
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from foundation.sql import raw_int
from monitoring.choices import Light, Mismatch
from monitoring.models import MonitoringTable
from monitoring.paging import Page
from monitoring.querysets import TableQuerySet
from monitoring.stages import CycleState, Stage
from organisation.models import User
from projects.models import BudgetProject
from reviews.chain import CHAIN
from reviews.ordering import BY_ID, Order, page_in_order

WAITING, UNDER_REVIEW, COMPLETED = "waiting", "all", "done"
SHOWS = {
    WAITING: _("Waiting for me"),
    UNDER_REVIEW: _("Under review"),
    COMPLETED: _("Completed"),
}
# "All that match" counts no further than this, so that a long list costs no more than a short one.
COUNT_LIMIT = 5000
_UNKNOWN = Value(-(2**62))


def _figure(name: str) -> Coalesce:
    """A figure as a whole number; unknown comes before everything."""
    return Coalesce(raw_int(f"figures__{name}"), _UNKNOWN)


ORDERS: dict[str, Order] = {
    "project": Order(_("Project"), F("project__code"), str),
    "adjusted": Order(_("Adjusted budget"), _figure("adjusted")),
    "rate": Order(_("Execution rate"), _figure("execution_rate")),
    "completion": Order(_("Completion"), _figure("weighted_completion")),
    "gap": Order(_("Gap"), Coalesce(Abs(raw_int("figures__gap")), _UNKNOWN)),
    "score": Order(_("Score"), _figure("score")),
}


@dataclass(frozen=True)
class Queue:
    """The filters of an address. What the address does not know is left aside."""

    user: User
    query: QueryDict

    @property
    def show(self) -> str:
        given = self.query.get("show", "")
        return given if given in SHOWS else WAITING

    @property
    def sort(self) -> tuple[Order, bool]:
        """The order, and whether it runs downwards; else the order of arrival."""
        text = self.query.get("sort", "")
        descending = text.startswith("-")
        return ORDERS.get(text.removeprefix("-"), BY_ID), descending

    def tables(self) -> TableQuerySet:
        """All tables that match, without what a row shows."""
        found = self._shown()
        for name, column in (("light", "composite"), ("budget", "budget_light"), ("target", "target_light")):
            if self.query.get(name) in Light.values:
                found = found.filter(**{f"figures__{column}": self.query[name]})
        if self.query.get("tier") in CHAIN:
            found = found.filter(stage=self.query["tier"])
        if self.query.get("mismatch") in Mismatch.values:
            found = found.filter(figures__mismatch=self.query["mismatch"])
        if cycle := self.query.get("cycle", ""):
            found = found.filter(cycle__public_id=cycle[:12])
        department = self.query.get("department", "")
        if department.isascii() and department.isdigit() and len(department) < 19:
            found = found.filter(department_id=int(department))
        if self.text:
            found = found.filter(project__in=BudgetProject.objects.search(self.text).values("pk"))
        return found

    @property
    def text(self) -> str:
        return self.query.get("q", "").replace("\x00", "").strip()[:100]

    def page(self) -> Page[MonitoringTable]:
        """Fifty rows with what they show. One query."""
        order, descending = self.sort
        return page_in_order(self.tables().for_list(), order, descending=descending, query=self.query)

    def count(self) -> int:
        """How many match, counted up to 5,000."""
        return self.tables().order_by()[:COUNT_LIMIT].count()

    def next_after(self, table: MonitoringTable) -> MonitoringTable | None:
        """The next table that waits for the person, round to the first again."""
        waiting = Queue(self.user, _without(self.query, "show")).tables().exclude(pk=table.pk)
        ahead = waiting.filter(pk__gt=table.pk).order_by("pk").only("public_id").first()
        return ahead or waiting.order_by("pk").only("public_id").first()

    def active(self, offered: dict[str, tuple[str, list[tuple[Any, Any]]]]) -> Iterator[tuple[str, str, Any]]:
        """The filters in force as the chips want them: parameter, its label, the value's words."""
        for name, (label, choices) in offered.items():
            words = next((word for value, word in choices if str(value) == self.query.get(name)), None)
            if words is not None:
                yield name, label, words
        if self.text:
            yield "q", str(_("Text")), self.text

    def _shown(self) -> TableQuerySet:
        match self.show:
            case "waiting":
                waiting = MonitoringTable.objects.waiting_for(self.user)
                return waiting.filter(stage__in=CHAIN)
            case "done":
                return MonitoringTable.objects.visible_to(self.user).filter(stage=Stage.COMPLETED)
        under_review = MonitoringTable.objects.visible_to(self.user).filter(stage__in=CHAIN)
        return under_review.filter(cycle__state=CycleState.OPEN)


def _without(query: QueryDict, *names: str) -> QueryDict:
    copy = query.copy()
    for name in names:
        copy.pop(name, None)
    return copy
