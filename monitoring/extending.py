"""More time for a tier: its window closes later, for a reason that stays in the trail."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit, clock
from foundation.errors import BadInput, Fault, RuleError
from foundation.upsert import update_rows
from monitoring.models import Cycle, CycleWindow
from monitoring.opening import may_steer
from monitoring.stages import CycleState, Stage
from organisation.models import User

_ORDER = {stage: place for place, stage in enumerate(Stage)}


@transaction.atomic
def extend_window(
    cycle: Cycle, stage: str, *, closes_on: date, reason: str, with_later: bool, by: User
) -> list[CycleWindow]:
    """Let a tier act until the end of `closes_on`, whether or not its time is over; returns the windows moved.

    with_later: the tiers after it are given as many days more, so that none has less time than it was promised.
    Raises PermissionDenied; RuleError "cycle_closed"; BadInput "closes_on" for a day not later than the present one,
    already gone, or behind the end of a later tier that stays; BadInput "reason" where there is none.
    """
    if not may_steer(by, cycle.division_id):
        raise PermissionDenied
    cycle = Cycle.objects.select_for_update(of=("self",)).get(pk=cycle.pk)
    if cycle.state == CycleState.CLOSED:
        raise RuleError("cycle_closed", _("This cycle is closed; its tables no longer change."))
    windows = sorted(CycleWindow.objects.filter(cycle=cycle), key=lambda each: _ORDER[Stage(each.stage)])
    window = next((each for each in windows if each.stage == stage), None)
    if window is None:
        raise BadInput([Fault("closes_on", _("This cycle has no window for that tier."))])
    later = [each for each in windows if _ORDER[Stage(each.stage)] > _ORDER[Stage(window.stage)]]
    _refuse(window, closes_on, reason, [] if with_later else later)
    added = closes_on - clock.last_day(window.closes_at)
    moved = [window, *(later if with_later else [])]
    before = {each.stage: clock.last_day(each.closes_at).isoformat() for each in moved}
    for each in moved:
        each.closes_at = clock.end_of_day(clock.last_day(each.closes_at) + added)
    update_rows(moved, ["closes_at"])
    audit.record(
        "cycles.window_extended",
        cycle,
        actor=by,
        before=before,
        after={each.stage: clock.last_day(each.closes_at).isoformat() for each in moved},
        reason=reason.strip(),
        division_id=cycle.division_id,
    )
    return moved


def _refuse(window: CycleWindow, closes_on: date, reason: str, staying: list[CycleWindow]) -> None:
    faults = []
    if closes_on <= clock.last_day(window.closes_at):
        faults.append(Fault("closes_on", _("Choose a day after the present last day.")))
    elif closes_on < clock.today():
        faults.append(Fault("closes_on", _("This day is over already.")))
    elif any(clock.last_day(each.closes_at) < closes_on for each in staying):
        message = _("A later tier would close before this one. Give the later tiers as many days more.")
        faults.append(Fault("closes_on", message))
    if not reason.strip():
        faults.append(Fault("reason", _("Say why more time is needed.")))
    if faults:
        raise BadInput(faults)
