"""At the door of every page: who acts from where, how long they may stay idle, and how a refusal looks."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from foundation import context
from foundation.http import wants_partial
from foundation.problems import CONTENT_TYPE, Problem, problem_of
from foundation.proxies import address_of

if TYPE_CHECKING:
    from django.contrib.auth.models import _User

Answer = Callable[[HttpRequest], HttpResponseBase]

# A request a script makes by itself (polling) says so, and does not keep the session alive.
BACKGROUND_HEADER = "X-Background"
LAST_ACTION = "last_action"
IDLE_SECONDS = 30 * 60
# The session is written at most this often, not with every click.
_NOTED_EVERY = 60
_SAFE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,40}", re.ASCII)
_PRIVATE_TYPES = ("text/html", "application/json", CONTENT_TYPE)
_API = "/api/"


class RequestContextMiddleware:
    """Sets foundation.context for the request, ends idle sessions, and keeps private answers out of caches."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = request_id_of(request)
        here = context.Context(
            request_id=request_id,
            ip=address_of(request.META.get("REMOTE_ADDR", "")),
            session_key=getattr(request.session, "session_key", None) or "",
            find_actor=lambda: _signed_in(request),
        )
        with context.within(here):
            try:
                end_idle_session(request)
                response = self.get_response(request)
                _keep_private(request, response)
            except (OperationalError, InterfaceError) as error:
                response = refuse(request, _problem(error))
        response["X-Request-Id"] = request_id
        return response


class RefusalMiddleware:
    """Turns a refusal raised in a view into its page, its notice (HTMX) or its problem+json."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        problem = problem_of(error)
        if problem is None:
            return None
        page_of_django = isinstance(error, Http404) or problem.status == 403
        if page_of_django and not wants_json(request) and not wants_partial(request):
            return None  # 404.html and 403.html by Django's own handlers
        return refuse(request, problem)


def refuse(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The answer to a refused request, in the form the asker reads.

    HTMX swaps in nothing but success and 422; the page's script tells the sentence of any other JSON.
    """
    partial = wants_partial(request)
    if wants_json(request) or (partial and problem.status != 422):
        response: HttpResponse = JsonResponse(
            problem.body(), status=problem.status, content_type=CONTENT_TYPE
        )
    elif partial:
        response = render(request, "_refusal.html", {"problem": problem}, status=problem.status)
        # Beside what was typed, not over it.
        response["HX-Retarget"] = "#toasts"
        response["HX-Reswap"] = "beforeend"
    elif problem.status == 503:
        # Without the request: whoever fills the page's frame would ask the database.
        response = HttpResponse(render_to_string("503.html", {"problem": problem}), status=503)
    else:
        page = {"problem": problem, "back_url": _back_url(request)}
        response = render(request, "refusal.html", page, status=problem.status)
    for name, value in problem.headers.items():
        response[name] = value
    return response


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks: by its address or because it would rather have JSON than a page."""
    if request.path.startswith(_API):
        return True
    best = request.get_preferred_type(["text/html", "application/json", CONTENT_TYPE])
    return best is not None and best != "text/html"


def request_id_of(request: HttpRequest) -> str:
    """The caller's X-Request-Id where it is harmless, else a new one."""
    given = request.headers.get("X-Request-Id", "")
    return given if _SAFE_REQUEST_ID.fullmatch(given) else context.new_request_id()


def end_idle_session(request: HttpRequest) -> None:
    """Sign out whoever did nothing for settings.SESSION_IDLE_SECONDS; note the time of real actions."""
    session = request.session
    if not session.session_key or SESSION_KEY not in session:
        return
    now, last = int(time.time()), session.get(LAST_ACTION)
    if last is not None and now - last >= getattr(settings, "SESSION_IDLE_SECONDS", IDLE_SECONDS):
        logout(request)
        messages.info(request, _("You were signed out because nothing happened for a while."))
    elif last is None or (now - last >= _NOTED_EVERY and BACKGROUND_HEADER not in request.headers):
        session[LAST_ACTION] = now


def _problem(error: Exception) -> Problem:
    problem = problem_of(error)
    assert problem is not None  # noqa: S101 - only asked for errors that have one
    return problem


def _signed_in(request: HttpRequest) -> _User | None:
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


def _keep_private(request: HttpRequest, response: HttpResponseBase) -> None:
    """Forbid every cache to keep what a signed-in person sees."""
    kind = response.get("Content-Type", "").partition(";")[0]
    if kind not in _PRIVATE_TYPES or response.has_header("Cache-Control"):
        return
    try:
        private = _signed_in(request) is not None
    except DatabaseError:
        private = True
    if private:
        response["Cache-Control"] = "no-store"


def _back_url(request: HttpRequest) -> str:
    """The page the person came from, where it is one of ours; else the beginning."""
    came_from = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return came_from if ours and came_from != request.build_absolute_uri() else "/"
