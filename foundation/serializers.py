"""Jobs as the API tells them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation.jobs import title_of
from foundation.models import Job


class JobSerializer(serializers.ModelSerializer[Job]):
    """Long work: ask again at jobs/{public_id}/ until the state is done, failed or cancelled."""

    title = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField(help_text="What was done, by name; null until it is.")

    class Meta:
        model = Job
        fields = [
            "public_id", "kind", "title", "state", "progress_done", "progress_total", "progress_note", "result",
            "error", "created_at", "started_at", "finished_at",
        ]  # fmt: skip

    @extend_schema_field(str)
    def get_title(self, job: Job) -> str:
        return title_of(job)

    @extend_schema_field({"type": "object", "nullable": True, "additionalProperties": {}})
    def get_result(self, job: Job) -> Any:
        return job.result
