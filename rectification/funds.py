"""Money that moved because of a task: recovered, cut, re-allocated, suspended.

What has moved never exceeds what the project had left (docs/rules/fund-actions.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from foundation import audit, clock
from foundation.errors import BadInput, Fault, RuleError
from monitoring.models import FundRow
from organisation.models import User
from rectification.choices import FundActionKind, TaskState
from rectification.handling import may_accept
from rectification.models import FundAction, Task


@dataclass(frozen=True)
class Disposal:
    """What was done with money: kind, source of funds, amount in yuan, document and day."""

    kind: str
    fund_source: str
    amount: Decimal
    document_no: str
    executed_on: date


def left_over(task: Task, fund_source: str) -> Decimal:
    """Adjusted budget of the source less what was paid and what fund actions have already moved, in yuan."""
    row = _fund_rows(task, fund_source).first()
    if row is None:
        return Decimal(0)
    moved = FundAction.objects.filter(
        cycle=task.cycle_id, task__project=task.project_id, fund_source=fund_source
    )
    return row.adjusted - row.executed - (moved.aggregate(sum=Sum("amount"))["sum"] or Decimal(0))


@transaction.atomic
def record_disposal(task: Task, disposal: Disposal, *, by: User) -> FundAction:
    """Record money that the budget system has moved.

    Raises PermissionDenied; BadInput for amounts and documents; RuleError "too_early", "wrong_state" (closed),
    "recorded_already" or "more_than_left".
    """
    if not may_accept(task, by):
        raise PermissionDenied
    task = Task.objects.select_for_update(of=("self",)).select_related("project").get(pk=task.pk)
    _check(disposal)
    if task.state == TaskState.ISSUED:
        raise RuleError("too_early", _("The unit has not signed for this task yet."))
    if task.state == TaskState.CLOSED:
        raise RuleError("wrong_state", _("This task is closed; nothing more is recorded on it."))
    document_no = disposal.document_no.strip()
    if FundAction.objects.filter(task=task, kind=disposal.kind, document_no=document_no).exists():
        raise RuleError("recorded_already", _("This document is recorded already."))
    # Another task of the same project may take from the same source: the row of the source is what both wait for.
    list(_fund_rows(task, disposal.fund_source).select_for_update(of=("self",)))
    left = left_over(task, disposal.fund_source)
    if disposal.amount > left:
        raise RuleError(
            "more_than_left",
            _("Only %(left)s yuan are left on this source of funds."),
            left=f"{max(left, Decimal(0)):,.2f}",
        )
    action = FundAction.objects.create(
        task=task,
        cycle_id=task.cycle_id,
        division_id=task.division_id,
        section_id=task.section_id,
        department_id=task.department_id,
        unit_id=task.unit_id,
        kind=disposal.kind,
        fund_source=disposal.fund_source,
        amount=disposal.amount,
        document_no=document_no,
        executed_on=disposal.executed_on,
        recorded_by=by,
        recorded_at=clock.now(),
    )
    audit.record(
        "tasks.funds_recorded",
        task,
        actor=by,
        after={"kind": action.kind, "amount": action.amount, "document_no": action.document_no},
        division_id=task.division_id,
    )
    return action


def _fund_rows(task: Task, fund_source: str) -> QuerySet[FundRow]:
    return FundRow.objects.filter(
        table__cycle=task.cycle_id, table__project=task.project_id, source=fund_source
    )


def _check(disposal: Disposal) -> None:
    faults = []
    if disposal.kind not in FundActionKind.values:
        faults.append(Fault("kind", _("Choose what was done with the money.")))
    if disposal.amount is None or disposal.amount <= 0:
        faults.append(Fault("amount", _("Type the amount, above zero.")))
    if not disposal.document_no.strip():
        faults.append(Fault("document_no", _("Give the number of the document.")))
    if disposal.executed_on is None or disposal.executed_on > clock.today():
        faults.append(Fault("executed_on", _("Give the day on which it was done; not a day to come.")))
    if faults:
        raise BadInput(faults)
