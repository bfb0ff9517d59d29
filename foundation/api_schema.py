"""The API's description of itself: every operation names its refusals, every write its Idempotency-Key."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from foundation.idempotency import HEADER, IdempotentWriteMixin
from foundation.problems import CONTENT_TYPE, TITLES

_OF_EVERY_ANSWER = (401, 406, 503)
_OF_WRITES = (400, 403, 404, 409, 415, 422, 429)
_WRITES = {"POST", "PUT", "PATCH", "DELETE"}


class FaultSerializer(serializers.Serializer):
    where = serializers.CharField(
        help_text="Field, cell or place of the list; empty for the whole.", allow_blank=True
    )
    message = serializers.CharField(help_text="What is wrong, in the language of Accept-Language.")


class ProblemSerializer(serializers.Serializer):
    """A refusal (RFC 9457)."""

    type = serializers.CharField(help_text="urn:beacon:problem: and the code")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="One sentence for people.", allow_blank=True)
    code = serializers.CharField(help_text="One word for machines, the same in every language.")
    request_id = serializers.CharField(required=False, help_text="To be named when asking for help.")
    errors = FaultSerializer(many=True, required=False)  # type: ignore[assignment]  # a field, not the property


class ApiSchema(AutoSchema):
    def get_override_parameters(self) -> list[Any]:
        parameters = super().get_override_parameters()
        if self.method in _WRITES and isinstance(self.view, IdempotentWriteMixin):
            return [*parameters, _KEY]
        return parameters

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation:
            for status in self._refusals(operation):
                operation["responses"].setdefault(str(status), self._problem(status))
        return operation

    def _refusals(self, operation: dict[str, Any]) -> list[int]:
        statuses = {*_OF_EVERY_ANSWER}
        if self.method in _WRITES:
            statuses |= {*_OF_WRITES}
        places = {parameter["in"] for parameter in operation.get("parameters", [])}
        statuses |= {404} if "path" in places else set()
        statuses |= {404, 422} if "query" in places else set()
        return sorted(statuses)

    def _problem(self, status: int) -> Any:
        told = OpenApiResponse(ProblemSerializer, description=str(TITLES[status]))
        return self._get_response_for_code(told, str(status), [CONTENT_TYPE])


_KEY = OpenApiParameter(
    HEADER,
    type={"type": "string", "minLength": 8, "maxLength": 100, "pattern": "^[!-~]{8,100}$"},
    location=OpenApiParameter.HEADER,
    required=True,
    description="A new one for each write, the same one when you repeat it: it then acts once and answers the same.",
)
