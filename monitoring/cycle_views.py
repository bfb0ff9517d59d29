"""Cycles: the list, and the page that shows how far one has come."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from foundation import clock
from foundation.http import SignedInRequest, get_visible_or_404
from foundation.money import quantize_rate
from monitoring import cycle_jobs
from monitoring.choices import Light
from monitoring.departments import DepartmentFindings, check_departments, departments_held
from monitoring.models import Cycle, CycleScope, CycleWindow, Rollup
from monitoring.opening import coverage, may_steer, missing_projects
from monitoring.presenters import CHAIN_LABELS, chain_stages, last_day
from monitoring.rates import execution_rate, time_progress
from monitoring.rollups import COLUMN_OF_STAGE
from monitoring.stages import CycleState, NodeLevel, Stage
from organisation.models import User
from organisation.roles import Role
from organisation.scope import scope_of

SHOWN_PROJECTS = 100


@login_required
@require_GET
def cycle_list(request: SignedInRequest) -> HttpResponse:
    """All cycles of the division, newest first, with how far the reader's part of each has come."""
    cycles = list(Cycle.objects.visible_to(request.user).select_related("rule_book"))
    sums = _sums(request.user, [cycle.pk for cycle in cycles])
    rows = [
        {"cycle": cycle, "sums": sums.get(cycle.pk), "with_unit": _with_unit(sums.get(cycle.pk))}
        for cycle in cycles
    ]
    steers = bool(scope_of(request.user).at(Role.PERFORMANCE))
    return render(request, "monitoring/cycle_list.html", {"rows": rows, "steers": steers})


@login_required
@require_GET
def cycle_page(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One cycle: coverage, windows, the chain's progress, and the work that runs over all of it."""
    cycle = visible_cycle(request, public_id)
    sums = _sums(request.user, [cycle.pk]).get(cycle.pk)
    whole = cycle.division_id in scope_of(request.user).divisions
    context = {
        "cycle": cycle,
        "steers": may_steer(request.user, cycle.division_id),
        "sums": sums,
        "progress": progress_of(cycle, sums),
        "lights": {light: sums[light] for light in Light.values} if sums else None,
        "rate": execution_rate(sums["executed"], sums["adjusted"]) if sums else None,
        "time_progress": time_progress(cycle.month),
        "share": _share(sums["cells_system"], sums["cells_total"]) if sums else None,
        "lights_href": f"{reverse('table_list')}?cycle={cycle.public_id}&light=",
        "windows": windows_of(cycle),
        "jobs": cycle_jobs.latest(cycle) if whole else [],
        "department_findings": _department_findings(request.user, cycle),
        "crumbs": [(_("Cycles"), reverse("cycle_list"))],
    }
    return render(request, "monitoring/cycle_page.html", context | (_coverage(cycle) if whole else {}))


def _with_unit(sums: dict[str, Any] | None) -> int | None:
    return sums["filling"] + sums["returned"] + sums["head"] if sums else None


def _coverage(cycle: Cycle) -> dict[str, Any]:
    covered = coverage(cycle)
    known = covered.funded - covered.missing
    scope = CycleScope.objects.filter(cycle=cycle, exempt=True).select_related("project__unit")
    return {
        "coverage": covered,
        "covered": _share(known, covered.funded),
        "missing": list(missing_projects(cycle).select_related("unit")[:SHOWN_PROJECTS])
        if covered.missing
        else [],
        "exempt": list(scope[:SHOWN_PROJECTS]),
    }


def _share(part: int, whole: int) -> Decimal | None:
    """A share with six places; None of nothing."""
    return quantize_rate(Decimal(part) / whole) if whole else None


def _sums(user: User | Any, cycles: list[int]) -> dict[int, dict[str, Any]]:
    """Cycle id → sums over the largest nodes the person holds whole. One query."""
    scope = scope_of(user)
    level = next(
        (
            level
            for level, held in (
                (NodeLevel.DIVISION, scope.divisions),
                (NodeLevel.SECTION, scope.sections),
                (NodeLevel.DEPARTMENT, scope.departments),
                (NodeLevel.UNIT, scope.units),
            )
            if held
        ),
        None,
    )
    if level is None:
        return {}
    names = ["tables", *COLUMN_OF_STAGE.values(), *Light.values, "with_errors", "cells_total", "cells_system"]
    names += ["adjusted", "executed", "in_place"]
    rows: Any = (
        Rollup.objects.visible_to(user)
        .filter(level=level, cycle__in=cycles)
        .order_by()
        .values("cycle_id")
        .annotate(**{f"sum_{name}": Sum(name) for name in names})
    )
    return {row["cycle_id"]: {name: row[f"sum_{name}"] for name in names} for row in rows}


def progress_of(cycle: Cycle, sums: dict[str, Any] | None) -> list[dict[str, Any]]:
    """How many tables stand at each tier, with the way to them."""
    if not sums:
        return []
    address = f"{reverse('table_list')}?cycle={cycle.public_id}&stage="
    stages = [*chain_stages(cycle), Stage.COMPLETED]
    stages.insert(1, Stage.RETURNED)
    return [
        {
            "label": Stage(stage).label,
            "count": sums[COLUMN_OF_STAGE[stage]],
            "share": _share(sums[COLUMN_OF_STAGE[stage]], sums["tables"]),
            "href": f"{address}{stage}",
        }
        for stage in stages
    ]


def _department_findings(user: User | Any, cycle: Cycle) -> list[DepartmentFindings]:
    """Texts are not compared here: for a whole bureau that takes too long, and a department sees its own."""
    if cycle.state != CycleState.OPEN:
        return []
    return check_departments(cycle, departments_held(user, cycle.division_id))


def tier_label(stage: str) -> str:
    """A tier as the chain names it."""
    return str(CHAIN_LABELS.get(Stage(stage), Stage(stage).label))


def windows_of(cycle: Cycle) -> list[dict[str, Any]]:
    """The windows with where they stand today."""
    at = clock.now()
    rows = []
    for window in CycleWindow.objects.filter(cycle=cycle).order_by("closes_at", "pk"):
        state = "waiting" if at < window.opens_at else "over" if at >= window.closes_at else "open"
        rows.append(
            {
                "stage": window.stage,
                "label": tier_label(window.stage),
                "from": window.opens_at,
                "until": last_day(window.closes_at),
                "state": state,
            }
        )
    return rows


def visible_cycle(request: SignedInRequest, public_id: str) -> Cycle:
    """The cycle of an address, where the reader may see it. Raises Http404."""
    cycles = Cycle.objects.visible_to(request.user).select_related("rule_book", "opened_by", "division")
    return get_visible_or_404(cycles, public_id=public_id)
