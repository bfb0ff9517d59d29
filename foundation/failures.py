"""The last word after a fault of ours: a page for a browser, problem+json for a program."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views import defaults

from foundation.problems import CONTENT_TYPE, Problem

_FAULT = Problem(
    500,
    "internal",
    _("The fault is ours and has been recorded. Nothing was changed; try again, or tell the administrator."),
)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500; shows nothing of what happened inside."""
    if request.path.startswith("/api/"):
        return JsonResponse(_FAULT.body(), status=_FAULT.status, content_type=CONTENT_TYPE)
    return defaults.server_error(request)
