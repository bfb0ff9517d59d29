"""What upper apps add to the page of a table: reviews its decisions and remarks, rectification its tasks.

Imports look down only, so the page asks whoever has registered here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from monitoring.models import MonitoringTable
from organisation.models import User

Part = Callable[[MonitoringTable, User], dict[str, Any]]

_PARTS: list[Part] = []


def adds_to_table_page(part: Part) -> Part:
    """Register what gives further context for a table and its reader.

    The page knows: decisions (rows for reviews/_decision_history.html), remarks (each with cell, text, author, at),
    chain (tiers for {% chain %}, instead of the plain ones), actions (templates for the head of the page).
    """
    _PARTS.append(part)
    return part


def further_context(table: MonitoringTable, user: User) -> dict[str, Any]:
    """All registered parts together; a later one wins."""
    context: dict[str, Any] = {}
    for part in _PARTS:
        context |= part(table, user)
    return context
