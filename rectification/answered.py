"""Tells the checks which projects still owe an answer from an earlier cycle (check L46)."""

from __future__ import annotations

from django.db.models import F, QuerySet

from monitoring.models import MonitoringTable
from monitoring.sheet_notes import finds_open_tasks
from rectification.choices import WITH_THE_UNIT


@finds_open_tasks
def unanswered_of_earlier_cycles(table_ids: list[int]) -> QuerySet[MonitoringTable]:
    """The tables, once for each task of their project, raised in an earlier cycle, that the unit never answered."""
    return MonitoringTable.objects.filter(
        pk__in=table_ids,
        project__tasks__state__in=WITH_THE_UNIT,
        project__tasks__replies=None,
        project__tasks__cycle__month__lt=F("cycle__month"),
    )
