"""What views share: the signed-in request, page or partial, and the only way to fetch by an id from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import DataError, models
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import _User
    from django_htmx.middleware import HtmxDetails

_Row = TypeVar("_Row", bound=models.Model)

NOT_FOUND = _("This page does not exist, or it is not open to you.")


class SignedInRequest(HttpRequest):
    """A request behind login_required; tells the type checker about `user` and `htmx`."""

    user: _User
    htmx: HtmxDetails


def wants_partial(request: HttpRequest) -> bool:
    """Whether HTMX swaps a part in; boosted links and history restores want the whole page."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def get_visible_or_404(queryset: models.QuerySet[_Row], **lookup: Any) -> _Row:
    """The one row of `queryset` (already limited by visible_to) that `lookup` names.

    Raises Http404, in the same words, for unknown, for invisible, and for what is no identifier at all.
    """
    try:
        return queryset.get(**lookup)
    except (ObjectDoesNotExist, ValueError, TypeError, OverflowError, ValidationError, DataError) as error:
        raise Http404(NOT_FOUND) from error
