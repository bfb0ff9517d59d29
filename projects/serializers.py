"""Projects as the API tells them. Amounts are yuan, as text with two places."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation.fields import FixedPointSerializerField
from organisation.serializers import NodeSerializer
from projects.models import MONTHS, BudgetAdjustment, BudgetProject, FundingLine, Indicator, LineMonths


class AmountField(FixedPointSerializerField):
    """Yuan with two places."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"max_digits": 16, "decimal_places": 2, **given})


class ProjectFilters(serializers.Serializer):
    """Which projects a list holds."""

    year = serializers.IntegerField(required=False, min_value=2000, max_value=2100)
    department = serializers.CharField(required=False, max_length=21, help_text="Code of the department.")
    unit = serializers.CharField(required=False, max_length=21, help_text="Code of the budget unit.")
    text = serializers.CharField(
        required=False, max_length=100, help_text="Words of the code, the name or the initials of its pinyin."
    )


class ProjectRefSerializer(serializers.ModelSerializer[BudgetProject]):
    """A project named beside something of it."""

    class Meta:
        model = BudgetProject
        fields = ["public_id", "code", "name", "key_monitored"]


class ProjectRowSerializer(serializers.ModelSerializer[BudgetProject]):
    department = NodeSerializer()
    unit = NodeSerializer()

    class Meta:
        model = BudgetProject
        fields = [
            "public_id", "year", "code", "name", "department", "unit", "kind", "nature", "klass", "key_monitored",
        ]  # fmt: skip


class AdjustmentSerializer(serializers.ModelSerializer[BudgetAdjustment]):
    class Meta:
        model = BudgetAdjustment
        fields = ["document_no", "on", "amount", "kind", "reason"]


class LineMonthSerializer(serializers.Serializer):
    """What a month did to a line."""

    month = serializers.IntegerField(min_value=1, max_value=12)
    change = AmountField(help_text="Budget adjustments.")
    received = AmountField()
    paid = AmountField(help_text="Payments less refunds.")


class LineSerializer(serializers.ModelSerializer[FundingLine]):
    """A source of the project's money."""

    adjustments = AdjustmentSerializer(many=True)
    months = serializers.SerializerMethodField()

    class Meta:
        model = FundingLine
        fields = ["source", "initial", "opening_reason", "adjustments", "months"]

    @extend_schema_field(LineMonthSerializer(many=True))
    def get_months(self, line: FundingLine) -> Any:
        kept = getattr(line, "months", None) or LineMonths()
        months = [
            {name: getattr(kept, f"{name}_{month}") for name in ("change", "received", "paid")}
            | {"month": month}
            for month in MONTHS
        ]
        return LineMonthSerializer(months, many=True).data


class IndicatorSerializer(serializers.ModelSerializer[Indicator]):
    class Meta:
        model = Indicator
        fields = [
            "code", "level1", "level2", "name", "sign", "target_low", "target_high", "target_text", "unit", "weight",
            "accrual", "due_on", "dropped",
        ]  # fmt: skip


class ProjectSerializer(ProjectRowSerializer):
    lines = LineSerializer(many=True)
    indicators = IndicatorSerializer(many=True)

    class Meta(ProjectRowSerializer.Meta):
        fields = [
            *ProjectRowSerializer.Meta.fields,
            "starts_on", "ends_on", "manager", "phone", "objective", "lines", "indicators",
        ]  # fmt: skip
