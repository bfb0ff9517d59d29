"""A department passes its tables on as a whole: its last one only when nothing stands against the department.

Source: docs/rules/review-chain.md
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from foundation.errors import RuleError
from monitoring.departments import check_departments
from monitoring.models import MonitoringTable
from monitoring.stages import Stage
from organisation.models import Department
from reviews.cases import Case
from reviews.chain import Action
from reviews.models import Decision


def held_back(ready: Iterable[Case]) -> dict[int, RuleError]:
    """Table id → why it cannot pass the department yet: it is the last, and an error stands against the whole.

    ready: locked cases about to be approved. Of several tables the last by number is held back, as if they
    were approved one after the other.
    """
    groups: dict[tuple[int, int], list[Case]] = defaultdict(list)
    for case in ready:
        if case.table.stage == Stage.DEPARTMENT:
            groups[case.table.cycle_id, case.table.department_id].append(case)
    if not groups:
        return {}
    departments = _locked({department for _cycle, department in groups})
    remaining = _not_passed(groups)
    held: dict[int, RuleError] = {}
    by_cycle: dict[int, list[Department]] = defaultdict(list)
    for cycle_id, department_id in groups.keys() - remaining:
        by_cycle[cycle_id].append(departments[department_id])
    for cycle_id, complete in by_cycle.items():
        cycle = groups[cycle_id, complete[0].pk][0].cycle
        for found in check_departments(cycle, complete):
            if errors := found.errors:
                last = max(groups[cycle_id, found.department.pk], key=lambda case: case.table.pk)
                held[last.table.pk] = RuleError(
                    "department_checks_stand",
                    _("The last table of %(name)s cannot pass yet: %(first)s"),
                    name=found.department.name,
                    first=errors[0].message,
                    findings=errors,
                )
    return held


def _locked(ids: set[int]) -> dict[int, Department]:
    """The departments, locked: else two reviewers who each approve one of the last two would both see another."""
    rows = Department.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    return {department.pk: department for department in rows}


def _not_passed(groups: dict[tuple[int, int], list[Case]]) -> set[tuple[int, int]]:
    """Those (cycle, department) of which another table has not passed the department yet.

    What a later tier returned has passed: it goes back to that tier.
    """
    passed = Decision.objects.filter(table=OuterRef("pk"), from_stage=Stage.DEPARTMENT, action=Action.APPROVE)
    here = [case.table.pk for cases in groups.values() for case in cases]
    rows = (
        MonitoringTable.objects.filter(
            cycle__in={cycle for cycle, _department in groups},
            department__in={department for _cycle, department in groups},
        )
        .exclude(pk__in=here)
        .exclude(Exists(passed))
        .order_by()
    )
    return set(rows.values_list("cycle_id", "department_id").distinct())
