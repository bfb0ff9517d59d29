"""Decisions and remarks as the API takes and tells them."""

from rest_framework import serializers

from foundation.fields import FixedPointSerializerField
from monitoring.models import MonitoringTable
from monitoring.stages import Stage
from reviews.acts import TEXT_LIMIT
from reviews.chain import Action
from reviews.models import Decision, Remark
from reviews.remarks import REMARK_LIMIT

_MOST = 2**31 - 1


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    """An act of the chain, as it was recorded."""

    actor = serializers.CharField(source="actor.name")
    on_behalf_of = serializers.CharField(source="on_behalf_of.name", default=None, allow_null=True)

    class Meta:
        model = Decision
        fields = [
            "public_id", "action", "from_stage", "to_stage", "revision", "digest", "actor", "on_behalf_of", "code",
            "text", "score", "at",
        ]  # fmt: skip


class StandSerializer(serializers.ModelSerializer[MonitoringTable]):
    """Where a table stands: what the next act on it has to name."""

    class Meta:
        model = MonitoringTable
        fields = ["public_id", "stage", "revision", "version", "digest"]


class DecidedSerializer(serializers.Serializer):
    decision = DecisionSerializer()
    table = StandSerializer()


class VersionSerializer(serializers.Serializer):
    """The table as it was read."""

    version = serializers.IntegerField(min_value=1, max_value=_MOST)


class DecideSerializer(serializers.Serializer):
    """stage, revision and digest are those that were read: what has moved since is not decided on unseen."""

    action = serializers.ChoiceField(
        [Action.CONFIRM, Action.APPROVE, Action.RETURN, Action.OBJECT, Action.RECALL]
    )
    stage = serializers.ChoiceField(Stage.choices)
    revision = serializers.IntegerField(min_value=1, max_value=_MOST)
    digest = serializers.CharField(
        max_length=64, allow_blank=True, help_text="Whole, or its first 16 characters."
    )
    code = serializers.CharField(
        max_length=4, allow_blank=True, default="", help_text="Reason code, due with a return."
    )
    text = serializers.CharField(
        max_length=TEXT_LIMIT, allow_blank=True, default="", help_text="Opinion, due with a return."
    )
    score = FixedPointSerializerField(
        max_digits=7, decimal_places=4, allow_null=True, default=None,
        help_text="0 to 100, due with a third party's approval.",
    )  # fmt: skip


class RemarkSerializer(serializers.ModelSerializer[Remark]):
    author = serializers.CharField(source="author.name")
    settled_by = serializers.CharField(source="settled_by.name", default=None, allow_null=True)

    class Meta:
        model = Remark
        fields = [
            "public_id", "cell", "text", "author", "author_stage", "revision", "at", "settled_at", "settled_by",
        ]  # fmt: skip


class NewRemarkSerializer(serializers.Serializer):
    cell = serializers.CharField(
        max_length=80, allow_blank=True, default="", help_text="Empty for the table as a whole."
    )
    text = serializers.CharField(max_length=REMARK_LIMIT)
