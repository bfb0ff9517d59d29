"""News for people: written with the change it tells of, shown in the reader's language.

An app registers the sentence of each kind; parameters are stored, not text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise

from foundation import clock
from organisation.models import Notification, User

_SENTENCES: dict[str, str | Promise] = {}


def register(kind: str, sentence: str | Promise) -> None:
    """The sentence of a kind, lazily translated, with %(name)s for its parameters."""
    _SENTENCES[kind] = sentence


def render(notification: Notification) -> str:
    """The notification as a sentence in the current language."""
    sentence = _SENTENCES.get(notification.kind)
    return str(sentence) % notification.params if sentence else notification.kind


def notify(recipients: Iterable[User | int], kind: str, *, key: str, url: str = "", **params: Any) -> None:
    """Owe the news to each recipient, once per key however often it is told."""
    notify_many((recipient, kind, key, url, params) for recipient in recipients)


def notify_many(entries: Iterable[tuple[User | int, str, str, str, dict[str, Any]]]) -> None:
    """The same for many: (recipient, kind, key, url, params) each; a constant number of statements."""
    at = clock.now()
    Notification.objects.bulk_create(
        [
            Notification(
                recipient_id=recipient if isinstance(recipient, int) else recipient.pk,
                kind=kind,
                key=key,
                url=url,
                params=params,
                created_at=at,
            )
            for recipient, kind, key, url, params in entries
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
