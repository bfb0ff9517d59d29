"""An address with its filters: every number of a page leads to its rows."""

from urllib.parse import urlencode

from django.urls import reverse


def address(name: str, **filters: object) -> str:
    """The page `name` with these filters in its address; filters that are None or "" are left out."""
    query = urlencode({key: value for key, value in filters.items() if value not in (None, "")})
    return f"{reverse(name)}?{query}" if query else reverse(name)
