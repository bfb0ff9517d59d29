"""News that is owed: written with the change it tells of, delivered afterwards, at least once.

Rows are only added and each is ticked off by itself; there is no mark "delivered up to here" that a
transaction committing late could slip under.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from foundation import clock, waking
from foundation.models import OutboxMessage

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 10
FIRST_PAUSE_SECONDS = 15
_LONGEST_ERROR = 500

Consumer = Callable[[OutboxMessage], None]
_consumers: dict[str, Consumer] = {}


class NotYet(Exception):
    """Raised by a consumer whose time has not come: asked again at the next delivery, not counted as an attempt."""


def consumer(topic: str) -> Callable[[Consumer], Consumer]:
    """Register who delivers a topic. It runs in the transaction that ticks the message off and may run twice.

    The module is imported by its app's ready(), so that every worker knows it.
    """

    def register(deliver_one: Consumer) -> Consumer:
        if _consumers.setdefault(topic, deliver_one) is not deliver_one:
            raise ValueError(f"{topic} has a consumer already.")
        return deliver_one

    return register


def owe(topic: str, key: str, payload: dict[str, Any] | None = None) -> OutboxMessage:
    """Write down, in the caller's transaction, that something is to be delivered.

    key: what it is about, for people who look. payload: identifiers and facts as JSON.
    """
    message = OutboxMessage.objects.create(
        topic=topic, key=key[:200], payload=payload or {}, created_at=clock.now()
    )
    waking.nudge_after_commit()
    return message


def deliver(limit: int = 200) -> int:
    """Deliver what is due, oldest first, each message in its own transaction; returns how many went out.

    A topic without a consumer here is left: a newer version of the program may know it.
    """
    due = _due().order_by("id").values_list("pk", flat=True)[:limit]
    return sum(_deliver_one(pk) for pk in list(due))


def poisoned() -> QuerySet[OutboxMessage]:
    """Messages given up after MAX_ATTEMPTS; they stay until a person looks."""
    return OutboxMessage.objects.filter(delivered_at=None, attempts__gte=MAX_ATTEMPTS)


def _due() -> QuerySet[OutboxMessage]:
    """Undelivered messages whose pause is over: each attempt doubles the time since they were written."""
    now = clock.now()
    pause_over = Q(attempts=0)
    for attempts in range(1, MAX_ATTEMPTS):
        since = now - timedelta(seconds=FIRST_PAUSE_SECONDS * 2 ** (attempts - 1))
        pause_over |= Q(attempts=attempts, created_at__lte=since)
    return OutboxMessage.objects.filter(pause_over, delivered_at=None, topic__in=list(_consumers))


def _deliver_one(pk: int) -> bool:
    try:
        with transaction.atomic():
            # skip_locked: two workers may deliver; each takes messages the other has not.
            waiting = OutboxMessage.objects.select_for_update(skip_locked=True)
            message = waiting.filter(pk=pk, delivered_at=None).first()
            if message is None:
                return False
            _consumers[message.topic](message)
            message.delivered_at = clock.now()
            message.last_error = ""
            message.save(update_fields=["delivered_at", "last_error"])
    except NotYet:
        return False
    except Exception as error:
        log.exception("Message %s was not delivered.", pk)
        _count_attempt(pk, error)
        return False
    return True


@transaction.atomic
def _count_attempt(pk: int, error: Exception) -> None:
    message = OutboxMessage.objects.select_for_update().get(pk=pk)
    message.attempts += 1
    message.last_error = f"{type(error).__name__}: {error}"[:_LONGEST_ERROR].replace("\x00", "")
    message.save(update_fields=["attempts", "last_error"])
