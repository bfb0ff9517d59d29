"""The filters of the task list: by allow-list only, kept in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from foundation import clock
from monitoring.models import Cycle
from monitoring.periods import period
from organisation.models import Department
from rectification.choices import TaskState
from rectification.models import Task
from rectification.problems import problem_names

PAGE = 50


def filtered_tasks(tasks: Any, request: HttpRequest) -> QuerySet[Task]:
    """Tasks of the address: ?cycle, ?state, ?problem, ?department, ?late=1, ?mine=1, ?q, ?after."""
    query = request.GET
    if cycle := query.get("cycle"):
        tasks = tasks.filter(cycle__public_id=cycle)
    if query.get("state") == "open":
        tasks = tasks.standing()
    elif query.get("state") in TaskState.values:
        tasks = tasks.filter(state=query["state"])
    if problem := query.get("problem"):
        tasks = tasks.filter(problem=problem[:4])
    if department := query.get("department"):
        tasks = tasks.filter(department__code=department)
    if query.get("late"):
        tasks = tasks.overdue(clock.now())
    if query.get("mine"):
        tasks = tasks & Task.objects.waiting_for(request.user)
    for word in query.get("q", "")[:100].lower().split():
        tasks = tasks.filter(project__search_text__contains=word)
    tasks = tasks.select_related("project", "unit", "department", "cycle__rule_book").order_by("-id")
    after = query.get("after", "")
    if after:
        anchor = Task.objects.filter(public_id=after).values_list("id", flat=True).first()
        tasks = tasks.filter(Q(id__lt=anchor) if anchor else Q(pk__in=[]))
    return tasks


def list_context(request: HttpRequest, page: Sequence[Task]) -> dict[str, Any]:
    """What the list page shows; `page` holds one task more than a page when there is a next one."""
    shown = list(page[:PAGE])
    now = clock.now()
    names: dict[str, str] = problem_names(shown[0].cycle.rule_book) if shown else {}
    late_ids = set(
        Task.objects.overdue(now).filter(pk__in=[t.pk for t in shown]).values_list("pk", flat=True)
    )
    cycles = Cycle.objects.visible_to(request.user)
    departments = Department.objects.visible_to(request.user)
    return {
        "rows": [
            {
                "task": task,
                "problem": names.get(task.problem, task.problem),
                "period": period(task.cycle),
                "late": task.pk in late_ids,
            }
            for task in shown
        ],
        "following": shown[-1].public_id if len(page) > PAGE else None,
        "cycle_choices": [(cycle.public_id, period(cycle)) for cycle in cycles],
        "state_choices": [("open", _("All open")), *TaskState.choices],
        "problem_choices": sorted(names.items()),
        "department_choices": [(department.code, department.name) for department in departments],
    }
