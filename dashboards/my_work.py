"""What waits for one person, what is late, and what came back: a constant number of queries, whoever it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Sum, Value, When, Window
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.addresses import address
from dashboards.admin_work import Line, admin_lines
from dashboards.jobs_seen import named
from foundation import clock
from foundation.models import LIVE_JOB_STATES, Job, JobState
from monitoring.choices import Light
from monitoring.models import Cycle, CycleWindow, MonitoringTable, Rollup
from monitoring.periods import period
from monitoring.stages import EDITABLE_STAGES, CycleState, NodeLevel, Stage
from organisation.models import Notification, User
from organisation.notifications import render as sentence_of
from organisation.roles import Role
from organisation.scope import Scope, scope_of
from rectification.models import Task
from rectification.problems import problem_names
from reviews.chain import CHAIN, Action
from reviews.models import Decision
from reviews.windows import window_for

ROWS, NEWS = 8, 5
_FIRST_LIGHTS = (Light.RED, Light.YELLOW, Light.GREY, Light.BLUE, Light.GREEN)
_JOBS_STAY = timedelta(days=1)

_TO_DO: dict[str, str | Promise] = {
    Stage.FILLING: _("To fill in"),
    Stage.RETURNED: _("Returned to you"),
    Stage.HEAD: _("To confirm as unit head"),
    Stage.DEPARTMENT: _("To review for the department"),
    Stage.SECTION: _("To review for the business section"),
    Stage.PERFORMANCE: _("To review for the performance section"),
    Stage.THIRD_PARTY: _("To review as third party"),
}


@dataclass(frozen=True)
class Pile:
    """Tables of one cycle that wait for the same act of the person."""

    cycle: Cycle
    stage: str
    count: int
    red: int
    with_errors: int
    closes_at: datetime | None
    late: bool

    @property
    def label(self) -> str:
        return str(_TO_DO[self.stage])

    @property
    def period(self) -> str:
        return period(self.cycle)

    @property
    def href(self) -> str:
        if self.stage in EDITABLE_STAGES:
            return address("table_list", cycle=self.cycle.public_id, stage=self.stage)
        return address("review_queue", cycle=self.cycle.public_id, tier=self.stage)


@dataclass
class Work:
    """Everything on the page. `behind`: tables still with the units below a reviewer."""

    piles: list[Pile] = field(default_factory=list)
    tables: list[MonitoringTable] = field(default_factory=list)
    came_back: list[Decision] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    tasks_total: int = 0
    tasks_late: int = 0
    behind: list[dict[str, Any]] = field(default_factory=list)
    news: list[tuple[Notification, str]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        return sum(pile.count for pile in self.piles)

    @property
    def late(self) -> int:
        return sum(pile.count for pile in self.piles if pile.late) + self.tasks_late

    @property
    def mixed(self) -> bool:
        """Whether the tables listed wait for different acts, so that each row must say which."""
        return len({(table.cycle_id, table.stage) for table in self.tables}) > 1

    @property
    def nothing(self) -> bool:
        return not (self.piles or self.came_back or self.tasks or self.lines)


def work_of(user: User) -> Work:
    """What waits for the person now."""
    scope, now = scope_of(user), clock.now()
    work = Work(news=_news(user), jobs=_jobs(user, now))
    if not scope.roles - {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}:
        work.lines = admin_lines(user)
        return work
    windows = _windows(user)
    work.came_back = _came_back(user, windows, now)
    work.piles = _piles(user, windows, now, work.came_back)
    if work.piles:
        work.tables = _tables(user, {(pile.cycle.pk, pile.stage): pile for pile in work.piles})
    _add_tasks(work, user, now)
    work.behind = _behind(scope, user, windows, now)
    return work


Windows = Mapping[int, Mapping[str, CycleWindow]]


def _windows(user: User) -> dict[int, dict[str, CycleWindow]]:
    """Cycle id → stage → window, of the open cycles the person takes part in."""
    found: dict[int, dict[str, CycleWindow]] = {}
    cycles = Cycle.objects.visible_to(user).open()
    for window in CycleWindow.objects.filter(cycle__in=cycles).select_related("cycle"):
        found.setdefault(window.cycle_id, {})[window.stage] = window
    return found


def _piles(user: User, windows: Windows, now: datetime, came_back: Iterable[Decision]) -> list[Pile]:
    counted = (
        MonitoringTable.objects.waiting_for(user)
        .order_by()
        .values("cycle_id", "stage")
        .annotate(
            n=Count("pk"),
            red=Count("pk", filter=Q(figures__composite=Light.RED)),
            errors=Count("pk", filter=Q(errors_open__gt=0)),
        )
    )
    returned_until: dict[int, datetime] = {}
    for decision in came_back:
        if decision.closes_at:  # type: ignore[attr-defined]
            known = returned_until.get(decision.table.cycle_id, decision.closes_at)  # type: ignore[attr-defined]
            returned_until[decision.table.cycle_id] = min(known, decision.closes_at)  # type: ignore[attr-defined]
    piles = []
    for row in counted:
        of_cycle = windows.get(row["cycle_id"], {})
        if not of_cycle:
            continue
        window = window_for(row["stage"], of_cycle)
        closes_at = window.closes_at if window else None
        if row["stage"] == Stage.RETURNED:
            closes_at = returned_until.get(row["cycle_id"], closes_at)
        piles.append(
            Pile(
                cycle=next(iter(of_cycle.values())).cycle,
                stage=row["stage"],
                count=row["n"],
                red=row["red"],
                with_errors=row["errors"],
                closes_at=closes_at,
                late=closes_at is not None and now >= closes_at,
            )
        )
    order = [Stage.RETURNED, Stage.FILLING, *CHAIN]
    return sorted(
        piles, key=lambda pile: (-pile.cycle.year, -pile.cycle.month, order.index(Stage(pile.stage)))
    )


def _tables(user: User, piles: Mapping[tuple[int, str], Pile]) -> list[MonitoringTable]:
    """The first tables to open: for a unit what is not yet returned, for a reviewer the worst light first."""
    severity = Case(
        *(When(figures__composite=light, then=Value(place)) for place, light in enumerate(_FIRST_LIGHTS)),
        default=Value(len(_FIRST_LIGHTS)),
        output_field=IntegerField(),
    )
    waiting = MonitoringTable.objects.waiting_for(user).exclude(stage=Stage.RETURNED).for_list()
    rows = list(waiting.order_by(F("cycle_id").desc(), severity, "-figures__adjusted", "pk")[:ROWS])
    for table in rows:
        pile = piles.get((table.cycle_id, table.stage))
        table.pile = pile  # type: ignore[attr-defined]
        page = "table_page" if table.stage in EDITABLE_STAGES else "review_page"
        table.href = reverse(page, args=[table.public_id])  # type: ignore[attr-defined]
    return rows


def _came_back(user: User, windows: Windows, now: datetime) -> list[Decision]:
    """The returns and objections that the person has to answer, with the reviewer's words; newest first."""
    later = Decision.objects.filter(table=OuterRef("table"), pk__gt=OuterRef("pk"))
    decisions = (
        Decision.objects.filter(action__in=[Action.RETURN, Action.OBJECT], to_stage=F("table__stage"))
        .filter(~Exists(later), table__in=MonitoringTable.objects.waiting_for(user).values("pk"))
        .select_related("table__project", "table__unit", "table__cycle", "actor")
        .order_by("-pk")[:ROWS]
    )
    found = list(decisions)
    for decision in found:
        table = decision.table
        window = window_for(table.stage, windows.get(table.cycle_id, {}), returned_by=decision.from_stage)
        closes_at = window.closes_at if window else None
        decision.closes_at = closes_at  # type: ignore[attr-defined]
        decision.late = closes_at is not None and now >= closes_at  # type: ignore[attr-defined]
        page = "table_page" if table.stage in EDITABLE_STAGES else "review_page"
        decision.href = reverse(page, args=[table.public_id])  # type: ignore[attr-defined]
    return found


def _add_tasks(work: Work, user: User, now: datetime) -> None:
    """The tasks whose next act is the person's: the most urgent, and how many there are."""
    waiting = Task.objects.waiting_for(user)
    late = Q(pk__in=Task.objects.overdue(now).values("pk"))
    rows = waiting.annotate(
        all=Window(Count("pk")),
        all_late=Window(Sum(Case(When(late, then=Value(1)), default=Value(0), output_field=IntegerField()))),
        is_late=Case(When(late, then=Value(1)), default=Value(0), output_field=IntegerField()),
    ).select_related("project", "unit", "cycle__rule_book")
    work.tasks = list(rows.order_by("-is_late", "complete_due_at", "pk")[:ROWS])
    if work.tasks:
        first: Any = work.tasks[0]
        work.tasks_total, work.tasks_late = first.all, first.all_late
    books = {task.cycle.rule_book_id: task.cycle.rule_book for task in work.tasks}
    names = {pk: problem_names(book) for pk, book in books.items()}
    for task in work.tasks:
        task.problem_name = names[task.cycle.rule_book_id].get(task.problem, task.problem)  # type: ignore[attr-defined]


def _behind(scope: Scope, user: User, windows: Windows, now: datetime) -> list[dict[str, Any]]:
    """Of the nodes a reviewer holds: how many tables are still with the units, from the sums."""
    held = {
        NodeLevel.DEPARTMENT: scope.at(Role.DEPARTMENT),
        NodeLevel.SECTION: scope.at(Role.SECTION),
        NodeLevel.DIVISION: scope.at(Role.PERFORMANCE) | scope.at(Role.LEADER),
    }
    nodes = Q(pk__in=[])
    for level, ids in held.items():
        nodes |= Q(level=level, node_id__in=ids)
    if not any(held.values()) or not windows:
        return []
    sums = Rollup.objects.visible_to(user).filter(nodes, cycle__state=CycleState.OPEN)
    by_cycle = sums.order_by("-cycle__year", "-cycle__month").values("cycle_id")
    rows = []
    for row in by_cycle.annotate(n=Sum(F("filling") + F("returned")), all=Sum("tables")):
        of_cycle = windows.get(row["cycle_id"], {})
        window = of_cycle.get(Stage.FILLING)
        if not of_cycle or not row["n"]:
            continue
        cycle = next(iter(of_cycle.values())).cycle
        rows.append(
            {
                "period": period(cycle),
                "count": row["n"],
                "all": row["all"],
                "closes_at": window.closes_at if window else None,
                "late": window is not None and now >= window.closes_at,
                "href": address("table_list", cycle=cycle.public_id, stage=Stage.FILLING),
            }
        )
    return rows


def _news(user: User) -> list[tuple[Notification, str]]:
    unread = Notification.objects.filter(recipient=user, read_at=None)[:NEWS]
    return [(each, sentence_of(each)) for each in unread]


def _jobs(user: User, now: datetime) -> list[Job]:
    """The person's own long work that runs, or that failed since yesterday."""
    failed = Q(state=JobState.FAILED, finished_at__gte=now - _JOBS_STAY)
    return [named(job) for job in Job.objects.filter(Q(state__in=LIVE_JOB_STATES) | failed, actor=user)[:3]]
