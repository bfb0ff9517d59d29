"""News for the reader: the list, opening one, and having read them all."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from foundation import clock
from foundation.http import SignedInRequest, get_visible_or_404
from organisation.models import Notification
from organisation.notifications import render as sentence_of

PAGE = 50


@login_required
@require_GET
def notification_list(request: SignedInRequest) -> HttpResponse:
    """The person's news, newest first, fifty a page; ?unread=1 leaves out what was read."""
    news = _of(request)
    if request.GET.get("unread"):
        news = news.filter(read_at=None)
    before = request.GET.get("after", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        news = news.filter(pk__lt=int(before))
    found = list(news[: PAGE + 1])
    shown = found[:PAGE]
    context = {
        "rows": [(each, sentence_of(each)) for each in shown],
        "following": str(shown[-1].pk) if len(found) > PAGE else "",
        "only_unread": bool(request.GET.get("unread")),
    }
    return render(request, "organisation/notification_list.html", context)


@login_required
@require_GET
def notification_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark one as read and go where it points, which is never outside this site."""
    notification = get_visible_or_404(_of(request), pk=pk)
    if notification.read_at is None:
        _of(request).filter(pk=pk, read_at=None).update(read_at=clock.now())
    return redirect(notification.url if is_local(notification.url) else "notification_list")


@login_required
@require_POST
def notification_read_all(request: SignedInRequest) -> HttpResponse:
    _of(request).filter(read_at=None).update(read_at=clock.now())
    return redirect("notification_list")


def is_local(url: str) -> bool:
    """Whether an address is a path of this site: no host, no scheme, no way to name one."""
    return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def _of(request: SignedInRequest) -> QuerySet[Notification]:
    return Notification.objects.filter(recipient=request.user)
