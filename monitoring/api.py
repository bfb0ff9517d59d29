"""Cycles and monitoring tables: to read, to fill, and the long work over a whole cycle."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api import VisibleViewSet
from foundation.serializers import JobSerializer
from monitoring import api_cells, cycle_jobs
from monitoring.check_items import check_summary
from monitoring.filling import explain
from monitoring.models import CellOrigin, Cycle, IndicatorRow, MonitoringTable
from monitoring.opening import coverage, may_steer, missing_projects
from monitoring.serializers import (
    CellEditSerializer,
    ChecksSerializer,
    CycleRowSerializer,
    CycleSerializer,
    ExplanationSerializer,
    SavedSerializer,
    TableFilters,
    TableRowSerializer,
    TableSerializer,
)
from monitoring.snapshots import Sheet
from monitoring.tables import Assessed, assess
from organisation.scope import scope_of
from projects.models import BudgetProject

SHOWN_PROJECTS = 100
MOST_EDITS = 500


class CycleViewSet(VisibleViewSet):
    model = Cycle
    newest_first = True

    @extend_schema(responses=CycleRowSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Cycles of the person's division, the last opened first."""
        return self.page(self.get_queryset(), CycleRowSerializer)

    @extend_schema(responses=CycleSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """One cycle, with how far it reaches the funded projects."""
        cycle = self.get_object()
        cycle.coverage = _coverage(cycle) if cycle.division_id in scope_of(self.person).divisions else None
        return Response(CycleSerializer(cycle).data)

    @extend_schema(request=None, responses={202: JobSerializer})
    @action(detail=True, methods=["post"])
    def recompute(self, request: Request, public_id: str) -> Response:
        """Bring all figures of the cycle up to date. For the performance section."""
        job = cycle_jobs.owe_recompute(self._steered(), self.person)
        return Response(JobSerializer(job).data, 202)

    @extend_schema(request=None, responses={202: JobSerializer})
    @action(detail=True, methods=["post"], url_path="raise-rectifications")
    def raise_rectifications(self, request: Request, public_id: str) -> Response:
        """Raise rectification tasks from the cycle's figures; never one twice. For the performance section."""
        job = cycle_jobs.owe_tasks(self._steered(), self.person)
        return Response(JobSerializer(job).data, 202)

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("rule_book").prefetch_related("windows")

    def _steered(self) -> Cycle:
        cycle = self.get_object()
        if not may_steer(self.person, cycle.division_id):
            raise PermissionDenied
        return cycle


def _coverage(cycle: Cycle) -> dict[str, Any]:
    covered = coverage(cycle)
    missing = missing_projects(cycle)[:SHOWN_PROJECTS] if covered.missing else BudgetProject.objects.none()
    return vars(covered) | {"complete": covered.complete, "missing_projects": missing}


class TableViewSet(VisibleViewSet):
    model = MonitoringTable

    @extend_schema(parameters=[TableFilters], responses=TableRowSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Tables the person may see, with their figures, fifty a page."""
        asked = self.query(TableFilters)
        rows = self.get_queryset().filter(
            **{_COLUMNS[name]: asked[name] for name in _COLUMNS if name in asked}
        )
        if text := asked.get("text"):
            rows = rows.filter(project__in=BudgetProject.objects.search(text).values("pk"))
        return self.page(rows.for_list(), TableRowSerializer)

    @extend_schema(responses=TableSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """One table: figures, fund rows, indicator rows, and each cell that the unit types with its origin."""
        table = self.get_object()
        table.cells = api_cells.cells_of(Sheet(table, list(table.funds.all()), list(table.indicators.all())))
        return Response(TableSerializer(table).data)

    @extend_schema(responses=ChecksSerializer)
    @action(detail=True)
    def checks(self, request: Request, public_id: str) -> Response:
        """What the checks find on the table as it stands, errors first."""
        return Response(_checks(assess([self.get_object()])[0]))

    @extend_schema(request=CellEditSerializer(many=True), responses=SavedSerializer)
    @action(detail=True, methods=["patch"])
    def cells(self, request: Request, public_id: str) -> Response:
        """Save typed cells. Each has its own result; one that cannot be kept does not hold up the others.

        For the unit's clerk, while the table is with the unit.
        """
        table = self.get_object()
        edits = self.body(CellEditSerializer, many=True, allow_empty=False, max_length=MOST_EDITS)
        saved, results = api_cells.save(table, edits, by=self.person)
        table = saved.assessed.table
        told = {
            "at": saved.at,
            "version": table.version,
            "version_before": saved.version_before,
            "results": [vars(result) | {"value": result.text} for result in results],
            "errors_open": table.errors_open,
            "warnings_open": table.warnings_open,
            "figures": saved.assessed.figures,
        }
        return Response(SavedSerializer(told).data)

    @extend_schema(request=ExplanationSerializer, responses=ChecksSerializer)
    @action(detail=True, methods=["post"])
    def explanations(self, request: Request, public_id: str) -> Response:
        """Say why a warning may stand. For the unit's clerk."""
        table, by = self.get_object(), self.person
        given = self.body(ExplanationSerializer)
        return Response(_checks(explain(table, given["check"], given["cell"], given["text"], by=by)))

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        if self.action == "list":
            return rows
        rows = rows.select_related("project", "unit", "department", "figures", "cycle__rule_book")
        if self.action == "retrieve":
            indicators = Prefetch("indicators", IndicatorRow.objects.select_related("indicator"))
            origins = Prefetch("origins", CellOrigin.objects.select_related("by"))
            return rows.prefetch_related("funds", indicators, origins)
        return rows


_COLUMNS = {
    "cycle": "cycle__public_id",
    "stage": "stage",
    "light": "figures__composite",
    "mismatch": "figures__mismatch",
    "department": "department__code",
    "unit": "unit__code",
}


def _checks(assessed: Assessed) -> Any:
    summary = check_summary(assessed, ())
    findings = [*summary.blanks, *summary.errors, *summary.warnings, *summary.hints]
    return ChecksSerializer({"blocking": summary.blocking, "findings": findings}).data
