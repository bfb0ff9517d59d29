"""Until when a tier may act. The last day counts until its midnight in Shanghai; the instant after is too late.

Source: docs/rules/review-chain.md
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.clock import ZONE
from foundation.errors import RuleError
from monitoring.models import CycleWindow
from monitoring.stages import Stage


def window_for(
    stage: str, windows: Mapping[str, CycleWindow], *, returned_by: str | None = None
) -> CycleWindow | None:
    """The window in which a table at `stage` may be acted on; None when the cycle sets none.

    A returned table may be corrected as long as the tier that returned it, or the unit, still has time.
    """
    if stage != Stage.RETURNED or Stage.RETURNED in windows:
        return windows.get(stage)
    either = [windows[name] for name in (Stage.FILLING, returned_by) if name and name in windows]
    return max(either, key=lambda window: window.closes_at, default=None)


def refusal_by_time(window: CycleWindow | None, now: datetime) -> RuleError | None:
    """Why an act at `now` comes too early or too late; None when it is in time."""
    if window is None:
        return None
    if now >= window.closes_at:
        return RuleError(
            "too_late",
            _("The time for “%(tier)s” ended on %(until)s. The table is locked at this tier."),
            tier=Stage(window.stage).label,
            until=last_moment(window.closes_at),
        )
    if now < window.opens_at:
        return RuleError(
            "too_early",
            _("The time for “%(tier)s” begins on %(begin)s."),
            tier=Stage(window.stage).label,
            begin=timezone.localtime(window.opens_at, ZONE).strftime("%Y-%m-%d %H:%M"),
        )
    return None


def last_moment(closes_at: datetime) -> str:
    """An exclusive end as people say it: 16 July 00:00 is "07-15 24:00"."""
    local = timezone.localtime(closes_at, ZONE)
    if local.time() == time.min:
        return (local - timedelta(days=1)).strftime("%Y-%m-%d 24:00")
    return local.strftime("%Y-%m-%d %H:%M")
