"""A rule book is drafted by one person, published by another, and never changes afterwards."""

import json

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from foundation.errors import BadInput, RuleError
from monitoring import books
from monitoring.models import RuleBook


def parameters():
    return json.loads(books.EXAMPLE.read_text(encoding="utf-8"))["parameters"]


def test_the_shipped_book_is_labelled_as_an_example(db):
    book = books.shipped_book()
    assert "示例" in book.label
    assert "example" in book.label
    assert books.shipped_book() == book


def test_a_second_person_publishes(city):
    draft = books.draft(city.division, name="本市规则", parameters=parameters(), by=city.performance)
    with pytest.raises(PermissionDenied):
        books.publish(draft, by=city.performance)
    assert books.publish(draft, by=city.performance2).state == "published"
    with pytest.raises(RuleError):
        books.publish(draft, by=city.performance2)


def test_a_draft_with_bands_out_of_order_is_refused_with_the_place(city):
    wrong = parameters()
    wrong["bands"]["red_below"] = "0.90"
    with pytest.raises(BadInput) as refused:
        books.draft(city.division, name="本市规则", parameters=wrong, by=city.performance)
    assert refused.value.faults[0].where == "bands.yellow_below"


def test_the_database_refuses_to_change_a_published_book(db):
    book = books.shipped_book()
    changed = {**book.parameters, "bands": {}}
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleBook.objects.filter(pk=book.pk).update(parameters=changed)


def test_a_new_version_stands_beside_the_old(city):
    first = books.draft(city.division, name="本市规则", parameters=parameters(), by=city.performance)
    second = books.draft(city.division, name="本市规则", parameters=parameters(), by=city.performance)
    assert (first.version, second.version) == (1, 2)
