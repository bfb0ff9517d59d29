"""Doors that refuse in every way there is."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from rest_framework import exceptions, serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from foundation import context
from foundation.errors import BadInput, Fault, RuleError, StalePage

RAISED: dict[str, Any] = {
    "rule": lambda: RuleError("window_closed", "The window closed on %(day)s.", day="2022-07-15"),
    "stale": StalePage,
    "input": lambda: BadInput([Fault("B7", "Type a number."), Fault("", "Nothing else.")]),
    "forbidden": lambda: PermissionDenied("secret reason"),
    "unknown": lambda: Http404("No Table matches secret"),
    "invalid": lambda: ValidationError({"amount": ["Too much."], "__all__": ["Not this."]}),
    "down": lambda: OperationalError("server closed the connection to 10.0.0.3"),
    "gone": lambda: InterfaceError("connection already closed"),
    "data": lambda: DataError("NUL"),
    "bug": lambda: RuntimeError("a fault of ours"),
    "nested": lambda: serializers.ValidationError(
        {"rows": [{}, {"amount": ["Too much."]}], "non_field_errors": ["No."]}
    ),
    "throttled": lambda: exceptions.Throttled(wait=7.2),
    "method": lambda: exceptions.MethodNotAllowed("PUT"),
    "parse": lambda: exceptions.ParseError("JSON"),
    "api_forbidden": exceptions.PermissionDenied,
    "api_unknown": exceptions.NotFound,
}


def page(request: HttpRequest, name: str) -> HttpResponse:
    raise RAISED[name]()


@api_view(["GET"])
@permission_classes([AllowAny])
def api(request: Request, name: str) -> Response:
    raise RAISED[name]()


@api_view(["GET"])
@permission_classes([IsAuthenticated])
def api_private(request: Request) -> Response:
    return Response({})


def who(request: HttpRequest) -> JsonResponse:
    here = context.current()
    return JsonResponse({"actor": str(here.actor), "ip": here.ip, "request_id": here.request_id})


def html(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<p>figures</p>")


def cached(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("<p>figures</p>")
    response["Cache-Control"] = "private, max-age=5"
    return response


def download(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"PK", content_type="application/zip")


handler500 = "foundation.failures.server_error"
urlpatterns = [
    path("page/<name>/", page),
    path("api/v1/private/", api_private),
    path("api/v1/plain/<name>/", page),
    path("api/v1/<name>/", api),
    path("who/", who),
    path("html/", html),
    path("cached/", cached),
    path("download/", download),
    path("sign-in/", html, name="sign_in"),
    path("i18n/", html, name="set_language"),
]
