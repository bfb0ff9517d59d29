"""Tasks as the API takes and tells them: amounts in yuan, as text."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from monitoring.models import MonitoringTable
from organisation.serializers import NodeSerializer
from projects.choices import FundSource
from projects.serializers import AmountField, ProjectRefSerializer
from rectification.choices import AcceptanceResult, FundActionKind, ReplyState, TaskState
from rectification.models import Acceptance, Finding, FundAction, Reply, ReplyEvidence, Task, TaskStep
from rectification.problems import problem_names

TEXT_LIMIT = 2000
_MOST = 2**31 - 1


class TaskFilters(serializers.Serializer):
    """Which tasks a list holds."""

    cycle = serializers.CharField(required=False, max_length=12, help_text="Public id of the cycle.")
    state = serializers.ChoiceField([("open", "All that stand open"), *TaskState.choices], required=False)
    problem = serializers.CharField(required=False, max_length=4, help_text="Problem type of the rule book.")
    department = serializers.CharField(required=False, max_length=21, help_text="Code of the department.")
    unit = serializers.CharField(required=False, max_length=21, help_text="Code of the budget unit.")
    text = serializers.CharField(
        required=False,
        max_length=100,
        help_text="Words of the project's code, name or the initials of its pinyin.",
    )
    late = serializers.BooleanField(required=False, help_text="Only those that are overdue.")
    mine = serializers.BooleanField(required=False, help_text="Only those whose next act is the person's.")


class TaskRowSerializer(serializers.ModelSerializer[Task]):
    """A rectification task. `version` is what every act on it asks for."""

    cycle = serializers.CharField(source="cycle.public_id")
    project = ProjectRefSerializer()
    department = NodeSerializer()
    unit = NodeSerializer()
    problem_name = serializers.SerializerMethodField()
    overdue = serializers.BooleanField()

    class Meta:
        model = Task
        fields = [
            "public_id", "cycle", "project", "department", "unit", "problem", "problem_name", "state", "version",
            "overdue", "issued_at", "reply_due_at", "complete_due_at", "closed_at",
        ]  # fmt: skip

    @extend_schema_field(str)
    def get_problem_name(self, task: Task) -> str:
        # One dictionary for all rows of a list: a rule book is read once.
        names: dict[int, dict[str, str]] = cast("dict[str, Any]", self.context).setdefault(
            "problem_names", {}
        )
        book = task.cycle.rule_book
        if book.pk not in names:
            names[book.pk] = problem_names(book)
        return names[book.pk].get(task.problem, task.problem)


class FindingSerializer(serializers.ModelSerializer[Finding]):
    """What was found, with the figures that the rule saw."""

    table = serializers.SerializerMethodField(help_text="Public id of the monitoring table.")
    facts = serializers.DictField(child=serializers.CharField(allow_null=True, allow_blank=True))

    class Meta:
        model = Finding
        fields = ["source", "severity", "description", "table", "facts", "amount", "raised_at"]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_table(self, finding: Finding) -> str | None:
        table: MonitoringTable | None = finding.table
        return table.public_id if table else None


class ReplyFileSerializer(serializers.ModelSerializer[ReplyEvidence]):
    size = serializers.IntegerField(source="blob.size")
    sha256 = serializers.CharField(source="blob.sha256")

    class Meta:
        model = ReplyEvidence
        fields = ["public_id", "file_name", "size", "sha256"]


class AcceptanceSerializer(serializers.ModelSerializer[Acceptance]):
    by = serializers.CharField(source="by.name")

    class Meta:
        model = Acceptance
        fields = ["result", "verified_amount", "text", "by", "at"]


class ReplySerializer(serializers.ModelSerializer[Reply]):
    by = serializers.CharField(source="by.name")
    files = ReplyFileSerializer(many=True, source="evidence")
    acceptance = AcceptanceSerializer(allow_null=True, default=None)

    class Meta:
        model = Reply
        fields = ["state", "measures", "done_on", "amount", "responsible", "by", "at", "files", "acceptance"]


class StepSerializer(serializers.ModelSerializer[TaskStep]):
    actor = serializers.CharField(source="actor.name", default=None, allow_null=True)

    class Meta:
        model = TaskStep
        fields = ["action", "from_state", "to_state", "actor", "text", "at"]


class FundActionSerializer(serializers.ModelSerializer[FundAction]):
    recorded_by = serializers.CharField(source="recorded_by.name")

    class Meta:
        model = FundAction
        fields = [
            "public_id", "kind", "fund_source", "amount", "document_no", "executed_on", "recorded_by", "recorded_at",
        ]  # fmt: skip


class TaskSerializer(TaskRowSerializer):
    finding = FindingSerializer()
    replies = ReplySerializer(many=True)
    steps = StepSerializer(many=True)
    fund_actions = FundActionSerializer(many=True)

    class Meta(TaskRowSerializer.Meta):
        fields = [
            *TaskRowSerializer.Meta.fields, "requirement", "finding", "replies", "steps", "fund_actions",
        ]  # fmt: skip


class TaskVersionSerializer(serializers.Serializer):
    """The task as it was read."""

    version = serializers.IntegerField(min_value=1, max_value=_MOST)


class NewReplySerializer(TaskVersionSerializer):
    state = serializers.ChoiceField(ReplyState.choices)
    measures = serializers.CharField(max_length=TEXT_LIMIT)
    done_on = serializers.DateField(allow_null=True, default=None, help_text="Due when the state is done.")
    amount = AmountField(
        allow_null=True, default=None, help_text="What was recovered, cut or re-allocated, in yuan."
    )
    responsible = serializers.CharField(max_length=60, allow_blank=True, default="")


class NewReplyWithFileSerializer(NewReplySerializer):
    file = serializers.FileField(required=False, help_text="PDF, JPG, PNG, XLSX, DOCX, OFD or ZIP, in proof.")


class OpinionSerializer(TaskVersionSerializer):
    text = serializers.CharField(max_length=TEXT_LIMIT, allow_blank=True, default="")


class VerdictSerializer(OpinionSerializer):
    """Passed closes the task; anything else sends it back and asks for a text."""

    result = serializers.ChoiceField(AcceptanceResult.choices)
    verified_amount = AmountField(allow_null=True, default=None, help_text="Yuan.")


class NewFundActionSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(FundActionKind.choices)
    fund_source = serializers.ChoiceField(FundSource.choices)
    amount = AmountField(help_text="Yuan, above zero.")
    document_no = serializers.CharField(max_length=60)
    executed_on = serializers.DateField()
