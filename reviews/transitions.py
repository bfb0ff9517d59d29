"""The one way a table changes its stage: pages, bulk acts, API and jobs all come through `move`.

Lock, look again, record, move: for one table and for a thousand in the same number of statements.
Why it is one function: docs/decisions/0006-one-transition-function.md
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from foundation import audit
from foundation.errors import RuleError, StalePage
from monitoring import rollups
from monitoring.models import MonitoringTable, Rollup
from monitoring.stages import Stage
from monitoring.tables import assess
from organisation.models import User
from reviews import cases, notices
from reviews.acts import Act, Seen
from reviews.cases import Case
from reviews.chain import Action, Outcome
from reviews.consolidation import held_back
from reviews.digests import freeze
from reviews.models import Decision, Review
from reviews.permissions import Refusal, refusal
from reviews.signals import review_completed, table_returned

BATCH = 1000
_OUTCOMES = {
    Action.RETURN: Outcome.RETURNED,
    Action.WITHDRAW: Outcome.WITHDRAWN,
}


@dataclass
class Moved:
    """What an act did: the decisions written, and the tables left alone with the reason."""

    decisions: list[Decision] = field(default_factory=list)
    refused: list[tuple[MonitoringTable, Refusal]] = field(default_factory=list)


def decide(
    table: MonitoringTable,
    action: str,
    *,
    at: str,
    revision: int | None,
    digest: str | None,
    by: User,
    code: str = "",
    text: str = "",
    score: Decimal | None = None,
) -> Decision:
    """Approve (confirm), return, object to or recall one table.

    at, revision, digest: what the reviewer's page showed, so that a second click, a colleague's click or a new
    submission cannot be decided on unseen. code, text: due with a return. score: 0–100, due with a third
    party's approval.
    Raises Http404, PermissionDenied (NotAllowed), RuleError (StalePage among them), BadInput.
    """
    act = Act.of(action, code=code, text=text, score=score)
    return _one(table, act, Seen(at, revision, digest), by)


def submit(table: MonitoringTable, *, by: User, version: int | None) -> Decision:
    """Hand the table to the first tier, or back to the tier that returned it.

    version: of the table as the clerk saw it.
    Raises what decide() raises, and RuleError "checks_stand" with `findings` while an error stands or a
    warning lacks its explanation.
    """
    return _one(table, Act(Action.SUBMIT), Seen(table.stage, version=version), by)


def withdraw(table: MonitoringTable, *, by: User, version: int | None) -> Decision:
    """Take a submitted table back, as long as no reviewer has decided. Raises what decide() raises."""
    return _one(table, Act(Action.WITHDRAW), Seen(table.stage, version=version), by)


def _one(table: MonitoringTable, act: Act, seen: Seen, by: User) -> Decision:
    moved = move({table.pk: seen}, act, by)
    if moved.refused:
        raise moved.refused[0][1]
    if not moved.decisions:
        raise Http404
    return moved.decisions[0]


@transaction.atomic
def move(asked: Mapping[int, Seen], act: Act, by: User) -> Moved:
    """Do `act` on all tables of `asked` that allow it: id → what was seen of it.

    Tables that the person may not see are left out without a word. The number of statements does not depend
    on the number of tables.
    """
    submitting = act.action == Action.SUBMIT
    tables = cases.lock(asked, by, whole=submitting)
    moved, ready = Moved(), []
    for case in cases.load(tables, by):
        found = refusal(case, act, asked[case.table.pk])
        if found is None:
            ready.append(case)
        else:
            moved.refused.append((case.table, found))
    if submitting:
        ready = _without_findings(ready, moved)
    elif act.action == Action.APPROVE:
        ready = _without_the_last(ready, moved)
    if not ready:
        return moved
    if submitting:
        _open_reviews(ready)
    moved.decisions = _decisions(ready, act)
    _change_stages(ready, moved.decisions)
    _close_reviews(moved.decisions)
    Decision.objects.bulk_create(moved.decisions, batch_size=BATCH)
    _tell(moved.decisions)
    return moved


def _without_findings(ready: list[Case], moved: Moved) -> list[Case]:
    """The cases whose checks let them pass; the others are refused with what stands."""
    assessed = {one.table.pk: one for one in assess([case.table for case in ready])} if ready else {}
    passing = []
    for case in ready:
        one = assessed[case.table.pk]
        if one.errors or one.unexplained:
            standing = RuleError(
                "checks_stand",
                _(
                    "It cannot be submitted yet: %(errors)s errors, %(unexplained)s warnings without explanation."
                ),
                errors=len(one.errors),
                unexplained=len(one.unexplained),
                findings=[*one.errors, *one.unexplained],
            )
            moved.refused.append((case.table, standing))
        else:
            case.sheet = one.sheet
            passing.append(case)
    return passing


def _without_the_last(ready: list[Case], moved: Moved) -> list[Case]:
    """The cases without a department's last table where something stands against the department as a whole."""
    held = held_back(ready)
    moved.refused += [(case.table, held[case.table.pk]) for case in ready if case.table.pk in held]
    return [case for case in ready if case.table.pk not in held]


def _open_reviews(ready: list[Case]) -> None:
    """Freeze the tables and begin their passage; the revision rises with every submission after the first."""
    for case in ready:
        assert case.sheet is not None  # noqa: S101 - set with the checks
        table = case.table
        if case.deeds:
            table.revision += 1
        snapshot, table.digest = freeze(case.sheet)
        case.opened = Review(
            table=table,
            revision=table.revision,
            digest=table.digest,
            snapshot=snapshot,
            submitted_by=case.by,
            opened_at=case.now,
        )
    Review.objects.bulk_create([case.opened for case in ready if case.opened], batch_size=BATCH)


def _decisions(ready: list[Case], act: Act) -> list[Decision]:
    decisions = []
    for case in ready:
        table = case.table
        action = act.at(table.stage)
        decisions.append(
            Decision(
                table=table,
                review_id=case.review_id,
                action=action,
                from_stage=table.stage,
                to_stage=case.route.destination(action, table.stage),
                revision=table.revision,
                digest=table.digest,
                actor=case.by,
                code=act.code,
                text=act.text,
                score=act.score,
                at=case.now,
            )
        )
    return decisions


def _change_stages(ready: list[Case], decisions: list[Decision]) -> None:
    """One UPDATE for each pair of stages, then count the tables at their new place.

    The rows are locked and were read after the lock; the stage in the WHERE says so to the database as well.
    """
    groups: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    for decision in decisions:
        groups[decision.from_stage, decision.to_stage].append(decision)
    for (old, new), group in groups.items():
        ids = [decision.table_id for decision in group]
        rows = MonitoringTable.objects.filter(pk__in=ids, stage=old)
        if rows.update(stage=new, version=F("version") + 1, **_stamps(group[0])) != len(ids):
            raise StalePage
    moves = defaultdict(list)
    for case, decision in zip(ready, decisions, strict=True):
        case.table.stage = decision.to_stage
        case.table.version += 1
        moves[case.table.cycle_id].append((case.table, decision.from_stage, decision.to_stage))
    for cycle_id in sorted(moves):
        if len(moves[cycle_id]) > 1:
            _hold_sums(cycle_id)
        rollups.restage(cycle_id, moves[cycle_id])


def _hold_sums(cycle_id: int) -> None:
    """Lock the sums before many moves are summed up anew.

    Otherwise the difference that a single decision adds meanwhile would be overwritten by an older total.
    """
    sums = Rollup.objects.filter(cycle=cycle_id).select_for_update().order_by("pk")
    list(sums.values_list("pk", flat=True))


def _stamps(decision: Decision) -> dict[str, object]:
    """The other columns that a move sets, equal for every table of one act."""
    if decision.action == Action.SUBMIT:
        review = Review.objects.filter(table=OuterRef("pk"), closed_at=None)
        return {
            "revision": Subquery(review.values("revision")),
            "digest": Subquery(review.values("digest")),
            "submitted_at": decision.at,
            "submitted_by": decision.actor,
        }
    return {"completed_at": decision.at} if decision.to_stage == Stage.COMPLETED else {}


def _close_reviews(decisions: list[Decision]) -> None:
    closed: dict[Outcome, list[int | None]] = defaultdict(list)
    for decision in decisions:
        outcome = (
            Outcome.COMPLETED
            if decision.to_stage == Stage.COMPLETED
            else _OUTCOMES.get(Action(decision.action))
        )
        if outcome and decision.review_id:
            closed[outcome].append(decision.review_id)
    for outcome, ids in closed.items():
        found = Review.objects.filter(pk__in=[pk for pk in ids if pk is not None])
        found.update(closed_at=decisions[0].at, outcome=outcome)


def _tell(decisions: list[Decision]) -> None:
    """Signals, notifications, and last of all the audit chain, whose lock everybody shares."""
    if returned := [decision for decision in decisions if decision.action == Action.RETURN]:
        table_returned.send(sender=Review, decisions=returned)
    if completed := [decision for decision in decisions if decision.to_stage == Stage.COMPLETED]:
        review_completed.send(sender=Review, decisions=completed)
    notices.owe_for(decisions)
    audit.record_many(_entry(decision) for decision in decisions)


def _entry(decision: Decision) -> audit.Entry:
    after = {"stage": decision.to_stage, "revision": decision.revision, "digest": decision.digest}
    if decision.code:
        after["code"] = decision.code
    if decision.score is not None:
        after["score"] = str(decision.score)
    return audit.Entry(
        action=f"reviews.{_VERBS[Action(decision.action)]}",
        target=decision.table,
        actor=decision.actor,
        before={"stage": decision.from_stage},
        after=after,
        reason=decision.text,
    )


_VERBS = {
    Action.SUBMIT: "submitted",
    Action.CONFIRM: "confirmed",
    Action.APPROVE: "approved",
    Action.RETURN: "returned",
    Action.WITHDRAW: "withdrawn",
    Action.OBJECT: "objected",
    Action.RECALL: "recalled",
}
