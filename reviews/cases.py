"""Tables with everything that decides whether somebody may act on them: loaded for one or for many at once.

However many the tables, the number of queries is the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from foundation import clock
from foundation.clock import ZONE
from monitoring.books import rules_of
from monitoring.models import CellOrigin, Cycle, CycleWindow, Evidence, Explanation, MonitoringTable
from monitoring.rulebook import ReturnReason
from monitoring.snapshots import Sheet
from monitoring.stages import Stage
from organisation.models import User
from organisation.roles import Role
from organisation.scope import scope_of
from reviews.chain import CHAIN, PASSING, TIER_AT, Action, Route
from reviews.models import Assignment, Decision, Engagement, Review

# Long texts that no decision looks at.
HEAVY = (
    "execution_reason",
    "objective",
    "objective_progress",
    "target_change_note",
    "problems",
    "measures",
    "suggestions",
)


class Deed(NamedTuple):
    """What an earlier decision tells the next."""

    table_id: int
    review_id: int | None
    action: str
    from_stage: str
    to_stage: str
    revision: int
    actor_id: int
    actor_name: str
    at: datetime


@dataclass
class Case:
    """One table as `by` stands to it, at one moment."""

    table: MonitoringTable
    cycle: Cycle
    by: User
    now: datetime
    windows: Mapping[str, CycleWindow]
    deeds: list[Deed] = field(default_factory=list)
    # Ids of the engagements in force that the table is assigned to, and whether the person works for one.
    engagement_id: int | None = None
    assigned_to_person: bool = False
    # Whether figures, explanations or evidence of the person stand on the table.
    touched: bool = False
    # Of a submission only: the table's rows, and the passage that it opens.
    sheet: Sheet | None = None
    opened: Review | None = None

    @property
    def last(self) -> Deed | None:
        return self.deeds[-1] if self.deeds else None

    @property
    def returned_by(self) -> Stage | None:
        """The tier that returned the table last."""
        return next((Stage(deed.from_stage) for deed in self._returns()), None)

    def _returns(self) -> Iterator[Deed]:
        return (deed for deed in reversed(self.deeds) if deed.action == Action.RETURN)

    @property
    def review_id(self) -> int | None:
        """The open passage through the chain; None while the table is with the unit, or completed."""
        if self.opened is not None:
            return self.opened.pk
        return self.last.review_id if self.last and self.table.stage in CHAIN else None

    @property
    def passage(self) -> list[Deed]:
        """What happened since the table was submitted, the submission first."""
        return [deed for deed in self.deeds if deed.review_id == self.review_id] if self.review_id else []

    @property
    def submitter_id(self) -> int | None:
        """Who submitted what is under review."""
        return next((deed.actor_id for deed in self.passage if deed.action == Action.SUBMIT), None)

    @property
    def passed_elsewhere(self) -> bool:
        """Whether the person has passed this table at another tier, in this passage or before."""
        return any(
            deed.actor_id == self.by.pk and deed.action in PASSING and deed.from_stage != self.table.stage
            for deed in self.deeds
        )

    @property
    def route(self) -> Route:
        heard = any(
            deed.from_stage == Stage.THIRD_PARTY for deed in self.passage if deed.action != Action.RECALL
        )
        return Route(
            head=self.cycle.head_tier,
            performance=self.cycle.performance_tier,
            third_party=self.cycle.third_party_tier and self.engagement_id is not None and not heard,
            resume_at=next(
                (Stage(d.from_stage) for d in self._returns() if d.from_stage != Stage.HEAD), None
            ),
            submitted_from=Stage(self.passage[0].from_stage) if self.passage else Stage.FILLING,
        )

    @property
    def reasons(self) -> tuple[ReturnReason, ...]:
        """The return reasons of the tier that the table is at; the head's default to the department's."""
        return reasons_at(self.table.stage, self.cycle)


def reasons_at(stage: str, cycle: Cycle) -> tuple[ReturnReason, ...]:
    """The return reasons that a cycle's rule book gives a stage; a head without own ones has the department's."""
    if stage not in TIER_AT:
        return ()
    rules = rules_of(cycle.rule_book)
    own = rules.reasons_of(TIER_AT[stage])
    return own or (rules.reasons_of(TIER_AT[Stage.DEPARTMENT]) if stage == Stage.HEAD else ())


def lock(pks: Iterable[int], by: User, *, whole: bool = False) -> list[MonitoringTable]:
    """Lock the rows among `pks` that the person may see, in the order of their ids, which every act keeps.

    whole: with the long texts, for a submission.
    """
    tables = MonitoringTable.objects.visible_to(by).filter(pk__in=list(pks)).select_for_update(of=("self",))
    return list(_described(tables, whole=whole))


def look(tables: QuerySet[MonitoringTable], limit: int) -> list[MonitoringTable]:
    """The first rows without a lock, with their figures, for a page that only shows what would happen."""
    return list(_described(tables).select_related("figures")[:limit])


def _described(tables: QuerySet[MonitoringTable], *, whole: bool = False) -> QuerySet[MonitoringTable]:
    tables = tables.select_related("project", "unit").order_by("pk")
    return tables if whole else tables.defer(*HEAVY)


def load(tables: list[MonitoringTable], by: User) -> list[Case]:
    """The cases of the tables; call it after the lock, so that the time read is that of the act."""
    if not tables:
        return []
    ids = [table.pk for table in tables]
    cycles, windows = _cycles({table.cycle_id for table in tables})
    now = clock.now()
    deeds = _deeds(ids)
    touched = _touched(ids, by)
    engagements, mine = _engagements(tables, by, now)
    cases = []
    for table in tables:
        table.cycle = cycles[table.cycle_id]
        engagement = engagements.get(table.pk)
        cases.append(
            Case(
                table=table,
                cycle=table.cycle,
                by=by,
                now=now,
                windows=windows[table.cycle_id],
                deeds=deeds[table.pk],
                engagement_id=engagement,
                assigned_to_person=engagement in mine,
                touched=table.pk in touched,
            )
        )
    return cases


def _cycles(ids: set[int]) -> tuple[dict[int, Cycle], dict[int, dict[str, CycleWindow]]]:
    """The cycles with their rule books, and their windows by stage: one query where every cycle has a window."""
    cycles: dict[int, Cycle] = {}
    windows: dict[int, dict[str, CycleWindow]] = defaultdict(dict)
    for window in CycleWindow.objects.filter(cycle__in=ids).select_related("cycle__rule_book"):
        windows[window.cycle_id][window.stage] = window
        cycles.setdefault(window.cycle_id, window.cycle)
    if without := ids - cycles.keys():
        cycles |= Cycle.objects.select_related("rule_book").in_bulk(without)
    return cycles, windows


def _deeds(ids: list[int]) -> dict[int, list[Deed]]:
    deeds: dict[int, list[Deed]] = defaultdict(list)
    rows = Decision.objects.filter(table__in=ids).order_by("id")
    columns = (
        "table_id",
        "review_id",
        "action",
        "from_stage",
        "to_stage",
        "revision",
        "actor_id",
        "actor__name",
        "at",
    )
    for row in rows.values_list(*columns):
        deeds[row[0]].append(Deed(*row))
    return deeds


def _touched(ids: list[int], by: User) -> set[int]:
    """Tables on which something of the person stands: a typed or imported value, an explanation, a file."""
    values = CellOrigin.objects.filter(table__in=ids, by=by).order_by().values_list("table_id")
    explanations = Explanation.objects.filter(table__in=ids, by=by).order_by().values_list("table_id")
    files = Evidence.objects.filter(table__in=ids, uploaded_by=by).order_by().values_list("table_id")
    return {table_id for (table_id,) in values.union(explanations, files)}


def _engagements(tables: list[MonitoringTable], by: User, now: datetime) -> tuple[dict[int, int], set[int]]:
    """Table → its engagement in force; and the engagements in force that the person works for."""
    day = now.astimezone(ZONE).date()
    near = [
        table.pk for table in tables if table.stage in (Stage.SECTION, Stage.PERFORMANCE, Stage.THIRD_PARTY)
    ]
    if not near:
        return {}, set()
    running = Engagement.objects.in_force(day)
    assigned = dict(
        Assignment.objects.filter(table__in=near, engagement__in=running).values_list(
            "table_id", "engagement_id"
        )
    )
    mine: set[int] = set()
    if Role.AUDITOR in scope_of(by).roles:
        mine = set(running.granted_to(by).values_list("pk", flat=True))
    return assigned, mine
