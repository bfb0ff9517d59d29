"""Rectification tasks: to read, and what unit, department and bureau do with them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import clock
from foundation.api import ExactJSONParser, VisibleViewSet
from monitoring import evidence
from rectification import funds, handling
from rectification.funds import Disposal
from rectification.handling import Answer
from rectification.models import Reply, Task
from rectification.serializers import (
    NewFundActionSerializer,
    NewReplySerializer,
    NewReplyWithFileSerializer,
    OpinionSerializer,
    TaskFilters,
    TaskRowSerializer,
    TaskSerializer,
    TaskVersionSerializer,
    VerdictSerializer,
)


class TaskViewSet(VisibleViewSet):
    model = Task
    newest_first = True

    @extend_schema(parameters=[TaskFilters], responses=TaskRowSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Tasks the person may see, the last raised first, fifty a page."""
        asked = self.query(TaskFilters)
        rows = self.get_queryset().filter(
            **{_COLUMNS[name]: asked[name] for name in _COLUMNS if name in asked}
        )
        if asked.get("state") == "open":
            rows = rows.standing()
        elif "state" in asked:
            rows = rows.filter(state=asked["state"])
        if asked.get("late"):
            rows = rows.overdue(clock.now())
        if asked.get("mine"):
            rows = rows.filter(pk__in=Task.objects.waiting_for(self.person).values("pk"))
        for word in asked.get("text", "").lower().split():
            rows = rows.filter(project__search_text__contains=word)
        return self.page(rows, TaskRowSerializer)

    @extend_schema(responses=TaskSerializer)
    def retrieve(self, request: Request, public_id: str) -> Response:
        """One task: what was found, what was replied, decided and done with the money."""
        return self._told()

    @extend_schema(request=TaskVersionSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, public_id: str) -> Response:
        """Sign for the task. For the unit's clerk."""
        task = self.get_object()
        handling.acknowledge(task, by=self.person, **self.body(TaskVersionSerializer))
        return self._told()

    @extend_schema(
        request={"application/json": NewReplySerializer, "multipart/form-data": NewReplyWithFileSerializer},
        responses=TaskSerializer,
    )
    @action(detail=True, methods=["post"], parser_classes=[ExactJSONParser, MultiPartParser])
    def reply(self, request: Request, public_id: str) -> Response:
        """Report what was done; with a file in proof as multipart/form-data. For the unit's clerk."""
        task, given = self.get_object(), self.body(NewReplyWithFileSerializer)
        if not handling.may_reply(task, self.person):
            raise PermissionDenied
        upload, version = given.pop("file", None), given.pop("version")
        answer = Answer(**given, files=[evidence.store(upload)] if upload else [])
        handling.reply(task, answer, by=self.person, version=version)
        return self._told()

    @extend_schema(request=OpinionSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"], url_path="pass-on")
    def pass_on(self, request: Request, public_id: str) -> Response:
        """Find the reply good and pass it to the bureau. For the department."""
        task = self.get_object()
        handling.pass_on(task, by=self.person, **self.body(OpinionSerializer))
        return self._told()

    @extend_schema(request=OpinionSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request: Request, public_id: str) -> Response:
        """Ask the unit for more; the text says what. For the department, then for the bureau."""
        task = self.get_object()
        handling.send_back(task, by=self.person, **self.body(OpinionSerializer))
        return self._told()

    @extend_schema(request=VerdictSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, public_id: str) -> Response:
        """Judge the last reply. For the bureau."""
        task = self.get_object()
        handling.accept(task, by=self.person, **self.body(VerdictSerializer))
        return self._told()

    @extend_schema(request=NewFundActionSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def funds(self, request: Request, public_id: str) -> Response:
        """Record money that the budget system has moved because of the task. For the bureau."""
        task = self.get_object()
        funds.record_disposal(task, Disposal(**self.body(NewFundActionSerializer)), by=self.person)
        return self._told()

    def get_queryset(self) -> Any:
        late = Task.objects.overdue(clock.now()).filter(pk=OuterRef("pk"))
        rows = super().get_queryset().annotate(overdue=Exists(late))
        rows = rows.select_related("project", "unit", "department", "cycle__rule_book", "finding__table")
        if self.action == "list":
            return rows
        replies = Reply.objects.select_related("by", "acceptance__by").prefetch_related("evidence__blob")
        return rows.prefetch_related(
            Prefetch("replies", replies), "steps__actor", "fund_actions__recorded_by"
        )

    def _told(self) -> Response:
        """The task as it stands now."""
        return Response(TaskSerializer(self.get_object()).data)


_COLUMNS = {
    "cycle": "cycle__public_id",
    "problem": "problem",
    "department": "department__code",
    "unit": "unit__code",
}
