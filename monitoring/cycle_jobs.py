"""The long work over a whole cycle: owed here, done by whoever registered it (this app and rectification)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import jobs
from foundation.models import Job
from monitoring.models import Cycle
from monitoring.periods import period

RECOMPUTE = "recompute_cycle"
RAISE = "raise_rectifications"


@transaction.atomic
def owe_recompute(cycle: Cycle, by: Any) -> Job:
    """Have all figures of the cycle brought up to date."""
    return jobs.enqueue(
        RECOMPUTE,
        key=str(cycle.pk),
        payload={"cycle": cycle.pk},
        actor=by,
        title=_("Recompute %(cycle)s") % {"cycle": period(cycle)},
        division_id=cycle.division_id,
        again=True,
    )


@transaction.atomic
def owe_tasks(cycle: Cycle, by: Any) -> Job:
    """Have rectification tasks raised from the figures of the cycle; a second run raises none twice."""
    return jobs.enqueue(
        RAISE,
        key=str(cycle.pk),
        payload={"cycle": cycle.pk},
        actor=by,
        title=_("Raise rectifications: %(cycle)s") % {"cycle": period(cycle)},
        division_id=cycle.division_id,
    )


def latest(cycle: Cycle) -> list[Job]:
    """The newest job of each kind over the cycle."""
    found = Job.objects.filter(kind__in=(RECOMPUTE, RAISE), key=str(cycle.pk)).order_by("-pk")
    newest: dict[str, Job] = {}
    for job in found[:20]:
        newest.setdefault(job.kind, job)
    return [newest[kind] for kind in (RECOMPUTE, RAISE) if kind in newest]
