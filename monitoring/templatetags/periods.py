"""{% load periods %}: a cycle in the reader's words."""

from django import template

from monitoring import periods

register = template.Library()


@register.filter
def period(cycle: object) -> str:
    """{{ cycle|period }} is "Jan–Jun 2022"; "" without a cycle."""
    return periods.period(cycle) if isinstance(cycle, periods.Cycle) else ""


@register.filter
def months(last: int) -> str:
    """{{ cycle.month|months }} is "Jan–Jun"."""
    return periods.months(last)
