"""The dashboard's numbers, and how far long work has come."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dashboards.board import board_of
from dashboards.jobs_seen import visible_jobs
from dashboards.reach import reach_of
from dashboards.serializers import DashboardQuery, DashboardSerializer
from foundation.api import ApiView, VisibleViewSet
from foundation.api_schema import ProblemSerializer
from foundation.http import NOT_FOUND, get_visible_or_404
from foundation.models import Job
from foundation.problems import CONTENT_TYPE
from foundation.serializers import JobSerializer
from monitoring.models import Cycle


class DashboardView(ApiView):
    @extend_schema(
        parameters=[DashboardQuery],
        responses={200: DashboardSerializer, (403, CONTENT_TYPE): ProblemSerializer},
        operation_id="dashboard",
    )
    def get(self, request: Request) -> Response:
        """Coverage, progress of the chain, lights, money, tasks and what was recovered, of one cycle.

        For whoever holds a node whole; not for third parties.
        """
        cycles = Cycle.objects.visible_to(self.person)
        asked = self.query(DashboardQuery)
        cycle = get_visible_or_404(cycles, public_id=asked["cycle"]) if "cycle" in asked else cycles.first()
        if cycle is None:
            raise Http404(NOT_FOUND)
        board = board_of(self.person, cycle, reach_of(self.person), sort="name")
        return Response(DashboardSerializer(board).data)


class JobViewSet(VisibleViewSet):
    model = Job

    @extend_schema(responses=JobSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """One's own job, or one of the division steered."""
        return Response(JobSerializer(self.get_object()).data)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Job.objects.none()
        return visible_jobs(self.person)
