"""Projects as the budget system knows them, with the tables that monitor them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, Sum
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from foundation.http import SignedInRequest, get_visible_or_404, wants_partial
from monitoring.grids import target_words
from monitoring.models import MonitoringTable
from monitoring.paging import page_of
from organisation.models import BudgetUnit, Department
from organisation.roles import Role
from organisation.scope import scope_of
from projects.choices import ProjectClass
from projects.models import BudgetAdjustment, BudgetProject, FundingLine, Indicator, Payment, Receipt
from projects.querysets import ProjectQuerySet

MOST_YEARS = 10


@login_required
@require_GET
def project_list(request: SignedInRequest) -> HttpResponse:
    """Projects of one year, 50 a page, in the order they came in."""
    visible: ProjectQuerySet = BudgetProject.objects.visible_to(request.user)
    years = list(visible.order_by("-year").values_list("year", flat=True).distinct()[:MOST_YEARS])
    year = _chosen(request.GET.get("year", ""), years)
    projects = filtered(visible.filter(year=year), request.GET).select_related("unit", "department")
    projects = projects.annotate(initial=Sum("lines__initial"))
    page = page_of(projects, request.GET)
    context = {"years": years, "year": year, "page": page, "projects": page.rows}
    if wants_partial(request):
        return render(request, "projects/_project_rows.html", context)
    return render(request, "projects/project_list.html", context | _choices(request, years))


def filtered(projects: ProjectQuerySet, query: QueryDict) -> ProjectQuerySet:
    """The projects that the address asks for."""
    for name in ("department", "unit"):
        if (text := query.get(name, "")).isascii() and text.isdigit() and len(text) < 19:
            projects = projects.filter(**{f"{name}_id": int(text)})
    if query.get("klass") in ProjectClass.values:
        projects = projects.filter(klass=query["klass"])
    if query.get("key") == "1":
        projects = projects.filter(key_monitored=True)
    if text := query.get("text", "").strip()[:100]:
        projects = projects.search(text)
    return projects


@login_required
@require_GET
def project_page(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Everything known of one project: funds, adjustments, receipts, payments (paged), indicators, tables."""
    visible = BudgetProject.objects.visible_to(request.user).select_related("unit", "department", "section")
    project = get_visible_or_404(visible, public_id=public_id)
    payments = Payment.objects.filter(project=project).select_related("line")
    page = page_of(payments, request.GET, newest_first=True)
    if wants_partial(request):
        return render(request, "projects/_payments.html", {"page": page, "project": project})
    indicators = list(Indicator.objects.filter(project=project))
    for indicator in indicators:
        indicator.words = target_words(indicator)  # type: ignore[attr-defined, arg-type]
    context = {
        "project": project,
        "page": page,
        "lines": _lines(project),
        "paid": payments.aggregate(sum=Sum("amount"))["sum"],
        "adjustments": list(BudgetAdjustment.objects.filter(line__project=project).select_related("line")),
        "receipts": list(Receipt.objects.filter(line__project=project).select_related("line")),
        "indicators": indicators,
        "tables": list(
            MonitoringTable.objects.visible_to(request.user)
            .filter(project=project)
            .select_related("cycle", "figures")
            .order_by("-cycle__month")
        ),
        "crumbs": [(_("Projects"), reverse("project_list"))],
    }
    return render(request, "projects/project_page.html", context)


def _lines(project: BudgetProject) -> list[FundingLine]:
    """The funding lines with change, received and paid sums of the whole year."""
    lines = FundingLine.objects.filter(project=project).prefetch_related(Prefetch("months"))
    found = list(lines)
    for line in found:
        months = getattr(line, "months", None)
        for name, column in (("change", "change"), ("received", "received"), ("paid", "paid")):
            total = sum((getattr(months, f"{column}_{month}") for month in range(1, 13)), 0) if months else 0
            setattr(line, f"{name}_sum", total)
        line.adjusted_sum = line.initial + line.change_sum  # type: ignore[attr-defined]
    return found


def _chosen(text: str, years: list[int]) -> int | None:
    return next((year for year in years if str(year) == text), years[0] if years else None)


def _choices(request: SignedInRequest, years: list[int]) -> dict[str, Any]:
    scope = scope_of(request.user)
    departments: list[tuple[int, str]] = []
    if scope.roles - {Role.CLERK, Role.HEAD}:
        departments = list(Department.objects.visible_to(request.user).values_list("pk", "name"))
    units = list(BudgetUnit.objects.visible_to(request.user).values_list("pk", "name")[:400])
    offered: dict[str, tuple[str, list[Any]]] = {
        "department": (_("Department"), departments),
        "unit": (_("Unit"), units if len(units) > 1 else []),
        "klass": (_("Class"), list(ProjectClass.choices)),
        "key": (_("Key monitoring"), [("1", _("Key monitoring"))]),
    }
    active = [
        (name, label, word)
        for name, (label, rows) in offered.items()
        for value, word in rows
        if str(value) == request.GET.get(name)
    ]
    if text := request.GET.get("text", "").strip():
        active.append(("text", _("Text"), text))
    return {
        "choices": {name: rows for name, (_label, rows) in offered.items()},
        "newest_year": years[0] if years else "",
        "year_choices": [(year, year) for year in years[1:]],
        "active": active,
    }
