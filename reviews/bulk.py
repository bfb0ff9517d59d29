"""Many tables in one act: the same checks and the same move as for one; what cannot be moved says why.

A large act runs as a job in chunks, each a transaction of its own; run twice it changes nothing the second time.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.errors import BadInput, Fault
from foundation.jobs import JobRun, enqueue, job_kind
from foundation.models import Job
from monitoring.models import MonitoringTable
from organisation.models import User
from reviews.acts import SHORT_DIGEST, Act, Seen
from reviews.cases import load, look
from reviews.chain import Action
from reviews.models import Decision
from reviews.permissions import Refusal, refusal
from reviews.transitions import move

# More than this runs as a job.
AT_ONCE = 200
# More than this at a time is too many to have looked at.
LIMIT = 5000
CHUNK = 500
# The result of a job names this many skipped tables and counts the rest.
NAMED = 200
BULK_ACTIONS = (Action.APPROVE, Action.RETURN)


@dataclass(frozen=True)
class Skipped:
    """A table that an act leaves alone, and why, in the reader's language."""

    table: MonitoringTable
    code: str
    message: str


@dataclass
class Preview:
    """What an act would do: the tables it would move, as they stand, and those it would skip."""

    eligible: list[MonitoringTable] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def seen(self) -> dict[int, Seen]:
        return {table.pk: Seen(table.stage, table.revision, table.digest) for table in self.eligible}

    @property
    def lights(self) -> Counter[str]:
        """How many of the eligible tables show which light; needs the figures selected."""
        return Counter(
            table.figures.composite if hasattr(table, "figures") else "grey" for table in self.eligible
        )


@dataclass
class BulkResult:
    """What an act did."""

    done: int = 0
    skipped: list[Skipped] = field(default_factory=list)


def preview(
    tables: QuerySet[MonitoringTable], action: str, *, by: User, code: str = "", text: str = ""
) -> Preview:
    """What `action` would do to the tables now, of which the first 5,000 are looked at; writes nothing.

    tables: already limited by visible_to.
    """
    act = Act(Action(action), code, text)
    found = Preview()
    for case in load(look(tables, LIMIT), by):
        refused = refusal(case, act, Seen.now(case.table), shape=not _asks_later(act))
        if refused is None:
            found.eligible.append(case.table)
        else:
            found.skipped.append(_skipped(case.table, refused))
    return found


def decide_many(
    seen: Mapping[int, Seen], action: str, *, by: User, code: str = "", text: str = ""
) -> BulkResult:
    """Do the act on all tables of `seen` that allow it, in one transaction and a constant number of statements.

    seen: table id → what the person saw of it; ids that the person may not see are left out without a word.
    Raises BadInput when the act itself is incomplete (a return without a reason) or names too many tables.
    """
    if len(seen) > LIMIT:
        raise BadInput([Fault("seen", _("At most %(n)s tables at a time.") % {"n": LIMIT})])
    return _result(move(seen, _read(action, code, text), by))


def decide_later(seen: Mapping[int, Seen], action: str, *, by: User, code: str = "", text: str = "") -> Job:
    """The same as a job with progress; asked for twice while it lives, it is one job."""
    act = _read(action, code, text)
    if len(seen) > LIMIT:
        raise BadInput([Fault("seen", _("At most %(n)s tables at a time.") % {"n": LIMIT})])
    payload = {
        "action": act.action.value,
        "code": act.code,
        "text": act.text,
        "seen": [
            [pk, one.stage, one.revision, (one.digest or "")[:SHORT_DIGEST]]
            for pk, one in sorted(seen.items())
        ],
    }
    digest = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
    title = _("%(what)s: %(n)s tables") % {"what": act.action.label, "n": len(seen)}
    return enqueue(
        "bulk_decide",
        key=f"{by.pk}:{digest}",
        payload=payload,
        actor=by,
        title=title,
        division_id=by.division_id,
    )


@job_kind("bulk_decide", title=gettext_lazy("Decide on many tables"))
def bulk_decide_job(run: JobRun) -> dict[str, Any]:
    """Decide on the tables of the payload for its actor, chunk by chunk.

    Returns done, skipped (counts) and the first skipped tables with their reasons.
    """
    payload, by = run.payload, run.actor
    if by is None:
        raise PermissionDenied
    act = Act.read(payload["action"], code=payload["code"], text=payload["text"])
    seen = {pk: Seen(stage, revision, digest) for pk, stage, revision, digest in payload["seen"]}
    before = _done_by_an_earlier_run(run, act, seen)
    todo = [pk for pk in seen if pk not in before]
    total, result = len(seen), BulkResult(done=len(before))
    for start in range(0, len(todo), CHUNK):
        run.check_cancelled()
        chunk = {pk: seen[pk] for pk in todo[start : start + CHUNK]}
        moved = _result(move(chunk, act, by))
        result.done += moved.done
        result.skipped += moved.skipped
        run.progress(min(len(before) + start + CHUNK, total), total)
    return {
        "done": result.done,
        "skipped": len(result.skipped),
        "named": [[str(one.table.project), one.code, one.message] for one in result.skipped[:NAMED]],
    }


def _done_by_an_earlier_run(run: JobRun, act: Act, seen: Iterable[int]) -> set[int]:
    """Tables that this very job moved before it was broken off."""
    decisions = Decision.objects.filter(table__in=list(seen), actor=run.actor, at__gte=run.job.created_at)
    decided = decisions.filter(action__in={act.action, act.at("head")})
    return set(decided.values_list("table_id", flat=True))


def _read(action: str, code: str, text: str) -> Act:
    if action not in BULK_ACTIONS:
        raise BadInput([Fault("action", _("There is no such act."))])
    return Act.read(action, code=code, text=text)


def _asks_later(act: Act) -> bool:
    """Whether the preview comes before reason and text: what they lack is then not held against a table."""
    return act.action == Action.RETURN and not act.code


def _result(moved: Any) -> BulkResult:
    return BulkResult(
        done=len(moved.decisions), skipped=[_skipped(table, refused) for table, refused in moved.refused]
    )


def _skipped(table: MonitoringTable, refused: Refusal) -> Skipped:
    if isinstance(refused, BadInput):
        return Skipped(table, "one_by_one", " ".join(str(fault.message) for fault in refused.faults))
    return Skipped(table, refused.code, refused.message)
