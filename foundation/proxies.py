"""Who asks, when reverse proxies stand between: only addresses written by our own proxies count."""

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class TrustedProxyMiddleware:
    """Put the asker's address into REMOTE_ADDR, so that everything after reads one place.

    settings.TRUSTED_PROXIES proxies stand before us; each appends the address it saw to X-Forwarded-For, so the
    asker is that many places from the right. What stands further left came from the asker and may be invented.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        seen = [
            part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()
        ]
        proxies = settings.TRUSTED_PROXIES
        if proxies and len(seen) >= proxies and (address := address_of(seen[-proxies])):
            request.META["REMOTE_ADDR"] = address
        return self.get_response(request)


def address_of(text: str) -> str:
    """An IP address without port and brackets, "" when it is none."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return ""
