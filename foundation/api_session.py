"""The session of a browser at the API's door: its writes carry the CSRF token of the page, or are told so."""

from __future__ import annotations

from typing import Any

from drf_spectacular.authentication import SessionScheme
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication


class CsrfTokenMissing(exceptions.PermissionDenied):
    """A write with a session and without its token; the person's role has nothing to do with it."""


class PageSession(SessionAuthentication):
    """Whoever is signed in to the pages."""

    def enforce_csrf(self, request: Any) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise CsrfTokenMissing from error


class PageSessionScheme(SessionScheme):
    """How the schema names it."""

    target_class = "foundation.api_session.PageSession"
