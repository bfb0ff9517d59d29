"""Who holds a role where, today: the people that news is for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from foundation import clock
from organisation.models import Appointment
from organisation.querysets import AppointmentQuerySet
from organisation.roles import NODE_OF_ROLE


def holders(role: str, node_ids: Iterable[int]) -> dict[int, list[int]]:
    """Ids of the active people who hold `role`, by node; one query however many nodes."""
    column = f"{NODE_OF_ROLE[role].value}_id"
    rows = (
        Appointment.objects.in_force()
        .filter(role=role, user__is_active=True, **{f"{column}__in": set(node_ids)})
        .values_list(column, "user_id")
    )
    result: dict[int, list[int]] = defaultdict(list)
    for node, user in rows:
        result[node].append(user)
    return result


def ending_soon(days: int = 30) -> AppointmentQuerySet:
    """Appointments in force whose last day is at most so many days away."""
    last = clock.today() + timedelta(days=days)
    return Appointment.objects.in_force().filter(ends_on__lte=last)
