"""Cycles and tables as the API tells them: amounts in yuan, rates as ratios, both as text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation.fields import FixedPointSerializerField
from foundation.money import quantize_rate
from monitoring.api_cells import TypedValueField
from monitoring.choices import Light, Mismatch, Severity
from monitoring.models import (
    CellOrigin,
    Cycle,
    CycleWindow,
    FundRow,
    IndicatorRow,
    MonitoringTable,
    RuleBook,
    TableFigures,
)
from monitoring.rates import time_progress
from monitoring.stages import Stage
from organisation.serializers import NodeSerializer
from projects.models import BudgetProject
from projects.serializers import ProjectRefSerializer


class RatioField(FixedPointSerializerField):
    """A ratio with six places: 0.653200 is 65.32 %."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"max_digits": 19, "decimal_places": 6, **given})


class RuleBookRefSerializer(serializers.ModelSerializer[RuleBook]):
    class Meta:
        model = RuleBook
        fields = ["name", "version", "label"]


class WindowSerializer(serializers.ModelSerializer[CycleWindow]):
    """When a tier may act; closes_at is the first instant that is too late."""

    class Meta:
        model = CycleWindow
        fields = ["stage", "opens_at", "closes_at"]


class CycleRowSerializer(serializers.ModelSerializer[Cycle]):
    """January to `month` of `year`."""

    time_progress = serializers.SerializerMethodField()
    rule_book = RuleBookRefSerializer()
    windows = WindowSerializer(many=True)

    class Meta:
        model = Cycle
        fields = [
            "public_id", "year", "month", "time_progress", "cut_off", "state", "rule_book", "head_tier",
            "performance_tier", "third_party_tier", "windows", "opened_at", "closed_at", "recomputed_at",
        ]  # fmt: skip

    @extend_schema_field(RatioField)
    def get_time_progress(self, cycle: Cycle) -> str:
        return str(time_progress(cycle.month))


class MissingProjectSerializer(serializers.ModelSerializer[BudgetProject]):
    class Meta:
        model = BudgetProject
        fields = ["public_id", "code", "name"]


class CoverageSerializer(serializers.Serializer):
    """How far the cycle reaches the funded projects: each is in, exempt with a reason, or missing."""

    funded = serializers.IntegerField()
    included = serializers.IntegerField()
    exempt = serializers.IntegerField()
    missing = serializers.IntegerField()
    complete = serializers.BooleanField()
    missing_projects = MissingProjectSerializer(many=True, help_text="The first hundred.")


class CycleSerializer(CycleRowSerializer):
    coverage = CoverageSerializer(
        allow_null=True, help_text="For those who see the whole division; null for anybody else."
    )

    class Meta(CycleRowSerializer.Meta):
        fields = [*CycleRowSerializer.Meta.fields, "coverage"]


class TableFilters(serializers.Serializer):
    """Which tables a list holds."""

    cycle = serializers.CharField(required=False, max_length=12, help_text="Public id of the cycle.")
    stage = serializers.ChoiceField(Stage.choices, required=False)
    light = serializers.ChoiceField(Light.choices, required=False, help_text="The overall light.")
    mismatch = serializers.ChoiceField(Mismatch.choices, required=False)
    department = serializers.CharField(required=False, max_length=21, help_text="Code of the department.")
    unit = serializers.CharField(required=False, max_length=21, help_text="Code of the budget unit.")
    text = serializers.CharField(
        required=False,
        max_length=100,
        help_text="Words of the project's code, name or the initials of its pinyin.",
    )


class FiguresSerializer(serializers.ModelSerializer[TableFigures]):
    """What the rules give for a table. `gap` is completion less execution: 0.10 is ten points."""

    class Meta:
        model = TableFigures
        fields = [
            "initial", "adjusted", "in_place", "executed", "expected", "execution_rate", "prorated_rate",
            "in_place_rate", "expected_rate", "weighted_completion", "weighted_attainment", "gap", "mismatch",
            "mismatch_light", "budget_light", "target_light", "expected_light", "composite", "execution_score",
            "target_score", "score", "grade",
        ]  # fmt: skip


class TableRowSerializer(serializers.ModelSerializer[MonitoringTable]):
    """A project in a cycle. `revision` and `digest` are what decide/ asks for, `version` what submit/ asks for."""

    cycle = serializers.CharField(source="cycle.public_id")
    project = ProjectRefSerializer()
    department = NodeSerializer()
    unit = NodeSerializer()
    share_filled = serializers.SerializerMethodField(help_text="Share of its cells that the system filled.")
    figures = FiguresSerializer(allow_null=True, default=None)

    class Meta:
        model = MonitoringTable
        fields = [
            "public_id", "cycle", "project", "department", "unit", "stage", "revision", "version", "digest",
            "submitted_at", "completed_at", "newer_figures", "errors_open", "warnings_open", "share_filled", "figures",
        ]  # fmt: skip

    @extend_schema_field(RatioField(allow_null=True))
    def get_share_filled(self, table: MonitoringTable) -> str | None:
        if not table.cells_total:
            return None
        return str(quantize_rate(Decimal(table.cells_system) / table.cells_total))


class FundRowSerializer(serializers.ModelSerializer[FundRow]):
    class Meta:
        model = FundRow
        fields = [
            "source", "initial", "change", "change_reason", "change_note", "adjusted", "in_place", "executed",
            "expected", "previous_executed",
        ]  # fmt: skip


class IndicatorRowSerializer(serializers.ModelSerializer[IndicatorRow]):
    code = serializers.CharField(source="indicator.code")
    causes = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = IndicatorRow
        fields = [
            "code", "level1", "level2", "name", "sign", "target_low", "target_high", "target_text", "unit", "weight",
            "accrual", "due", "due_on", "dropped", "actual", "actual_text", "level", "expected_value", "expected_text",
            "likelihood", "causes", "cause_text", "measure", "previous_actual", "previous_level", "previous_light",
            "completion", "attainment", "deviation", "light",
        ]  # fmt: skip


class OriginSerializer(serializers.ModelSerializer[CellOrigin]):
    by = serializers.CharField(source="by.name", default=None, allow_null=True)

    class Meta:
        model = CellOrigin
        fields = ["kind", "source", "by", "at"]


class CellSerializer(serializers.Serializer):
    """A cell that the unit types: what it holds, as text, and where that came from."""

    cell = serializers.CharField(help_text='"manager", "fund.general.expected", "indicator.K001.actual"')
    value = serializers.CharField(
        allow_blank=True, help_text="Amounts in yuan; yes is 1, no is 0; empty is blank."
    )
    origin = OriginSerializer(allow_null=True)


class TableSerializer(TableRowSerializer):
    funds = FundRowSerializer(many=True)
    indicators = IndicatorRowSerializer(many=True)
    cells = CellSerializer(many=True)

    class Meta(TableRowSerializer.Meta):
        fields = [
            *TableRowSerializer.Meta.fields,
            "manager", "phone", "objective", "objective_progress", "execution_reason", "execution_plan_on",
            "target_changed", "target_change_note", "problems", "measures", "suggestions", "attainable",
            "funds", "indicators", "cells",
        ]  # fmt: skip


class CheckFindingSerializer(serializers.Serializer):
    """What a check found, in the reader's language."""

    check = serializers.CharField(source="finding.check_id")
    severity = serializers.ChoiceField(Severity.choices, source="finding.severity")
    cell = serializers.CharField(
        source="finding.cell", allow_blank=True, help_text="Empty for the table as a whole."
    )
    code = serializers.CharField(source="finding.code")
    title = serializers.CharField(source="finding.title")
    message = serializers.CharField(source="finding.message")
    suggestion = serializers.CharField(source="finding.suggestion", allow_blank=True)
    needs_explanation = serializers.BooleanField(source="finding.needs_explanation")
    explanation = serializers.CharField(allow_blank=True)


class ChecksSerializer(serializers.Serializer):
    """Everything the checks find now. `blocking`: how many stand between the table and its submission."""

    blocking = serializers.IntegerField()
    findings = CheckFindingSerializer(many=True)


class CellEditSerializer(serializers.Serializer):
    """A typed value. `seen` is the value the cell was read with: where another stands by now, nothing is saved."""

    cell = serializers.CharField(max_length=80)
    value = TypedValueField(allow_null=True)
    seen = TypedValueField(required=False, allow_null=True)


class CellResultSerializer(serializers.Serializer):
    cell = serializers.CharField()
    state = serializers.ChoiceField(["saved", "unchanged", "conflict", "invalid"])
    value = serializers.CharField(allow_blank=True, help_text="What the cell holds now.")
    message = serializers.CharField(allow_blank=True)
    by = serializers.CharField(allow_blank=True, help_text="Of a conflict: who typed what stands there.")


class SavedSerializer(serializers.Serializer):
    """What became of each edit, and what the rules say of the table now."""

    at = serializers.DateTimeField()
    version = serializers.IntegerField()
    version_before = serializers.IntegerField(
        help_text="What the save found; where it is not what you knew, somebody else has saved meanwhile."
    )
    results = CellResultSerializer(many=True)
    errors_open = serializers.IntegerField()
    warnings_open = serializers.IntegerField()
    figures = FiguresSerializer()


class ExplanationSerializer(serializers.Serializer):
    """Why a warning may stand; an empty text takes the explanation back."""

    check = serializers.CharField(max_length=4)
    cell = serializers.CharField(max_length=80, allow_blank=True, default="")
    text = serializers.CharField(max_length=1000, allow_blank=True)
