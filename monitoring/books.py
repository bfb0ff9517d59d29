"""Rule books as the formulas use them: read once per process, never changed after publishing."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit, clock
from foundation.errors import RuleError
from monitoring.models import RuleBook
from monitoring.rulebook import Rules
from monitoring.stages import RuleBookState
from organisation.models import Division, User

EXAMPLE = Path(settings.BASE_DIR) / "fixtures" / "rulebooks" / "example.json"


def rules_of(book: RuleBook) -> Rules:
    """The book's rules. Published books are kept in memory by their digest."""
    if book.state == RuleBookState.PUBLISHED and book.digest:
        return _published(book.digest, json.dumps(book.parameters, sort_keys=True))
    return Rules.from_dict(book.parameters)


@lru_cache(maxsize=64)
def _published(digest: str, parameters: str) -> Rules:
    return Rules.from_dict(json.loads(parameters))


def digest_of(parameters: dict[str, Any]) -> str:
    """SHA-256 of the parameters in canonical JSON."""
    text = json.dumps(parameters, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def draft(
    division: Division | None, *, name: str, parameters: dict[str, Any], label: str = "", by: User | None
) -> RuleBook:
    """Keep a new version of a book as a draft. Raises BadInput with every fault in the parameters."""
    Rules.from_dict(parameters)
    last = RuleBook.objects.filter(division=division, name=name).order_by("-version").first()
    book = RuleBook.objects.create(
        division=division,
        name=name,
        label=label,
        version=last.version + 1 if last else 1,
        parameters=parameters,
        digest=digest_of(parameters),
        drafted_by=by,
    )
    audit.record("rule_books.drafted", book, actor=by, after={"digest": book.digest})
    return book


@transaction.atomic
def publish(book: RuleBook, *, by: User | None) -> RuleBook:
    """Publish a draft; from then on it never changes. A second person must do it.

    `by` None is the installation publishing what it ships.
    """
    book = RuleBook.objects.select_for_update().get(pk=book.pk)
    if book.state != RuleBookState.DRAFT:
        raise RuleError("already_published", _("This rule book is published already."))
    if by is not None and by.pk == book.drafted_by_id:
        raise PermissionDenied(_("A second person publishes what the first has drafted."))
    Rules.from_dict(book.parameters)
    book.state, book.published_by, book.published_at = RuleBookState.PUBLISHED, by, clock.now()
    book.save(update_fields=["state", "published_by", "published_at"])
    audit.record("rule_books.published", book, actor=by, after={"digest": book.digest})
    return book


def shipped_book() -> RuleBook:
    """The example rules that every installation has, published; made when missing."""
    document = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    book = RuleBook.objects.filter(
        division=None, name=document["name"], state=RuleBookState.PUBLISHED
    ).first()
    if book and book.digest == digest_of(document["parameters"]):
        return book
    new = draft(
        None, name=document["name"], label=document["label"], parameters=document["parameters"], by=None
    )
    return publish(new, by=None)
