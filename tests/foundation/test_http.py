from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.contenttypes.models import ContentType
from django.http import Http404
from django.test import RequestFactory
from django_htmx.middleware import HtmxMiddleware

from foundation.http import get_visible_or_404, wants_partial


def asked(**headers):
    request = RequestFactory().get("/", headers=headers)
    HtmxMiddleware(lambda request: SimpleNamespace(headers={}))(request)
    return request


@pytest.mark.parametrize(
    ("headers", "partial"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_only_a_swap_wants_a_part(headers, partial):
    assert wants_partial(asked(**headers)) is partial


@pytest.mark.django_db
def test_what_is_visible_is_found():
    row = ContentType.objects.first()
    assert get_visible_or_404(ContentType.objects.all(), pk=row.pk) == row
    assert get_visible_or_404(ContentType.objects.all(), pk=str(row.pk)) == row


@pytest.mark.django_db
@pytest.mark.parametrize("pk", [0, -1, 10**30, "abc", "", None, "1 OR 1=1", "\x00", "９e9", [], object()])
def test_what_is_no_identifier_reads_like_what_is_not_there(pk):
    with pytest.raises(Http404) as refusal:
        get_visible_or_404(ContentType.objects.all(), pk=pk)
    assert "not open to you" in str(refusal.value) or "无权" in str(refusal.value)


@pytest.mark.django_db
def test_invisible_reads_like_unknown():
    row = ContentType.objects.first()
    refusals = []
    for queryset, pk in (
        (ContentType.objects.exclude(pk=row.pk), row.pk),
        (ContentType.objects.all(), 10**9),
    ):
        with pytest.raises(Http404) as refusal:
            get_visible_or_404(queryset, pk=pk)
        refusals.append(str(refusal.value))
    assert refusals[0] == refusals[1]


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 100_000])
def test_hostile_text_finds_nothing(text):
    with pytest.raises(Http404):
        get_visible_or_404(ContentType.objects.all(), model=text)
