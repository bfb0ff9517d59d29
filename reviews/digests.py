"""What a submission freezes, and what a page remembers of the tables it showed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.core import signing
from django.utils.translation import gettext_lazy as _

from foundation.errors import BadInput, Fault
from monitoring.snapshots import Sheet, digest_of, snapshot_of
from reviews.acts import SHORT_DIGEST, Seen

_SALT = "reviews.seen"
# A bulk act on a page that is older is refused as out of date.
_AGE_SECONDS = 12 * 60 * 60


class Frozen(NamedTuple):
    """A table as submitted, and its SHA-256."""

    snapshot: dict[str, Any]
    digest: str


def freeze(sheet: Sheet) -> Frozen:
    """What stands on the table now, its revision included."""
    snapshot = snapshot_of(sheet)
    return Frozen(snapshot, digest_of(snapshot))


def pack(seen: Mapping[int, Seen]) -> str:
    """What was seen of many tables, as one signed hidden field (about 25 characters a table)."""
    rows = [
        (pk, one.stage, one.revision, one.digest and one.digest[:SHORT_DIGEST]) for pk, one in seen.items()
    ]
    return signing.dumps(rows, salt=_SALT, compress=True)


def unpack(token: str) -> dict[int, Seen]:
    """The tables of a packed field. Raises BadInput when it was not made here, or too long ago.

    It names what was seen, not what may be done: every id still goes through visible_to.
    """
    try:
        rows = signing.loads(token, salt=_SALT, max_age=_AGE_SECONDS)
    except signing.BadSignature as error:
        raise BadInput([Fault("seen", _("This page is out of date. Reload it and look again."))]) from error
    return {pk: Seen(stage, revision, digest) for pk, stage, revision, digest in rows}
