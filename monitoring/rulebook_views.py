"""Rule books in words: what is regulated, and with which figures."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from foundation.http import SignedInRequest, get_visible_or_404
from monitoring import rulebook_pages
from monitoring.books import rules_of
from monitoring.models import RuleBook


@login_required
@require_GET
def rule_book_list(request: SignedInRequest) -> HttpResponse:
    books = RuleBook.objects.visible_to(request.user).select_related("division", "published_by")
    books = books.annotate(used=Count("cycles")).order_by("name", "-version")
    return render(request, "monitoring/rule_book_list.html", {"books": books})


@login_required
@require_GET
def rule_book_page(request: SignedInRequest, pk: int) -> HttpResponse:
    books = RuleBook.objects.visible_to(request.user).select_related("division", "published_by", "drafted_by")
    book = get_visible_or_404(books, pk=pk)
    context = {
        "book": book,
        "sections": rulebook_pages.sections(rules_of(book)),
        "crumbs": [(_("Rule books"), reverse("rule_book_list"))],
    }
    return render(request, "monitoring/rule_book_page.html", context)
