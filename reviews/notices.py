"""Who is told what when a table moves. One notification a person and act, however many tables it moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from foundation.clock import ZONE
from monitoring.models import MonitoringTable
from monitoring.stages import Stage
from organisation.models import Appointment
from organisation.notifications import notify_many, register
from organisation.roles import NODE_OF_ROLE
from reviews.chain import NODE_AT, ROLE_AT, Action
from reviews.models import Assignment, Decision, EngagementGrant, Remark

_SENTENCES = {
    "reviews.arrived": _("%(table)s waits for your review."),
    "reviews.arrived_many": _("%(count)s tables wait for your review."),
    "reviews.returned": _("%(who)s returned %(table)s (%(code)s): %(text)s"),
    "reviews.returned_many": _("%(who)s returned %(count)s of your tables (%(code)s): %(text)s"),
    "reviews.objected": _("The third party objects to %(table)s: %(text)s"),
    "reviews.objected_many": _("The third party objects to %(count)s tables: %(text)s"),
    "reviews.recalled": _("%(table)s was taken back from the third party and waits for your review."),
    "reviews.recalled_many": _(
        "%(count)s tables were taken back from the third party and wait for your review."
    ),
    "reviews.completed": _("%(table)s has passed the whole chain."),
    "reviews.completed_many": _("%(count)s of your tables have passed the whole chain."),
    "reviews.remarked": _("%(who)s remarks on %(table)s: %(text)s"),
    "reviews.settled": _("%(who)s settled your remark on %(table)s."),
}
for _kind, _sentence in _SENTENCES.items():
    register(_kind, _sentence)

_EXCERPT = 120
Entry = tuple[int, str, str, str, dict[str, Any]]


def owe_for(decisions: list[Decision]) -> None:
    """Tell of the decisions of one act: the next tier's people, or the clerks. `table` must be at hand."""
    by_kind: dict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        if kind := _kind_of(decision):
            by_kind[kind].append(decision)
    recipients = _Recipients(decisions)
    entries: list[Entry] = []
    for kind, told in by_kind.items():
        entries += _entries(kind, told, recipients)
    if entries:
        notify_many(entries)


def owe_for_remark(remark: Remark) -> None:
    """Tell the unit's clerks of a new remark."""
    people = people_at(Stage.FILLING, [remark.table])[remark.table_id] - {remark.author_id}
    params = {"who": str(remark.author), "table": _name(remark.table), "text": remark.text[:_EXCERPT]}
    url = _table_url(remark.table)
    notify_many((person, "reviews.remarked", f"remark:{remark.public_id}", url, params) for person in people)


def owe_for_settled(remark: Remark) -> None:
    """Tell the author that somebody else settled the remark."""
    if remark.settled_by_id == remark.author_id:
        return
    params = {"who": str(remark.settled_by), "table": _name(remark.table)}
    url = reverse("review_page", args=[remark.table.public_id])
    notify_many([(remark.author_id, "reviews.settled", f"settled:{remark.public_id}", url, params)])


def people_at(stage: str, tables: Iterable[MonitoringTable], day: date | None = None) -> dict[int, set[int]]:
    """Table id → ids of the active people who act on it at the stage on the day (today). One query."""
    tables = list(tables)
    found: dict[int, set[int]] = {table.pk: set() for table in tables}
    if stage == Stage.THIRD_PARTY:
        _add_auditors(found)
        return found
    role, column = ROLE_AT[stage], NODE_AT[stage]
    node = NODE_OF_ROLE[role].value
    appointed = Appointment.objects.in_force(day).filter(
        role=role, user__is_active=True, **{f"{node}__in": {getattr(table, column) for table in tables}}
    )
    at_node: dict[int, set[int]] = defaultdict(set)
    for node_id, user_id in appointed.order_by().values_list(f"{node}_id", "user_id"):
        at_node[node_id].add(user_id)
    for table in tables:
        found[table.pk] = at_node[getattr(table, column)]
    return found


def _add_auditors(found: dict[int, set[int]]) -> None:
    assigned = Assignment.objects.filter(table__in=list(found)).values_list("table_id", "engagement_id")
    engagements = dict(assigned)
    grants = EngagementGrant.objects.filter(
        content_object__in=set(engagements.values()), user__is_active=True
    )
    at_engagement: dict[int, set[int]] = defaultdict(set)
    for engagement_id, user_id in grants.values_list("content_object_id", "user_id"):
        at_engagement[engagement_id].add(user_id)
    for table_id, engagement_id in engagements.items():
        found[table_id] = at_engagement[engagement_id]


class _Recipients:
    """The people at each stage, asked once a stage for all tables of the act."""

    def __init__(self, decisions: list[Decision]) -> None:
        self._decisions = decisions
        self._day = decisions[0].at.astimezone(ZONE).date()
        self._at: dict[str, dict[int, set[int]]] = {}

    def at(self, stage: str, table: MonitoringTable) -> set[int]:
        if stage not in self._at:
            self._at[stage] = people_at(stage, [decision.table for decision in self._decisions], self._day)
        return self._at[stage][table.pk]


def _kind_of(decision: Decision) -> str:
    match decision.action, decision.to_stage:
        case (Action.RETURN, _stage):
            return "reviews.returned"
        case (Action.OBJECT, _stage):
            return "reviews.objected"
        case (Action.RECALL, _stage):
            return "reviews.recalled"
        case (Action.WITHDRAW, _stage):
            return ""
        case (_action, Stage.COMPLETED):
            return "reviews.completed"
    return "reviews.arrived"


def _entries(kind: str, decisions: list[Decision], recipients: _Recipients) -> Iterator[Entry]:
    """One entry a person: the sentence of the table when it is one, the sentence with the count when many."""
    to_unit = kind in ("reviews.returned", "reviews.completed")
    told: dict[int, list[Decision]] = defaultdict(list)
    for decision in decisions:
        stage = Stage.FILLING if to_unit else decision.to_stage
        for person in recipients.at(stage, decision.table):
            if person != decision.actor_id:
                told[person].append(decision)
    address: Callable[[MonitoringTable], str] = _table_url if to_unit else _review_url
    for person, mine in told.items():
        first = mine[0]
        params = {"who": str(first.actor), "code": first.code, "text": first.text[:_EXCERPT]}
        key = f"{kind.partition('.')[2]}:{first.public_id}"
        if len(mine) == 1:
            yield person, kind, key, address(first.table), params | {"table": _name(first.table)}
        else:
            url = reverse("table_list") if to_unit else f"{reverse('review_queue')}?waiting=1"
            yield person, f"{kind}_many", key, url, params | {"count": len(mine)}


def _name(table: MonitoringTable) -> str:
    return table.project.name


def _table_url(table: MonitoringTable) -> str:
    return reverse("table_page", args=[table.public_id])


def _review_url(table: MonitoringTable) -> str:
    return reverse("review_page", args=[table.public_id])
