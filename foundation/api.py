"""What every address of the API shares: how a body is read, a set reached, a page cut, a refusal told."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from decimal import Decimal
from typing import IO, Any, NoReturn, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError
from rest_framework import exceptions, serializers
from rest_framework.pagination import BasePagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView, set_rollback
from rest_framework.viewsets import GenericViewSet

from foundation.api_session import CsrfTokenMissing
from foundation.errors import BadInput, Fault
from foundation.http import NOT_FOUND, get_visible_or_404
from foundation.idempotency import IdempotentWriteMixin
from foundation.ids import PUBLIC_ID_LENGTH
from foundation.problems import CONTENT_TYPE, Problem, problem_of

log = logging.getLogger(__name__)

PAGE = 50

_UNREADABLE = _(
    "The body of the request cannot be read. Send it in UTF-8, in the form the Content-Type names."
)
_NO_CSRF_TOKEN = _(
    "A write with the session of a browser needs the CSRF token of the page in the header X-CSRFToken. "
    "A program signs in with a token instead: Authorization: Token …"
)
_TOO_LARGE = _("The request is too large. Send less at a time.")


class ExactJSONParser(JSONParser):
    """JSON whose numbers keep every digit: fractions come as Decimal, NaN and Infinity do not come at all."""

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            text = stream.read().decode("utf-8-sig")
            return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise exceptions.ParseError from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


class WriteThrottle(UserRateThrottle):
    """So many writes a minute for each person (settings.API_WRITES_PER_MINUTE); reading is free."""

    scope = "writes"

    def get_rate(self) -> str:
        return f"{settings.API_WRITES_PER_MINUTE}/min"

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.method in ("GET", "HEAD"):
            return True
        try:
            return super().allow_request(request, view)
        except RedisError as error:
            # Without the counter nobody is too fast: Redis keeps nothing that a write needs.
            log.warning("Writes are not counted, the cache does not answer: %s", error)
            return True


def problem_of_api(error: Exception) -> Problem | None:
    """The problem an error stands for, told in more words where the error has them; None for a fault of ours."""
    match error:
        case exceptions.ParseError():
            return Problem(400, "unreadable", _UNREADABLE)
        case CsrfTokenMissing():
            return Problem(403, "csrf_token_missing", _NO_CSRF_TOKEN)
        case RequestDataTooBig():
            return Problem(400, "too_large", _TOO_LARGE)
        case SuspiciousOperation():
            return Problem(400, "unreadable", _UNREADABLE)
    problem = problem_of(error)
    if problem is None:
        return None
    if isinstance(error, PermissionDenied) and (code := getattr(error, "code", "")):
        return replace(problem, code=code, detail=str(error))
    if faults := getattr(error, "faults", None):
        return replace(problem, faults=list(faults))
    return problem


def exception_handler(error: Exception, view_context: Any) -> Response | None:
    """problem+json for every refusal; None lets Django answer 500."""
    problem = problem_of_api(error)
    if problem is None:
        return None
    set_rollback()
    return Response(problem.body(), problem.status, headers=problem.headers, content_type=CONTENT_TYPE)


class ApiDoor(IdempotentWriteMixin):
    """For every view of the API: JSON only, writes throttled and answered once, refusals as problem+json."""

    parser_classes: Any = [ExactJSONParser]
    throttle_classes: Any = [WriteThrottle]
    metadata_class: Any = None
    request: Any

    @property
    def person(self) -> Any:
        """Whoever asks; nobody comes here without signing in."""
        return self.request.user

    def get_exception_handler(self) -> Any:
        return exception_handler

    def body(self, shape: type[serializers.Serializer], **given: Any) -> Any:
        """The request's body in the shape of a serializer. Raises ValidationError (422)."""
        return _read(shape(data=self.request.data, **given))

    def query(self, shape: type[serializers.Serializer]) -> dict[str, Any]:
        """The address's parameters in the shape of a serializer. Raises ValidationError (422)."""
        return _read(shape(data=self.request.query_params.dict()))


def _read(serializer: Any) -> Any:
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


class ApiView(ApiDoor, APIView):
    """An address that stands for no single set of rows."""


class CursorPages(BasePagination):
    """Fifty rows a page; the cursor is the public id of the last row of the page before.

    Rows are in the order they were made, or newest first where the view says so (`newest_first`).
    """

    following: str | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        newest_first = getattr(view, "newest_first", False)
        if cursor := request.query_params.get("cursor", ""):
            place = _place_of(cast("VisibleViewSet", view), cursor)
            queryset = queryset.filter(**{"pk__lt" if newest_first else "pk__gt": place})
        rows = list(queryset.order_by("-pk" if newest_first else "pk")[: PAGE + 1])
        if len(rows) > PAGE:
            last = rows[PAGE - 1].public_id
            self.following = replace_query_param(request.build_absolute_uri(), "cursor", last)
        return rows[:PAGE]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.following, "results": data})

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        about = "Where the page begins, as told by `next` of the page before."
        schema = {"type": "string", "minLength": PUBLIC_ID_LENGTH, "maxLength": PUBLIC_ID_LENGTH}
        return [{"name": "cursor", "in": "query", "required": False, "description": about, "schema": schema}]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = {
            "type": "string",
            "format": "uri",
            "nullable": True,
            "description": "Address of the following page; null at the end.",
        }
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": following, "results": schema},
        }


def _place_of(view: VisibleViewSet, cursor: str) -> int:
    """The row the cursor names, among all the person sees; what it does not name begins nowhere."""
    try:
        return get_visible_or_404(view.get_queryset().values_list("pk", flat=True), public_id=cursor)
    except Http404 as error:
        raise BadInput(
            [Fault("cursor", _("There is no such place in this list. Begin at its start."))]
        ) from error


class VisibleViewSet(ApiDoor, GenericViewSet):
    """Rows of a model that the person may see; everything else does not exist.

    model: with a manager that knows visible_to(user). newest_first: the order of the list.
    """

    model: type[Model]
    newest_first = False
    lookup_field = "public_id"
    lookup_value_regex = f"[0-9a-z]{{{PUBLIC_ID_LENGTH}}}"
    pagination_class: Any = CursorPages

    def get_queryset(self) -> Any:
        rows = self.model._default_manager
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        return rows.visible_to(self.request.user)  # type: ignore[attr-defined]

    def get_object(self) -> Any:
        """The row of the address. Raises Http404 for unknown and for invisible alike."""
        return get_visible_or_404(self.get_queryset(), public_id=self.kwargs["public_id"])

    def page(self, rows: QuerySet[Any], shape: type[serializers.BaseSerializer], **context: Any) -> Response:
        """One page of `rows` as `shape` tells them."""
        found = self.paginate_queryset(rows)
        return self.get_paginated_response(shape(found, many=True, context=context).data)


class UnknownAddress(ApiView):
    """Whatever is no address of the API: the same words as for what is not visible."""

    schema = None

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise Http404(NOT_FOUND)
