"""Who may act on a table, and why not: one answer for pages, bulk acts, API and jobs.

Source: docs/rules/review-chain.md
"""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.clock import ZONE
from foundation.errors import BadInput, Fault, RuleError, StalePage
from monitoring.models import MonitoringTable
from monitoring.stages import EDITABLE_STAGES, CycleState, Stage
from organisation.models import User
from organisation.roles import Role
from organisation.scope import scope_of
from reviews.acts import Act, NotAllowed, Seen
from reviews.cases import Case, Deed
from reviews.chain import ACTIONS_AT, CHAIN, NODE_AT, ROLE_AT, Action
from reviews.windows import refusal_by_time, window_for

Refusal = RuleError | BadInput | NotAllowed

_OF_THE_UNIT = (Action.SUBMIT, Action.WITHDRAW)


def holds_role_at(user: User, table: MonitoringTable, stage: str) -> bool:
    """Whether the person holds, at this table's node, the role that acts at `stage`.

    For the third party this asks for the role alone; the assignment is asked by the case.
    """
    scope = scope_of(user)
    if stage == Stage.THIRD_PARTY:
        return Role.AUDITOR in scope.roles
    return stage in NODE_AT and getattr(table, NODE_AT[stage]) in scope.at(ROLE_AT[stage])


def reviews_at(user: User, table: MonitoringTable) -> list[Stage]:
    """The tiers at which the person may ever decide on this table."""
    return [stage for stage in CHAIN if holds_role_at(user, table, stage)]


def may_decide(user: User, case: Case) -> bool:
    """Whether the person could decide on the table as it stands now; the page then offers the panel."""
    action = Action.APPROVE if case.table.stage != Stage.HEAD else Action.CONFIRM
    return refusal(case, Act(action), Seen.now(case.table), shape=False) is None


def refusal(case: Case, act: Act, seen: Seen, *, shape: bool = True) -> Refusal | None:
    """Why the act is refused; None when it may happen.

    shape: whether to ask for what a complete act needs (score, a reason code the tier knows).
    The order is that of what a person should hear first: not your business, out of date, not your turn,
    too late, not you.
    """
    action = act.at(case.table.stage)
    checks = (
        _not_their_business(case, action),
        _out_of_date(case, action, seen),
        _not_their_turn(case, action),
        _closed(case),
        _out_of_time(case, action),
        _not_this_person(case, action),
        _incomplete(case, act, action) if shape else None,
    )
    return next((found for found in checks if found is not None), None)


def _not_their_business(case: Case, action: Action) -> Refusal | None:
    table, by = case.table, case.by
    if action in _OF_THE_UNIT:
        if holds_role_at(by, table, Stage.FILLING):
            return None
        return NotAllowed("not_the_clerk", _("Only the clerk of the unit submits or withdraws its tables."))
    if action == Action.RECALL:
        if holds_role_at(by, table, Stage.PERFORMANCE):
            return None
        return NotAllowed(
            "not_the_performance_section", _("Only the performance section takes a table back.")
        )
    if reviews_at(by, table):
        return None
    return NotAllowed("no_reviewer", _("You do not review tables of this unit."))


def _out_of_date(case: Case, action: Action, seen: Seen) -> Refusal | None:
    """The page no longer shows how the table stands: say who did what, and when."""
    table, deed = case.table, case.last
    if seen.still_true(table):
        return None
    if deed is None or (seen.stage == table.stage and seen.revision in (None, table.revision)):
        return StalePage()
    was_there = any(d.from_stage == seen.stage and d.revision == table.revision for d in case.deeds)
    if seen.stage != table.stage and not was_there and seen.revision in (None, table.revision):
        return wrong_tier(table)
    return StalePage(
        _("%(who)s was here before: %(what)s, %(when)s. Reload the page to see where the table stands."),
        who=deed.actor_name,
        what=Action(deed.action).label,
        when=moment(deed),
    )


def _not_their_turn(case: Case, action: Action) -> Refusal | None:
    table = case.table
    if action not in ACTIONS_AT[table.stage]:
        if table.stage in EDITABLE_STAGES or table.stage == Stage.COMPLETED or action == Action.SUBMIT:
            return RuleError(
                "not_now",
                _("This cannot be done while the table is “%(stage)s”."),
                stage=Stage(table.stage).label,
            )
        return RuleError(
            "not_at_this_tier",
            _("This act does not belong to the tier “%(tier)s”."),
            tier=Stage(table.stage).label,
        )
    if action in _OF_THE_UNIT or action == Action.RECALL:
        return None
    if not holds_role_at(case.by, table, table.stage):
        return wrong_tier(table)
    if table.stage == Stage.THIRD_PARTY and not case.assigned_to_person:
        return NotAllowed("not_assigned", _("This table is not assigned to you, or the engagement is over."))
    return None


def _closed(case: Case) -> Refusal | None:
    if case.cycle.state == CycleState.OPEN:
        return None
    return RuleError("cycle_closed", _("The cycle is closed; its tables stand as they are."))


def _out_of_time(case: Case, action: Action) -> Refusal | None:
    if action == Action.RECALL:
        return None
    stage, returned_by = case.table.stage, case.returned_by
    if action == Action.WITHDRAW:
        # Taken back after the unit's time, it could never be submitted again.
        stage = case.route.submitted_from
    return refusal_by_time(window_for(stage, case.windows, returned_by=returned_by), case.now)


def _not_this_person(case: Case, action: Action) -> Refusal | None:
    """Four eyes, by person: nobody decides on their own figures, nor at two tiers."""
    if action == Action.WITHDRAW:
        if any(deed.action != Action.SUBMIT for deed in case.passage):
            return RuleError(
                "already_decided", _("A reviewer has decided already: it can no longer be withdrawn.")
            )
        return None
    if action == Action.RECALL:
        if case.engagement_id is None:
            return None
        return RuleError("engagement_running", _("The engagement still runs: the third party decides."))
    if action == Action.SUBMIT:
        return None
    if case.submitter_id == case.by.pk:
        return NotAllowed(
            "own_submission", _("You submitted this table yourself: somebody else has to decide.")
        )
    if case.touched:
        return NotAllowed("own_figures", _("You filled cells of this table: somebody else has to decide."))
    if case.passed_elsewhere:
        return NotAllowed(
            "decided_before", _("You passed this table at another tier: somebody else has to decide.")
        )
    return None


def _incomplete(case: Case, act: Act, action: Action) -> Refusal | None:
    faults = act.faults()
    if action == Action.RETURN and act.code and act.code not in {reason.code for reason in case.reasons}:
        faults.append(Fault("code", _("This tier does not know the reason %(code)s.") % {"code": act.code}))
    if action == Action.APPROVE and case.table.stage == Stage.THIRD_PARTY:
        if not act.text:
            faults.append(Fault("text", _("Write your opinion.")))
        if act.score is None:
            faults.append(Fault("score", _("Give a score between 0 and 100.")))
    return BadInput(faults) if faults else None


def wrong_tier(table: MonitoringTable) -> RuleError:
    """The table is with another tier than the one that wants to act."""
    return RuleError(
        "wrong_tier", _("The table is now: %(stage)s. It is not your turn."), stage=Stage(table.stage).label
    )


def moment(deed: Deed) -> str:
    """When something was decided, Shanghai time."""
    return timezone.localtime(deed.at, ZONE).strftime("%Y-%m-%d %H:%M:%S")
