"""Raising tasks by rule: red lights and serious mismatch of a cycle become findings with a task each.

One finding per project, cycle and problem for ever (a_rule_finds_a_problem_once_per_project_and_cycle): however
often the job runs, however many workers, whatever is killed. Rules: docs/rules/raising.md
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foundation import audit, clock
from foundation.jobs import JobRun, job_kind
from monitoring.books import rules_of
from monitoring.choices import Severity
from monitoring.models import Cycle, MonitoringTable
from monitoring.rulebook import Rules
from monitoring.stages import EDITABLE_STAGES
from organisation.models import User
from organisation.notifications import notify_many, register
from organisation.people import holders
from organisation.roles import Role
from rectification.choices import FindingSource, TaskAction, TaskState
from rectification.models import Finding, Task, TaskStep

BATCH = 1000
register("task_raised", _("A rectification task has been raised: %(project)s – %(problem)s."))


@dataclass(frozen=True)
class Raised:
    """Project, table and problem of one rule's finding."""

    table: MonitoringTable
    problem: str
    amount: Decimal


@job_kind("raise_rectifications", title=_("Raise rectification tasks"))
def raise_job(run: JobRun) -> dict[str, int]:
    """Raise what a cycle owes; the cycle is named by its number in the payload."""
    return {"raised": raise_tasks(Cycle.objects.get(pk=run.payload["cycle"]), by=run.actor)}


@transaction.atomic
def raise_tasks(cycle: Cycle, *, by: User | None = None) -> int:
    """Raise what the rules find in the cycle's submitted tables; returns how many tasks are new.

    The cycle's row is locked: of two workers the second finds nothing left to do.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).select_related("rule_book").get(pk=cycle.pk)
    rules = rules_of(cycle.rule_book)
    known = set(
        Finding.objects.filter(cycle=cycle, source=FindingSource.SYSTEM).values_list("project_id", "problem")
    )
    found = [each for each in _found(cycle, rules) if (each.table.project_id, each.problem) not in known]
    if not found:
        return 0
    at = clock.now()
    findings = Finding.objects.bulk_create([_finding(each, cycle, at) for each in found], batch_size=BATCH)
    tasks = Task.objects.bulk_create([_task(each, rules, at) for each in findings], batch_size=BATCH)
    TaskStep.objects.bulk_create(
        [
            TaskStep(task=task, action=TaskAction.RAISE, to_state=TaskState.ISSUED, actor=by, at=at)
            for task in tasks
        ],
        batch_size=BATCH,
    )
    _tell(tasks, rules)
    audit.record_many(
        audit.Entry(
            action="tasks.raised",
            target=task,
            actor=by,
            after={
                "project": task.project.code,
                "problem": task.problem,
                "complete_due_at": task.complete_due_at,
            },
            division_id=task.division_id,
        )
        for task in tasks
    )
    return len(tasks)


def _found(cycle: Cycle, rules: Rules) -> Iterator[Raised]:
    """What the book's raise rules find, table by table."""
    tables = MonitoringTable.objects.filter(cycle=cycle).exclude(stage__in=EDITABLE_STAGES)
    for table in tables.select_related("figures", "project").order_by("pk").iterator(BATCH):
        figures = getattr(table, "figures", None)
        if figures is None:
            continue
        for problem in rules.problems(**raising_figures(figures)):
            yield Raised(table, problem, figures.adjusted - figures.executed)


def raising_figures(figures: Any) -> dict[str, Any]:
    """A table's figures by the names that raise rules use."""
    return {
        "budget_light": figures.budget_light,
        "target_light": figures.target_light,
        "expected_light": figures.expected_light,
        "composite": figures.composite,
        "mismatch": figures.mismatch,
        "mismatch_light": figures.mismatch_light,
        "zero_execution": figures.executed <= 0 < figures.adjusted,
    }


def _finding(each: Raised, cycle: Cycle, at: datetime) -> Finding:
    table, figures = each.table, each.table.figures
    return Finding(
        cycle=cycle,
        project=table.project,
        table=table,
        division_id=table.division_id,
        section_id=table.section_id,
        department_id=table.department_id,
        unit_id=table.unit_id,
        source=FindingSource.SYSTEM,
        problem=each.problem,
        severity=Severity.ERROR,
        facts={
            "execution_rate": _plain(figures.execution_rate),
            "prorated_rate": _plain(figures.prorated_rate),
            "weighted_completion": _plain(figures.weighted_completion),
            "gap": _plain(figures.gap),
            "budget_light": figures.budget_light,
            "target_light": figures.target_light,
            "mismatch": figures.mismatch,
            "adjusted": _plain(figures.adjusted),
            "executed": _plain(figures.executed),
        },
        amount=max(each.amount, Decimal(0)),
        rule_book_id=cycle.rule_book_id,
        raised_at=at,
    )


def _task(finding: Finding, rules: Rules, at: datetime) -> Task:
    today = at.astimezone(clock.ZONE).date()
    complete_on = today.fromordinal(today.toordinal() + rules.complete_days)
    return Task(
        finding=finding,
        cycle_id=finding.cycle_id,
        project=finding.project,
        division_id=finding.division_id,
        section_id=finding.section_id,
        department_id=finding.department_id,
        unit_id=finding.unit_id,
        problem=finding.problem,
        issued_at=at,
        reply_due_at=clock.end_of_day(clock.add_working_days(today, rules.reply_working_days)),
        complete_due_at=clock.end_of_day(complete_on),
    )


def _tell(tasks: list[Task], rules: Rules) -> None:
    """Tell the clerks of each unit and the reviewers of each department."""
    names = {problem.code: problem.zh for problem in rules.problem_types}
    clerks = holders(Role.CLERK, {task.unit_id for task in tasks})
    departments = holders(Role.DEPARTMENT, {task.department_id for task in tasks})
    notify_many(
        (
            person,
            "task_raised",
            f"task-raised-{task.public_id}",
            f"/tasks/{task.public_id}/",
            {"project": task.project.name, "problem": names.get(task.problem, task.problem)},
        )
        for task in tasks
        for person in {*clerks.get(task.unit_id, ()), *departments.get(task.department_id, ())}
    )


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
