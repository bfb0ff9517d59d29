"""Every refusal as one thing: its status, its code, its words, and its JSON (RFC 9457)."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from foundation import context
from foundation.errors import BadInput, Fault, RuleError
from foundation.http import NOT_FOUND

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 5

TITLES: dict[int, _StrOrPromise] = {
    400: _("The request cannot be understood"),
    401: _("Sign in first"),
    403: _("You may not do this"),
    404: _("Not found"),
    405: _("This cannot be done here"),
    406: _("This form of answer is not offered"),
    409: _("This is not possible now"),
    415: _("This form of request is not understood"),
    422: _("Some of it cannot be accepted"),
    429: _("Too many requests"),
    500: _("Something went wrong"),
    503: _("The system is busy"),
}
_FORBIDDEN = _("Your role does not allow this, or not for this object.")
_UNAVAILABLE = _(
    "The database does not answer at the moment. Nothing was changed; try again in a few seconds."
)
_UNREADABLE = _("Please correct what is named below; nothing was saved.")
_GENERAL = {NON_FIELD_ERRORS, "non_field_errors"}


@dataclass(frozen=True)
class Problem:
    """A refusal as the outside sees it.

    code: a word for machines. detail: a sentence for people. faults: what is wrong, place by place.
    """

    status: int
    code: str
    detail: _StrOrPromise
    faults: list[Fault] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return str(TITLES.get(self.status) or HTTPStatus(self.status).phrase)

    def body(self) -> dict[str, Any]:
        """The members of application/problem+json; errors only where there are any."""
        members: dict[str, Any] = {
            "type": f"urn:beacon:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": str(self.detail),
            "code": self.code,
        }
        if request_id := context.request_id():
            members["request_id"] = request_id
        if self.faults:
            members["errors"] = [
                {"where": fault.where, "message": str(fault.message)} for fault in self.faults
            ]
        return members


def problem_of(error: BaseException) -> Problem | None:
    """The problem that one of our exceptions, Django's or DRF's stands for; None for a fault of ours."""
    match error:
        case RuleError():
            return Problem(409, error.code, error.message)
        case BadInput():
            return Problem(422, "bad_input", _UNREADABLE, error.faults)
        case ValidationError():
            return Problem(422, "bad_input", _UNREADABLE, _validation_faults(error))
        case PermissionDenied() | exceptions.PermissionDenied():
            return Problem(403, "forbidden", _FORBIDDEN)
        case Http404() | exceptions.NotFound():
            # One wording for unknown and for invisible.
            return Problem(404, "not_found", NOT_FOUND)
        case OperationalError() | InterfaceError():
            return Problem(503, "unavailable", _UNAVAILABLE, headers={"Retry-After": str(RETRY_SECONDS)})
        case DataError():
            # NUL in a search, a number too large for its column: the database refused what was sent.
            log.warning("The database refused a value", exc_info=error)
            return Problem(422, "bad_input", _UNREADABLE)
        case exceptions.ValidationError():
            return Problem(422, "bad_input", _UNREADABLE, list(_faults_in(error.detail)))
        case exceptions.APIException():
            return _problem_of_api(error)
    return None


def exception_handler(error: Exception, view_context: Mapping[str, Any]) -> Response | None:
    """DRF's hook: problem+json for every refusal; None lets Django answer 500."""
    problem = problem_of(error)
    if problem is None:
        return None
    set_rollback()
    return Response(problem.body(), problem.status, headers=problem.headers, content_type=CONTENT_TYPE)


def _problem_of_api(error: exceptions.APIException) -> Problem:
    headers = {}
    if scheme := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = scheme
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(math.ceil(wait))
    code = getattr(error.detail, "code", None) or error.default_code
    return Problem(error.status_code, code, str(error.detail), headers=headers)


def _validation_faults(error: ValidationError) -> list[Fault]:
    if hasattr(error, "error_dict"):
        return [
            Fault("" if where in _GENERAL else where, message)
            for where, messages in error.message_dict.items()
            for message in messages
        ]
    return [Fault("", message) for message in error.messages]


def _faults_in(detail: Any, where: str = "") -> Iterator[Fault]:
    """Flatten DRF's nested detail: {"rows": {1: {"amount": ["…"]}}} is at "rows[1].amount", a list's as well."""
    if isinstance(detail, Mapping):
        for key, inner in detail.items():
            yield from _faults_in(inner, where if key in _GENERAL else _inside(where, key))
    elif isinstance(detail, list | tuple):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list | tuple)
            yield from _faults_in(inner, f"{where}[{position}]" if nested else where)
    else:
        yield Fault(where, str(detail))


def _inside(where: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{where}[{key}]"
    return f"{where}.{key}" if where else key
