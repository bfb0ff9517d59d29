"""Budget projects to read."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api import VisibleViewSet
from projects.models import BudgetProject
from projects.serializers import ProjectFilters, ProjectRowSerializer, ProjectSerializer


class ProjectViewSet(VisibleViewSet):
    model = BudgetProject

    @extend_schema(parameters=[ProjectFilters], responses=ProjectRowSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Projects the person may see, fifty a page."""
        rows = self.get_queryset().filter(**_conditions(asked := self.query(ProjectFilters)))
        rows = rows.search(asked.get("text", "")).select_related("department", "unit")
        return self.page(rows, ProjectRowSerializer)

    @extend_schema(responses=ProjectSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """One project with its funding lines, their adjustments and months, and its indicators."""
        return Response(ProjectSerializer(self.get_object()).data)

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        if self.action == "retrieve":
            rows = rows.select_related("department", "unit")
            return rows.prefetch_related("lines__months", "lines__adjustments", "indicators")
        return rows


_COLUMNS = {"year": "year", "department": "department__code", "unit": "unit__code"}


def _conditions(asked: dict[str, Any]) -> dict[str, Any]:
    return {column: asked[name] for name, column in _COLUMNS.items() if name in asked}
