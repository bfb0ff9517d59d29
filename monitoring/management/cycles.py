"""How a command names a cycle."""

import re

from django.core.management.base import CommandError

from monitoring.models import Cycle


def cycle_named(text: str) -> Cycle:
    """The cycle of that identifier, or of that year and month ("2022-06")."""
    cycles = Cycle.objects.all()
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})", text):
        found = list(cycles.filter(year=match[1], month=match[2])[:2])
        if len(found) > 1:
            raise CommandError(f"{text}: more than one division has such a cycle; give its identifier")
    else:
        found = list(cycles.filter(public_id=text))
    if not found:
        raise CommandError(f"{text}: no such cycle")
    return found[0]
