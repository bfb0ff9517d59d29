"""Opening a cycle: who is in it, one table per project, filled by the system as far as it can."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from foundation import audit, clock
from foundation.errors import BadInput, Fault, RuleError
from monitoring import autofill, rollups
from monitoring.models import Cycle, CycleScope, CycleWindow, MonitoringTable, RuleBook
from monitoring.rulebook import Rules
from monitoring.stages import EDITABLE_STAGES, CycleState, RuleBookState, Stage
from monitoring.tables import reassess
from organisation.models import Division, User
from organisation.roles import Role
from organisation.scope import scope_of
from projects.models import BudgetProject, FundingLine

BATCH = 1000


_TIER_OF_STAGE = {
    Stage.FILLING: "unit",
    Stage.DEPARTMENT: "department",
    Stage.SECTION: "section",
    Stage.PERFORMANCE: "performance",
    Stage.THIRD_PARTY: "third_party",
}


@dataclass(frozen=True)
class Window:
    """When a tier may act: from the start of a day to the end of a day, Asia/Shanghai."""

    stage: str
    opens_on: date
    closes_on: date


@dataclass(frozen=True)
class Coverage:
    """How far a cycle reaches its projects. `missing` are funded, neither in nor exempt."""

    funded: int
    included: int
    exempt: int
    missing: int

    @property
    def complete(self) -> bool:
        return self.missing == 0


def may_steer(user: User, division_id: int) -> bool:
    """Whether the person opens and closes cycles of the division."""
    return division_id in scope_of(user).at(Role.PERFORMANCE)


def funded_projects(division: Division | int, year: int, month: int = 12) -> QuerySet[BudgetProject]:
    """Projects of the year with a budget, initial or by adjustment, on any line."""
    division_id = division if isinstance(division, int) else division.pk
    lines = FundingLine.objects.filter(project=OuterRef("pk"))
    with_money = lines.exclude(initial=0) | lines.filter(adjustments__isnull=False)
    return BudgetProject.objects.of_year(division_id, year).filter(Exists(with_money))


def coverage(cycle: Cycle) -> Coverage:
    """Every funded project is in, or exempt with a reason; or it is missing."""
    funded = funded_projects(cycle.division_id, cycle.year)
    scope = CycleScope.objects.filter(cycle=cycle)
    exempt = scope.filter(exempt=True).count()
    included = scope.filter(exempt=False).count()
    return Coverage(
        funded=funded.count(), included=included, exempt=exempt, missing=missing_projects(cycle).count()
    )


def missing_projects(cycle: Cycle) -> QuerySet[BudgetProject]:
    """Funded projects that the cycle forgot, for the list that says which."""
    known = CycleScope.objects.filter(cycle=cycle, project=OuterRef("pk"))
    return funded_projects(cycle.division_id, cycle.year).exclude(Exists(known))


@transaction.atomic
def open_cycle(
    division: Division,
    *,
    year: int,
    month: int,
    rule_book: RuleBook,
    windows: Iterable[Window],
    cut_off: date | None = None,
    exemptions: Mapping[int, str] | None = None,
    third_party_tier: bool = True,
    performance_tier: bool = True,
    head_tier: bool = False,
    by: User | None,
) -> Cycle:
    """Open January to `month` of `year` and make one table for every funded project not exempt.

    exemptions: project id → reason. cut_off: payments after it do not count (default: end of the month).
    Raises PermissionDenied; RuleError "cycle_exists" or "rule_book_draft"; BadInput for windows out of order or an
    exemption without its reason.
    """
    if by is not None and not may_steer(by, division.pk):
        raise PermissionDenied
    if rule_book.state != RuleBookState.PUBLISHED:
        raise RuleError("rule_book_draft", _("Only a published rule book can carry a cycle."))
    if Cycle.objects.filter(division=division, year=year, month=month).exists():
        raise RuleError("cycle_exists", _("This cycle is open already."))
    windows = list(windows)
    _check_windows(windows)
    _check_exemptions(exemptions or {})
    cycle = Cycle.objects.create(
        division=division,
        year=year,
        month=month,
        cut_off=cut_off or _month_end(year, month),
        rule_book=rule_book,
        previous=Cycle.objects.filter(division=division, year=year, month__lt=month)
        .order_by("-month")
        .first(),
        third_party_tier=third_party_tier,
        performance_tier=performance_tier,
        head_tier=head_tier,
        opened_by=by,
        opened_at=clock.now(),
    )
    CycleWindow.objects.bulk_create(
        CycleWindow(
            cycle=cycle,
            stage=window.stage,
            opens_at=start_of_day(window.opens_on),
            closes_at=clock.end_of_day(window.closes_on),
        )
        for window in windows
    )
    tables = include_projects(cycle, exemptions or {})
    audit.record(
        "cycles.opened",
        cycle,
        actor=by,
        after={"year": year, "month": month, "rule_book": str(rule_book), "tables": tables},
        division_id=division.pk,
    )
    return cycle


@dataclass(frozen=True)
class Standing:
    """Where the tables of a cycle stand, as far as its closing asks."""

    completed: int
    with_units: int
    under_review: int


def standing(cycle: Cycle) -> Standing:
    """How many tables are through, not handed in, or between the two."""
    counted = MonitoringTable.objects.filter(cycle=cycle).aggregate(
        completed=Count("pk", filter=Q(stage=Stage.COMPLETED)),
        with_units=Count("pk", filter=Q(stage__in=EDITABLE_STAGES)),
        under_review=Count("pk", filter=~Q(stage__in=[Stage.COMPLETED, *EDITABLE_STAGES])),
    )
    return Standing(**counted)


@transaction.atomic
def close_cycle(cycle: Cycle, *, by: User | None) -> Cycle:
    """Close a cycle: its tables and figures stand as they are from now on.

    Raises PermissionDenied; RuleError "closed_already", or "not_through" while a submitted table is under review.
    """
    if by is not None and not may_steer(by, cycle.division_id):
        raise PermissionDenied
    cycle = Cycle.objects.select_for_update().get(pk=cycle.pk)
    if cycle.state == CycleState.CLOSED:
        raise RuleError("closed_already", _("This cycle is closed already."))
    now = standing(cycle)
    if now.under_review:
        raise RuleError("not_through", _("%(n)s tables are still under review."), n=now.under_review)
    cycle.state, cycle.closed_at = CycleState.CLOSED, clock.now()
    cycle.save(update_fields=["state", "closed_at"])
    audit.record(
        "cycles.closed", cycle, actor=by, after={"unfinished": now.with_units}, division_id=cycle.division_id
    )
    return cycle


def include_projects(cycle: Cycle, exemptions: Mapping[int, str]) -> int:
    """Bring every funded project that the cycle does not know yet into it; returns how many tables were made.

    Run again later in the cycle, it takes in what was added mid-year and leaves the rest alone.
    Raises RuleError "cycle_closed".
    """
    if cycle.state == CycleState.CLOSED:
        raise RuleError("cycle_closed", _("This cycle is closed; its tables no longer change."))
    projects = list(missing_projects(cycle))
    CycleScope.objects.bulk_create(
        [
            CycleScope(
                cycle=cycle,
                project=project,
                exempt=project.pk in exemptions,
                reason=exemptions.get(project.pk, ""),
            )
            for project in projects
        ],
        batch_size=BATCH,
    )
    tables = [_new_table(cycle, project) for project in projects if project.pk not in exemptions]
    MonitoringTable.objects.bulk_create(tables, batch_size=BATCH)
    autofill.fill(cycle, [table.pk for table in tables])
    for start in range(0, len(tables), BATCH):
        ids = [table.pk for table in tables[start : start + BATCH]]
        reassess(
            MonitoringTable.objects.filter(pk__in=ids).select_related("project", "unit", "cycle__rule_book")
        )
    rollups.rebuild(cycle)
    return len(tables)


def default_windows(rules: Rules, starts_on: date) -> list[Window]:
    """A window for each tier, one after the other, by the book's working days; each opens with the first."""
    windows, ends_on = [], starts_on
    for stage, tier in _TIER_OF_STAGE.items():
        ends_on = clock.add_working_days(ends_on, rules.tier_days[tier])
        windows.append(Window(stage, starts_on, ends_on))
    return windows


def start_of_day(day: date) -> datetime:
    """Midnight in Asia/Shanghai that begins the day."""
    return clock.end_of_day(day - timedelta(days=1))


def _new_table(cycle: Cycle, project: BudgetProject) -> MonitoringTable:
    return MonitoringTable(
        cycle=cycle,
        project=project,
        division_id=project.division_id,
        section_id=project.section_id,
        department_id=project.department_id,
        unit_id=project.unit_id,
        manager=project.manager,
        phone=project.phone,
        objective=project.objective,
    )


def _month_end(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def _check_windows(windows: list[Window]) -> None:
    faults = [
        Fault(window.stage, _("The window closes before it opens."))
        for window in windows
        if window.closes_on < window.opens_on
    ]
    spans = {window.stage: window for window in windows}
    in_order = [spans[stage] for stage in _TIER_OF_STAGE if stage in spans]
    faults += [
        Fault(later.stage, _("It closes before the tier before it."))
        for earlier, later in pairwise(in_order)
        if later.opens_on <= later.closes_on < earlier.closes_on
    ]
    if Stage.FILLING not in spans:
        faults.append(Fault(Stage.FILLING, _("Say until when units may fill their tables.")))
    if faults:
        raise BadInput(faults)


def _check_exemptions(exemptions: Mapping[int, str]) -> None:
    if any(not reason.strip() for reason in exemptions.values()):
        raise BadInput([Fault("exemptions", _("Every exemption needs its reason."))])
