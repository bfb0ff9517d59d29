from typing import Any

from django.http import HttpRequest


def person(request: HttpRequest) -> dict[str, Any]:
    """Who reads the page. Filled in organisation.navigation."""
    from organisation.navigation import page_context

    return page_context(request)
