"""The dashboard of a person in one cycle: from the sums, in a constant number of queries however large the city."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.addresses import address
from dashboards.reach import Reach
from dashboards.sums import Sums
from foundation import clock
from foundation.drawings import LIGHT_WORDS
from foundation.money import MoneyField
from monitoring.choices import Mismatch
from monitoring.models import Cycle, CycleScope, CycleWindow, Rollup, TableFigures
from monitoring.opening import missing_projects
from monitoring.rates import time_progress
from monitoring.stages import NodeLevel, Stage
from organisation.models import BudgetUnit, Department, User
from rectification.choices import FundActionKind, TaskState
from rectification.models import FundAction, Task

EXTREMES = 5
SORTS = ("name", "budget", "rate", "red", "late", "score")
LIGHTS = tuple(LIGHT_WORDS)


@dataclass
class NodeRow:
    """A department or unit among its like."""

    node: Department | BudgetUnit
    sums: Sums
    progress: Decimal
    filters: dict[str, Any]
    tasks_open: int = 0
    tasks_late: int = 0
    look_into: str = ""

    @property
    def lag(self) -> Decimal | None:
        return self.sums.lag(self.progress)

    @property
    def href(self) -> str:
        return self.look_into or address("table_list", **self.filters)

    @property
    def red_href(self) -> str:
        return address("table_list", **self.filters, light="red")

    @property
    def tasks_href(self) -> str:
        department = self.node.code if isinstance(self.node, Department) else None
        return address("task_list", cycle=self.filters["cycle"], department=department, late=1)


@dataclass(frozen=True)
class StageRow:
    """How many tables are with a tier, until when it may act, and whether that is over."""

    stage: Stage
    count: int
    closes_at: datetime | None
    late: bool
    href: str


@dataclass(frozen=True)
class Cell:
    """Tables with these lights for execution and targets; `skew` where the two fall apart.

    heat: 0 for none, 1 to 4 by the share of the fullest cell.
    """

    execution: str
    target: str
    count: int
    href: str
    skew: str = ""
    heat: int = 0


@dataclass(frozen=True)
class Coverage:
    """Projects in the cycle, exempt with a reason, and funded but forgotten."""

    included: int
    exempt: int
    missing: int


@dataclass
class Money:
    """Fund actions of one kind: how many, and the yuan they moved."""

    kind: FundActionKind
    count: int = 0
    amount: Decimal = Decimal(0)


@dataclass
class Board:
    """Everything the page shows. Amounts in yuan, shares as ratios."""

    cycle: Cycle
    reach: Reach
    progress: Decimal
    sums: Sums
    previous: Sums | None
    rows: list[NodeRow] = field(default_factory=list)
    stages: list[StageRow] = field(default_factory=list)
    matrix: list[tuple[str, list[Cell]]] = field(default_factory=list)
    at_risk: Decimal = Decimal(0)
    money: list[Money] = field(default_factory=list)
    tasks: dict[str, int] = field(default_factory=dict)
    tasks_late: int = 0
    coverage: Coverage | None = None

    def table_href(self, **filters: Any) -> str:
        return address("table_list", cycle=self.cycle.public_id, **self.reach.filters, **filters)

    def task_href(self, **filters: Any) -> str:
        code = self.reach.department.code if self.reach.department else None
        return address("task_list", cycle=self.cycle.public_id, department=code, **filters)

    @property
    def links(self) -> dict[str, str]:
        """Where the rows behind the numbers of the page are, by the number's name; `light` wants one appended."""
        return {
            "tables": self.table_href(),
            "completed": self.table_href(stage=Stage.COMPLETED),
            "red": self.table_href(light="red"),
            "light": f"{self.table_href()}&light=",
            "money_ahead": self.table_href(mismatch=Mismatch.MONEY_AHEAD),
            "target_ahead": self.table_href(mismatch=Mismatch.TARGET_AHEAD),
            "tasks": self.task_href(),
            "late": self.task_href(late=1),
        }

    @property
    def skewed(self) -> list[tuple[str | Promise, int, str]]:
        """How many tables are out of step, and where they are; the list knows no filter for the serious ones."""
        names = {
            "money_ahead": Mismatch.MONEY_AHEAD.label,
            "target_ahead": Mismatch.TARGET_AHEAD.label,
        }
        rows = [(label, self.sums.count(name), self.links[name]) for name, label in names.items()]
        return [*rows, (_("Serious mismatch"), self.sums.count("serious_mismatch"), "")]

    @property
    def task_rows(self) -> list[tuple[str | Promise, int, str]]:
        """Tasks by state, in the order they pass through them."""
        return [
            (state.label, self.tasks[state], self.task_href(state=state))
            for state in TaskState
            if self.tasks.get(state)
        ]

    @property
    def lag(self) -> Decimal | None:
        return self.sums.lag(self.progress)

    @property
    def tasks_open(self) -> int:
        return sum(n for state, n in self.tasks.items() if state != TaskState.CLOSED)

    @property
    def moved(self) -> Decimal:
        return sum((each.amount for each in self.money), Decimal(0))

    @property
    def best(self) -> list[NodeRow]:
        return self._by_score()[-EXTREMES:][::-1]

    @property
    def worst(self) -> list[NodeRow]:
        return self._by_score()[:EXTREMES]

    def _by_score(self) -> list[NodeRow]:
        scored = [row for row in self.rows if row.sums.score is not None]
        return (
            sorted(scored, key=lambda row: (row.sums.score, row.node.code)) if len(scored) > EXTREMES else []
        )


def board_of(user: User, cycle: Cycle, reach: Reach, sort: str = "") -> Board:
    """The figures of the person's nodes in a cycle they may see."""
    now = clock.now()
    rollups = _rollups(user, cycle, reach)
    own = [each for each in rollups if each.level == reach.level and each.node_id in reach.ids]
    before = [each for each in own if each.cycle_id == cycle.previous_id]
    board = Board(
        cycle=cycle,
        reach=reach,
        progress=time_progress(cycle.month),
        sums=Sums.of(each for each in own if each.cycle_id == cycle.pk),
        previous=Sums.of(before) if before else None,
    )
    board.stages = _stages(board, now)
    _add_lights(board)
    _add_money(board)
    below = [each for each in rollups if each.level == reach.below and each.cycle_id == cycle.pk]
    board.rows = _rows(board, below, _add_tasks(board, now), sort)
    if reach.level == NodeLevel.DIVISION:
        board.coverage = _coverage(cycle)
    return board


def _rollups(user: User, cycle: Cycle, reach: Reach) -> list[Rollup]:
    """The sums of the nodes, of the nodes below them, and of the nodes in the cycle before."""
    below = Q(level=reach.below, cycle=cycle)
    if reach.level == NodeLevel.SECTION:
        inside = Department.objects.filter(section_id__in=reach.ids)
        below &= Q(node_id__in=inside.values("pk"))
    elif reach.level == NodeLevel.DEPARTMENT:
        below &= Q(node_id__in=BudgetUnit.objects.filter(department_id__in=reach.ids).values("pk"))
    elif reach.level == NodeLevel.UNIT:
        below &= Q(node_id__in=reach.ids)
    own = Q(level=reach.level, node_id__in=reach.ids, cycle__in=[cycle.pk, cycle.previous_id])
    return list(Rollup.objects.visible_to(user).filter(own | below))


def _stages(board: Board, now: datetime) -> list[StageRow]:
    cycle = board.cycle
    windows = dict(CycleWindow.objects.filter(cycle=cycle).values_list("stage", "closes_at"))
    absent = {
        stage
        for stage, there in (
            (Stage.HEAD, cycle.head_tier),
            (Stage.PERFORMANCE, cycle.performance_tier),
            (Stage.THIRD_PARTY, cycle.third_party_tier),
        )
        if not there
    }
    rows = []
    for stage in Stage:
        count, closes_at = board.sums.at_stage(stage), windows.get(stage)
        if stage in absent and not count:
            continue
        late = closes_at is not None and now >= closes_at and count > 0
        rows.append(StageRow(stage, count, closes_at, late, board.table_href(stage=stage)))
    return rows


def _add_lights(board: Board) -> None:
    """How many tables have which pair of lights, and the budget of those whose light is red."""
    grouped = (
        TableFigures.objects.filter(cycle_id=board.cycle.pk, **{f"{board.reach.column}__in": board.reach.ids})
        .order_by()
        .values_list("budget_light", "target_light", "composite")
        .annotate(n=Count("pk"), sum=Sum("adjusted", output_field=MoneyField()))
    )
    counts: dict[tuple[str, str], int] = {}
    for execution, target, composite, count, adjusted in grouped:
        counts[execution, target] = counts.get((execution, target), 0) + count
        if composite == "red":
            board.at_risk += adjusted or 0
    fullest = max(counts.values(), default=0)
    board.matrix = [
        (
            execution,
            [
                Cell(
                    execution,
                    target,
                    counts.get((execution, target), 0),
                    board.table_href(budget=execution, target=target),
                    _skew(execution, target),
                    ceil(4 * counts.get((execution, target), 0) / fullest) if fullest else 0,
                )
                for target in LIGHTS
            ],
        )
        for execution in LIGHTS
    ]


def _skew(execution: str, target: str) -> str:
    """Where money and targets fall apart: "money" runs ahead, or "target" does; "" where they go together."""
    behind, ahead = ("red", "yellow"), ("green", "blue")
    if execution in ahead and target in behind:
        return "money"
    return "target" if execution in behind and target in ahead else ""


def _add_money(board: Board) -> None:
    rows = (
        FundAction.objects.filter(cycle=board.cycle, **{f"{board.reach.column}__in": board.reach.ids})
        .order_by()
        .values_list("kind")
        .annotate(n=Count("pk"), sum=Sum("amount", output_field=MoneyField()))
    )
    moved = {kind: (count, amount) for kind, count, amount in rows}
    board.money = [Money(kind, *moved.get(kind.value, (0, Decimal(0)))) for kind in FundActionKind]


def _add_tasks(board: Board, now: datetime) -> dict[int, tuple[int, int]]:
    """Count the tasks by state; returns (open, overdue) by the node below."""
    late = Count("pk", filter=Q(pk__in=Task.objects.overdue(now).values("pk")))
    grouped = (
        Task.objects.filter(cycle=board.cycle, **{f"{board.reach.column}__in": board.reach.ids})
        .order_by()
        .values_list(board.reach.column_below, "state")
        .annotate(n=Count("pk"), overdue=late)
    )
    by_node: dict[int, tuple[int, int]] = {}
    for node, state, count, overdue in grouped:
        board.tasks[state] = board.tasks.get(state, 0) + count
        board.tasks_late += overdue
        opened, late_so_far = by_node.get(node, (0, 0))
        standing = count if state != TaskState.CLOSED else 0
        by_node[node] = (opened + standing, late_so_far + overdue)
    return by_node


def _rows(
    board: Board, below: Iterable[Rollup], tasks: Mapping[int, tuple[int, int]], sort: str
) -> list[NodeRow]:
    by_id = {each.node_id: each for each in below}
    model: type[Department] | type[BudgetUnit] = (
        Department if board.reach.below == NodeLevel.DEPARTMENT else BudgetUnit
    )
    rows = []
    for node in model._default_manager.filter(pk__in=list(by_id)).order_by("code"):
        opened, late = tasks.get(node.pk, (0, 0))
        filters = {"cycle": board.cycle.public_id, str(board.reach.below): node.pk}
        look_into = ""
        if board.reach.below == NodeLevel.DEPARTMENT:
            look_into = address("dashboard", cycle=board.cycle.public_id, department=node.pk)
        sums = Sums.of([by_id[node.pk]])
        rows.append(NodeRow(node, sums, board.progress, filters, opened, late, look_into))
    return sort_rows(rows, sort)


def sort_rows(rows: list[NodeRow], sort: str) -> list[NodeRow]:
    """In the order the address asks for; else the execution rate, lowest first. What is unknown comes last."""
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    if name not in SORTS:
        name, descending = "rate", False
    key = {
        "name": lambda row: row.node.code,
        "budget": lambda row: row.sums.adjusted,
        "rate": lambda row: row.sums.rate,
        "red": lambda row: row.sums.red,
        "late": lambda row: row.tasks_late,
        "score": lambda row: row.sums.score,
    }[name]
    known = [row for row in rows if key(row) is not None]
    unknown = [row for row in rows if key(row) is None]
    return [*sorted(known, key=key, reverse=descending), *unknown]


def _coverage(cycle: Cycle) -> Coverage:
    scope = CycleScope.objects.filter(cycle=cycle).aggregate(
        included=Count("pk", filter=Q(exempt=False)), exempt=Count("pk", filter=Q(exempt=True))
    )
    return Coverage(scope["included"], scope["exempt"], missing_projects(cycle).count())


def coverage_href(cycle: Cycle) -> str:
    """The page of the cycle says which projects are missing and why others are exempt."""
    return reverse("cycle_page", args=[cycle.public_id])
