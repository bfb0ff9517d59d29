"""The audit trail: who did what, from where, before and after – only ever added, each link sealing the one before.

The digest of an event covers its canonical JSON and the digest of the event before it, so an edit, a deletion
or a swap breaks the chain from there on, and the head tells when the tail is cut
(docs/decisions/0002-audit-chain.md). An event is written in the transaction of what it tells of: where it
cannot be written, nothing happened.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import Promise

from foundation import clock, context
from foundation.models import AuditEvent, AuditHead

if TYPE_CHECKING:
    from django.contrib.auth.models import _User

SCHEMA_VERSION = 1
ALGORITHM = "sha256"
GENESIS = "0" * 64

# The fields a digest of version 1 covers. A version is never changed: a new field makes version 2.
_SEALED_V1 = (
    "sequence", "action", "actor_id", "actor_name", "on_behalf_of_name", "division_id", "target_kind", "target_id",
    "target_name", "before", "after", "reason", "ip", "request_id", "schema_version", "algorithm", "previous_digest",
)  # fmt: skip
_ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_VERIFY_CHUNK = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one event will say.

    action: "app.verb" ("tables.cell_saved"). actor: None is the system itself, by the name in the context.
    target_name, division_id: taken from the target where not given.
    """

    action: str
    target: models.Model | None = None
    actor: _User | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: str = ""
    division_id: int | None = None
    on_behalf_of_name: str = ""
    target_name: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verify() found.

    count: events that hold, from the first on. digest: of the last of them, the head when all hold.
    first_bad: sequence of the first event that does not hold, or that is missing; None when whole.
    """

    whole: bool
    count: int
    digest: str
    first_bad: int | None = None
    reason: str = ""


def record(
    action: str,
    target: models.Model | None,
    *,
    actor: _User | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    division_id: int | None = None,
    on_behalf_of_name: str = "",
) -> AuditEvent:
    """Add one event, in the caller's transaction. Call it last: it holds the chain's lock until the commit."""
    entry = Entry(
        action=action,
        target=target,
        actor=actor,
        before=before,
        after=after,
        reason=reason,
        division_id=division_id,
        on_behalf_of_name=on_behalf_of_name,
    )
    return record_many([entry])[0]


def record_many(entries: Iterable[Entry]) -> list[AuditEvent]:
    """Add events under one lock, in the order given; the number of statements does not grow with them."""
    events = [_event(entry) for entry in entries]
    if not events:
        return []
    # No savepoint: a trail that cannot be written takes the whole act back.
    with transaction.atomic(savepoint=False):
        head, at = _lock_head()
        sequence, previous = head.sequence, head.digest
        for event in events:
            sequence += 1
            event.sequence, event.at, event.previous_digest = sequence, at, previous
            previous = event.digest = digest_of(event)
        AuditEvent.objects.bulk_create(events)
        AuditHead.objects.filter(pk=head.pk).update(sequence=sequence, digest=previous)
    return events


def digest_of(event: AuditEvent) -> str:
    """The seal of an event: SHA-256 over its canonical JSON, in hexadecimal."""
    sealed = {name: getattr(event, name) for name in _SEALED_V1}
    sealed["at"] = event.at
    return hashlib.sha256(canonical(sealed).encode()).hexdigest()


def canonical(value: Any) -> str:
    """JSON with one spelling only: sorted keys, no spaces, times in UTC, decimals and floats as text."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plain(value: Any) -> Any:
    """A value as JSON holds it and both databases give it back; an unknown type becomes its str()."""
    match value:
        case None | bool():
            return value
        case Enum():
            return plain(value.value)
        case str() | Promise():
            return _UNSTORABLE.sub("\ufffd", str(value))
        case int():
            return int(value)
        case Decimal():
            return f"{value:f}"
        case datetime():
            aware = value if timezone.is_aware(value) else timezone.make_aware(value)
            return aware.astimezone(UTC).isoformat(timespec="microseconds")
        case date() | time():
            return value.isoformat()
        case Mapping():
            return {str(plain(key)): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case set() | frozenset():
            return sorted((plain(item) for item in value), key=str)
        case _:
            return plain(str(value))


def verify(progress: Callable[[int, int], None] | None = None) -> Verdict:
    """Walk the whole chain, event by event, and compare its end with the head.

    progress: called with (checked, total) now and then. Events added meanwhile are checked as well.
    """
    checked, digest = 0, GENESIS
    while True:
        head = AuditHead.objects.filter(pk=1).first() or AuditHead(sequence=0, digest=GENESIS)
        events = AuditEvent.objects.filter(sequence__lte=head.sequence).order_by("sequence")
        # From the very first, so that one before number 1 is met as well.
        for event in events.filter(sequence__gt=checked or -1).iterator(chunk_size=_VERIFY_CHUNK):
            if fault := _fault(event, checked + 1, digest):
                return Verdict(False, checked, digest, checked + 1, fault)
            checked, digest = event.sequence, event.digest
            if progress and checked % _VERIFY_CHUNK == 0:
                progress(checked, head.sequence)
        if checked < head.sequence:
            return Verdict(False, checked, digest, checked + 1, "events are missing at the end")
        if digest != head.digest:
            return Verdict(False, checked, digest, max(checked, 1), "the head names another digest")
        if not AuditEvent.objects.filter(sequence__gt=checked).exists():
            return Verdict(True, checked, digest)
        if not AuditHead.objects.filter(pk=1, sequence__gt=checked).exists():
            return Verdict(False, checked, digest, checked + 1, "an event stands behind the head")


def _fault(event: AuditEvent, sequence: int, previous: str) -> str:
    """Why an event does not fit at `sequence` after the digest `previous`; "" when it does."""
    if event.sequence != sequence:
        return f"number {sequence} is missing, {event.sequence} follows"
    if event.previous_digest != previous:
        return "does not follow the event before it"
    if event.schema_version != SCHEMA_VERSION or event.algorithm != ALGORITHM:
        return "sealed in a way this version does not know"
    if digest_of(event) != event.digest:
        return "was changed after it was written"
    return ""


def _lock_head() -> tuple[AuditHead, datetime]:
    """The last link, locked until the commit, and the database's time."""
    heads = AuditHead.objects.select_for_update().filter(pk=1)
    head = heads.first()
    if head is None:
        AuditHead.objects.bulk_create([AuditHead(pk=1)], ignore_conflicts=True)
        head = heads.get()
    # Not along with the row: PostgreSQL may read its clock before it waits for the lock.
    return head, clock.now()


def _event(entry: Entry) -> AuditEvent:
    """The event of an entry, without its place in the chain."""
    if not _ACTION.fullmatch(entry.action):
        raise ValueError(f"An action is named app.verb, not {entry.action!r}.")
    where, target = context.current(), entry.target
    division_id = entry.division_id
    if division_id is None and target is not None:
        division_id = getattr(target, "division_id", None)
    return AuditEvent(
        action=entry.action,
        actor_id=entry.actor.pk if entry.actor else None,
        actor_name=_cut("actor_name", entry.actor or where.system),
        on_behalf_of_name=_cut("on_behalf_of_name", entry.on_behalf_of_name),
        division_id=division_id,
        target_kind=target._meta.label_lower if target is not None else "",
        target_id=_cut("target_id", target.pk) if target is not None else "",
        target_name=_cut("target_name", entry.target_name or ("" if target is None else target)),
        before=None if entry.before is None else plain(entry.before),
        after=None if entry.after is None else plain(entry.after),
        reason=plain(str(entry.reason)),
        ip=_cut("ip", where.ip),
        request_id=_cut("request_id", where.request_id),
        schema_version=SCHEMA_VERSION,
        algorithm=ALGORITHM,
    )


def _cut(field_name: str, value: object) -> str:
    """The text of `value`, no longer than the column."""
    field = cast("models.CharField[str, str]", AuditEvent._meta.get_field(field_name))
    return str(plain(str(value)))[: field.max_length]
