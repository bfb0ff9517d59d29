"""Where everybody lands, what they search, and the parts that pages are made of."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from dashboards import search as searching
from dashboards.my_work import work_of
from foundation.http import NOT_FOUND, SignedInRequest
from foundation.style_guide import sample_context
from organisation.roles import Role
from organisation.scope import scope_of


@login_required
@require_GET
def my_work(request: SignedInRequest) -> HttpResponse:
    """What waits for the person, what is late, what came back."""
    user = request.user
    if user.must_change_password:
        return redirect("password_change")
    return render(request, "dashboards/my_work.html", {"work": work_of(user)})


@login_required
@require_GET
def search(request: SignedInRequest) -> HttpResponse:
    """Projects by ?q."""
    text = request.GET.get("q", "").strip()[:100]
    found = searching.search(request.user, text)
    return render(request, "dashboards/search.html", {"text": text, "found": found})


@login_required
@require_GET
def style_guide(request: SignedInRequest) -> HttpResponse:
    """Every part of a page with sample data, for whoever builds or runs the installation."""
    if not settings.DEBUG and Role.SYSTEM_ADMIN not in scope_of(request.user).roles:
        raise Http404(NOT_FOUND)
    return render(request, "styleguide.html", sample_context())
