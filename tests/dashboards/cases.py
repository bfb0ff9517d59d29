"""Tables in the state that a page is to show."""

from __future__ import annotations

from monitoring.models import MonitoringTable
from organisation.models import BudgetUnit, User
from tests import factories
from tests.reviews import steps

WHY = "Heavy rain stopped the works from April to June and the tender had to be repeated."


def behind(unit: BudgetUnit, by: User) -> MonitoringTable:
    """A submitted table whose money hardly moved: red, and raised by the rules."""
    table = factories.make_table(unit, paid="1000.00")
    factories.fill(table, by, execution_reason=WHY)
    return steps.submit(steps.explained(table, by), by)


def returned(unit: BudgetUnit, by: User, reviewer: User, text: str = "Please correct.") -> MonitoringTable:
    """A table that the department has sent back."""
    table = steps.submit(steps.ready(unit, by), by)
    steps.decide(table, reviewer, "return", text=text)
    return steps.fresh(table)
