"""The chain: submitting, deciding, remarks – the acts of the pages, with what was seen of the table."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api import VisibleViewSet
from foundation.errors import Fault, RuleError
from monitoring.models import MonitoringTable
from reviews import remarks as remarking
from reviews import transitions
from reviews.models import Decision, Remark
from reviews.serializers import (
    DecidedSerializer,
    DecideSerializer,
    DecisionSerializer,
    NewRemarkSerializer,
    RemarkSerializer,
    VersionSerializer,
)


class ReviewViewSet(VisibleViewSet):
    """What is done with a table on its way through the chain."""

    model = MonitoringTable
    pagination_class = None

    @extend_schema(responses=DecisionSerializer(many=True))
    @action(detail=True)
    def decisions(self, request: Request, public_id: str) -> Response:
        """Everything decided on the table, the first first."""
        rows = Decision.objects.filter(table=self.get_object()).select_related("actor", "on_behalf_of")
        return Response(DecisionSerializer(rows, many=True).data)

    @extend_schema(responses=RemarkSerializer(many=True))
    @action(detail=True)
    def remarks(self, request: Request, public_id: str) -> Response:
        """The remarks on the table's cells, the first first."""
        rows = Remark.objects.filter(table=self.get_object()).select_related("author", "settled_by")
        return Response(RemarkSerializer(rows, many=True).data)

    @extend_schema(request=NewRemarkSerializer, responses={201: RemarkSerializer})
    @remarks.mapping.post
    def remark(self, request: Request, public_id: str) -> Response:
        """Put a remark on a cell. For the tier whose turn it is."""
        table = self.get_object()
        remark = remarking.add(table, **self.body(NewRemarkSerializer), by=self.person)
        return Response(RemarkSerializer(remark).data, 201)

    @extend_schema(request=VersionSerializer, responses=DecidedSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, public_id: str) -> Response:
        """Hand the table to the first tier. For the unit's clerk.

        Refused (409 checks_stand) while an error stands or a warning lacks its explanation; `errors` lists them.
        """
        table = self.get_object()
        try:
            decision = transitions.submit(table, by=self.person, **self.body(VersionSerializer))
        except RuleError as error:
            if error.code == "checks_stand":
                raise _ChecksStand(error) from error
            raise
        return _decided(decision)

    @extend_schema(request=VersionSerializer, responses=DecidedSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, public_id: str) -> Response:
        """Take a submitted table back, as long as no reviewer has decided. For the unit's clerk."""
        table = self.get_object()
        return _decided(transitions.withdraw(table, by=self.person, **self.body(VersionSerializer)))

    @extend_schema(request=DecideSerializer, responses=DecidedSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, public_id: str) -> Response:
        """Confirm, approve, return, object to or take back the table. For the tier whose turn it is."""
        table, seen = self.get_object(), self.body(DecideSerializer)
        try:
            decision = transitions.decide(
                table, seen.pop("action"), at=seen.pop("stage"), by=self.person, **seen
            )
        except RuleError as error:
            if error.code == "department_checks_stand":
                raise _ChecksStand(error) from error
            raise
        return _decided(decision)

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("project", "unit", "department", "cycle__rule_book")


class RemarkViewSet(VisibleViewSet):
    model = Remark

    @extend_schema(request=None, responses=RemarkSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, public_id: str) -> Response:
        """Close the question. For its author, whoever reviews the table now, or the clerk who has it."""
        return Response(RemarkSerializer(remarking.settle(self.get_object(), by=self.person)).data)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Remark.objects.none()
        tables = MonitoringTable.objects.visible_to(self.request.user)
        return Remark.objects.filter(table__in=tables).select_related("table")


class _ChecksStand(RuleError):
    """The refusal to submit or to pass a department's last table, with what stands named one by one."""

    def __init__(self, error: RuleError) -> None:
        super().__init__(error.code, error.message)
        self.faults = [Fault(finding.cell, finding.message) for finding in error.params["findings"]]


def _decided(decision: Decision) -> Response:
    return Response(DecidedSerializer({"decision": decision, "table": decision.table}).data)
