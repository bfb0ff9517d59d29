"""Tells the checks which projects still owe an answer from an earlier cycle (check L46)."""

from __future__ import annotations

from django.db.models import Count, F

from monitoring.models import MonitoringTable
from monitoring.snapshots import count_open_tasks_with
from rectification.choices import WITH_THE_UNIT


@count_open_tasks_with
def unanswered_of_earlier_cycles(table_ids: list[int]) -> dict[int, int]:
    """Table id → tasks of its project, raised in an earlier cycle, that the unit has never answered; one query."""
    rows = (
        MonitoringTable.objects.filter(
            pk__in=table_ids,
            project__tasks__state__in=WITH_THE_UNIT,
            project__tasks__replies=None,
            project__tasks__cycle__month__lt=F("cycle__month"),
        )
        .values_list("pk")
        .annotate(n=Count("project__tasks", distinct=True))
    )
    return dict(rows)
