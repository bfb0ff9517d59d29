"""When the budget system's data move, the open cycles of that year are computed anew, once however often told."""

from foundation.jobs import enqueue
from foundation.models import OutboxMessage
from foundation.outbox import consumer
from monitoring.models import Cycle


@consumer("projects.changed")
def recompute_open_cycles(message: OutboxMessage) -> None:
    """Owe a recompute of each open cycle of the division and year named in the message."""
    division, year = message.payload["division"], message.payload["year"]
    for cycle in Cycle.objects.open().filter(division=division, year=year):
        owe_recompute(cycle)


def owe_recompute(cycle: Cycle, *, actor: object = None) -> object:
    """Ask for the cycle's figures to be brought up to date; one live job per cycle."""
    return enqueue(
        "recompute_cycle",
        key=str(cycle.pk),
        payload={"cycle": cycle.pk},
        actor=actor,  # type: ignore[arg-type]
        title=str(cycle),
        division_id=cycle.division_id,
        again=True,  # a run that has begun may have read the data before this change
    )
