"""The list of monitoring tables, filtered by its address."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from foundation.drawings import LIGHT_WORDS
from foundation.http import SignedInRequest, wants_partial
from foundation.money import quantize_rate
from monitoring.choices import Light, Mismatch
from monitoring.models import Cycle, MonitoringTable
from monitoring.paging import page_of
from monitoring.periods import period
from monitoring.querysets import TableQuerySet
from monitoring.rates import time_progress
from monitoring.stages import EDITABLE_STAGES, Stage
from organisation.models import BudgetUnit, Department
from organisation.roles import Role
from organisation.scope import scope_of
from projects.models import BudgetProject

# Lights of the list's filter: name in the address → column of the figures.
LIGHT_FILTERS = {
    "light": "composite",
    "budget": "budget_light",
    "target": "target_light",
    "outlook": "expected_light",
}


@login_required
@require_GET
def table_list(request: SignedInRequest) -> HttpResponse:
    """Tables of one cycle, 50 a page, in the order of their project codes."""
    cycles = list(Cycle.objects.visible_to(request.user).select_related("rule_book"))
    cycle = _chosen_cycle(cycles, request.GET.get("cycle", ""))
    tables = MonitoringTable.objects.visible_to(request.user).filter(cycle=cycle)
    page = page_of(filtered(tables, request.GET).for_list(), request.GET)
    for table in page.rows:
        table.cycle = cycle
        table.share = _share(table)
    context = {
        "cycles": cycles,
        "cycle": cycle,
        "page": page,
        "tables": page.rows,
        "time_progress": time_progress(cycle.month) if cycle else None,
        "editable_stages": EDITABLE_STAGES,
        "forms_url": _forms_url(request, cycle),
    }
    if wants_partial(request):
        return render(request, "monitoring/_table_rows.html", context)
    return render(request, "monitoring/table_list.html", context | _choices(request, cycles, cycle))


def filtered(tables: TableQuerySet, query: QueryDict) -> TableQuerySet:
    """The tables that the address asks for; what it does not know is left aside."""
    if (stage := query.get("stage")) in Stage.values:
        tables = tables.filter(stage=stage)
    for name, column in LIGHT_FILTERS.items():
        if query.get(name) in Light.values:
            tables = tables.filter(**{f"figures__{column}": query[name]})
    if query.get("mismatch") in Mismatch.values:
        tables = tables.filter(figures__mismatch=query["mismatch"])
    for name in ("department", "unit"):
        if (text := query.get(name, "")).isascii() and text.isdigit() and len(text) < 19:
            tables = tables.filter(**{f"{name}_id": int(text)})
    if query.get("problem") == "errors":
        tables = tables.filter(errors_open__gt=0)
    if text := query.get("text", "").strip()[:100]:
        found = BudgetProject.objects.search(text).values("pk")
        tables = tables.filter(project__in=found)
    return tables


def _share(table: MonitoringTable) -> Decimal | None:
    """Share of the table's cells that the system filled."""
    return quantize_rate(Decimal(table.cells_system) / table.cells_total) if table.cells_total else None


def _forms_url(request: SignedInRequest, cycle: Cycle | None) -> str:
    """Where the official forms of one department are: the one filtered for, or the only one the person reviews for."""
    departments = scope_of(request.user).departments
    chosen = request.GET.get("department", "") or (str(min(departments)) if len(departments) == 1 else "")
    if cycle is None or not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
        return ""
    return reverse("department_forms_xlsx", args=[int(chosen), cycle.public_id])


def _chosen_cycle(cycles: list[Cycle], public_id: str) -> Cycle | None:
    """The cycle of the address, else the newest."""
    return next((cycle for cycle in cycles if cycle.public_id == public_id), cycles[0] if cycles else None)


def _choices(request: SignedInRequest, cycles: list[Cycle], cycle: Cycle | None) -> dict[str, Any]:
    """What the filter bar offers, and the filters in force."""
    scope = scope_of(request.user)
    departments: list[tuple[int, str]] = []
    if scope.roles - {Role.CLERK, Role.HEAD}:
        departments = list(Department.objects.visible_to(request.user).values_list("pk", "name"))
    units = list(BudgetUnit.objects.visible_to(request.user).values_list("pk", "name")[:400])
    offered: dict[str, tuple[str, list[Any]]] = {
        "stage": (_("Stage"), [(str(value), label) for value, label in Stage.choices]),
        "light": (_("Light"), list(LIGHT_WORDS.items())),
        "department": (_("Department"), departments),
        "unit": (_("Unit"), units),
        "mismatch": (_("Money and targets"), list(Mismatch.choices)),
        "problem": (_("Errors"), [("errors", _("with errors"))]),
    }
    return {
        "choices": {name: rows for name, (_label, rows) in offered.items()},
        "newest_cycle": period(cycles[0]) if cycles else "",
        "cycle_choices": [(each.public_id, period(each)) for each in cycles[1:]],
        "active": list(_active(request.GET, offered)),
        "one_unit": len(units) <= 1,
    }


def _active(query: QueryDict, offered: dict[str, tuple[str, list[Any]]]) -> Any:
    for name, (label, rows) in offered.items():
        words = next((word for value, word in rows if str(value) == query.get(name)), None)
        if words is not None:
            yield name, label, words
    if text := query.get("text", "").strip():
        yield "text", _("Text"), text
