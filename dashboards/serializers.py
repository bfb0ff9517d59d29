"""The dashboard's numbers as the API tells them: money in yuan, rates as ratios."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dashboards.sums import Sums
from foundation.fields import FixedPointSerializerField
from monitoring.rates import execution_rate
from monitoring.rollups import MONEY
from monitoring.serializers import RatioField
from monitoring.stages import NodeLevel, Stage
from projects.serializers import AmountField
from rectification.choices import FundActionKind


class DashboardQuery(serializers.Serializer):
    cycle = serializers.CharField(
        required=False, max_length=12, help_text="Public id of the cycle; the newest when it is not given."
    )


class StagesSerializer(serializers.Serializer):
    """How many tables stand where."""

    filling = serializers.IntegerField()
    returned = serializers.IntegerField()
    head = serializers.IntegerField()
    department = serializers.IntegerField()
    section = serializers.IntegerField()
    performance = serializers.IntegerField()
    third_party = serializers.IntegerField()
    completed = serializers.IntegerField()


class LightsSerializer(serializers.Serializer):
    """How many tables show which overall light."""

    red = serializers.IntegerField()
    yellow = serializers.IntegerField()
    green = serializers.IntegerField()
    blue = serializers.IntegerField()
    grey = serializers.IntegerField()


class MismatchesSerializer(serializers.Serializer):
    """How many tables have money and targets out of step."""

    money_ahead = serializers.IntegerField()
    target_ahead = serializers.IntegerField()
    serious_mismatch = serializers.IntegerField()


_OUT_OF_STEP = ("money_ahead", "target_ahead", "serious_mismatch")


class NumbersSerializer(serializers.Serializer):
    """Sums over one node or several, with the rates that follow from them."""

    tables = serializers.IntegerField()
    stages = StagesSerializer()
    lights = LightsSerializer()
    mismatch = MismatchesSerializer()
    with_errors = serializers.IntegerField()
    initial = AmountField()
    adjusted = AmountField()
    in_place = AmountField()
    executed = AmountField()
    expected = AmountField()
    execution_rate = RatioField(allow_null=True)
    in_place_rate = RatioField(allow_null=True)
    share_filled = RatioField(allow_null=True, help_text="Share of the cells that the system filled.")
    average_score = FixedPointSerializerField(max_digits=5, decimal_places=2, allow_null=True)

    def to_representation(self, sums: Sums) -> dict[str, Any]:
        money = {name: sums.values[name] for name in MONEY}
        told = {
            "tables": sums.tables,
            "stages": {stage.value: sums.at_stage(stage) for stage in Stage},
            "lights": sums.lights,
            "mismatch": {name: sums.count(name) for name in _OUT_OF_STEP},
            "with_errors": sums.count("with_errors"),
            **money,
            "execution_rate": sums.rate,
            "in_place_rate": execution_rate(money["in_place"], money["adjusted"]),
            "share_filled": sums.filled_share,
            "average_score": sums.score,
        }
        return super().to_representation(told)


class NodeNumbersSerializer(serializers.Serializer):
    """A department or unit among its like."""

    code = serializers.CharField(source="node.code")
    name = serializers.CharField(source="node.name")
    numbers = NumbersSerializer(source="sums")
    tasks_open = serializers.IntegerField()
    tasks_overdue = serializers.IntegerField(source="tasks_late")


class CoverageNumbersSerializer(serializers.Serializer):
    """Funded projects in the cycle, exempt with a reason, and forgotten."""

    included = serializers.IntegerField()
    exempt = serializers.IntegerField()
    missing = serializers.IntegerField()


class MovedSerializer(serializers.Serializer):
    """Yuan that moved because of tasks, by what was done with them."""

    kind = serializers.ChoiceField(FundActionKind.choices)
    count = serializers.IntegerField()
    amount = AmountField()


class DashboardSerializer(serializers.Serializer):
    """A cycle in numbers, over the largest nodes that the person holds whole."""

    cycle = serializers.CharField(source="cycle.public_id")
    recomputed_at = serializers.DateTimeField(source="cycle.recomputed_at", allow_null=True)
    time_progress = RatioField(source="progress")
    level = serializers.ChoiceField(NodeLevel.choices, source="reach.level")
    coverage = CoverageNumbersSerializer(
        allow_null=True, help_text="For those who see the whole division; null for anybody else."
    )
    numbers = NumbersSerializer(source="sums")
    at_risk = AmountField(help_text="Adjusted budget of the tables whose light is red.")
    nodes_level = serializers.ChoiceField(NodeLevel.choices, source="reach.below")
    nodes = NodeNumbersSerializer(many=True, source="rows", help_text="The nodes below, by code.")
    tasks = serializers.SerializerMethodField()
    tasks_open = serializers.IntegerField()
    tasks_overdue = serializers.IntegerField(source="tasks_late")
    funds = MovedSerializer(many=True, source="money")

    @extend_schema_field(
        serializers.DictField(child=serializers.IntegerField(), help_text="State: how many tasks.")
    )
    def get_tasks(self, board: Any) -> dict[str, int]:
        return board.tasks
