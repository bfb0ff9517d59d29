"""What happens to a task: signed for, answered, passed on or sent back, accepted, closed.

One core (`_move`): lock, compare with what the person saw, check who, record, move.
Rules: domain.md section 8; docs/rules/rectification.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from foundation import audit, clock
from foundation.errors import BadInput, Fault, RuleError, StalePage
from monitoring.models import Blob
from organisation.models import User
from organisation.notifications import notify, register
from organisation.people import holders
from organisation.roles import Role
from organisation.scope import scope_of
from rectification.choices import WITH_THE_UNIT, AcceptanceResult, ReplyState, TaskAction, TaskState
from rectification.models import Acceptance, Reply, ReplyEvidence, Task, TaskStep

register("task_replied", _("A reply waits for your review: %(project)s."))
register("task_at_bureau", _("A reply waits for acceptance: %(project)s."))
register("task_sent_back", _("Your reply was sent back: %(project)s – %(text)s"))
register("task_closed", _("The rectification task is closed: %(project)s."))


@dataclass(frozen=True)
class Answer:
    """What a unit reports: measures, progress, when done, an amount in yuan, and files in proof."""

    measures: str
    state: str = ReplyState.DONE
    done_on: date | None = None
    amount: Decimal | None = None
    responsible: str = ""
    files: Sequence[tuple[Blob, str]] = field(default_factory=tuple)


def may_reply(task: Task, user: User) -> bool:
    return task.unit_id in scope_of(user).at(Role.CLERK)


def may_review(task: Task, user: User) -> bool:
    return task.department_id in scope_of(user).at(Role.DEPARTMENT)


def may_accept(task: Task, user: User) -> bool:
    """The bureau: the performance section, or the business section of the department."""
    scope = scope_of(user)
    return task.division_id in scope.at(Role.PERFORMANCE) or task.section_id in scope.at(Role.SECTION)


@transaction.atomic
def acknowledge(task: Task, *, by: User, version: int) -> Task:
    """The unit signs for the task."""
    task = _lock(task, version, by, may_reply(task, by), (TaskState.ISSUED,))
    return _move(task, TaskAction.ACKNOWLEDGE, TaskState.ACKNOWLEDGED, by)


@transaction.atomic
def reply(task: Task, answer: Answer, *, by: User, version: int) -> Reply:
    """The unit answers; the reply goes to its department.

    Raises BadInput when it says nothing, is done without a day or on one to come, or names an amount below zero.
    """
    task = _lock(task, version, by, may_reply(task, by), WITH_THE_UNIT)
    _check(answer)
    at = clock.now()
    kept = Reply.objects.create(
        task=task,
        state=answer.state,
        measures=answer.measures.strip(),
        done_on=answer.done_on,
        amount=answer.amount,
        responsible=answer.responsible.strip(),
        by=by,
        at=at,
    )
    ReplyEvidence.objects.bulk_create(
        ReplyEvidence(reply=kept, blob=blob, file_name=name) for blob, name in answer.files
    )
    told = holders(Role.DEPARTMENT, [task.department_id]).get(task.department_id, [])
    after = {
        "measures": kept.measures,
        "state": kept.state,
        "amount": kept.amount,
        "files": len(answer.files),
    }
    _move(task, TaskAction.REPLY, TaskState.DEPARTMENT, by, after=after, at=at)
    _tell(told, "task_replied", task, key=f"task-replied-{kept.pk}")
    return kept


@transaction.atomic
def pass_on(task: Task, *, by: User, version: int, text: str = "") -> Task:
    """The department finds the reply good and passes it to the bureau."""
    task = _lock(task, version, by, may_review(task, by), (TaskState.DEPARTMENT,))
    _refuse_own(task, by)
    task = _move(task, TaskAction.PASS_ON, TaskState.BUREAU, by, text=text)
    told = holders(Role.PERFORMANCE, [task.division_id]).get(task.division_id, [])
    _tell(told, "task_at_bureau", task, key=f"task-bureau-{task.pk}-{task.version}")
    return task


@transaction.atomic
def send_back(task: Task, *, by: User, version: int, text: str) -> Task:
    """Department or bureau asks the unit for more; the text says what."""
    either = may_review(task, by) or may_accept(task, by)
    task = _lock(task, version, by, either, (TaskState.DEPARTMENT, TaskState.BUREAU))
    if not (may_review if task.state == TaskState.DEPARTMENT else may_accept)(task, by):
        raise PermissionDenied
    _refuse_own(task, by)
    _require(text, "text")
    task = _move(task, TaskAction.SEND_BACK, TaskState.RETURNED, by, text=text)
    _tell_unit(task, "task_sent_back", text=text[:100])
    return task


@transaction.atomic
def accept(
    task: Task,
    *,
    by: User,
    version: int,
    result: str,
    verified_amount: Decimal | None = None,
    text: str = "",
) -> Acceptance:
    """The bureau accepts the last reply and closes the task, or does not and sends it back.

    Passed closes; partly and not passed send the task back to the unit and need a text.
    Raises PermissionDenied for whoever wrote the reply; RuleError "no_evidence" when it has no file.
    """
    task = _lock(task, version, by, may_accept(task, by), (TaskState.BUREAU,))
    answered = task.replies.order_by("-id")[0]
    _refuse_own(task, by)
    if result == AcceptanceResult.PASSED and not answered.evidence.exists():
        raise RuleError("no_evidence", _("A task closes only on evidence; this reply has no file."))
    if verified_amount is not None and verified_amount < 0:
        raise BadInput([Fault("verified_amount", _("An amount cannot be negative."))])
    passed = result == AcceptanceResult.PASSED
    if not passed:
        _require(text, "text")
    verdict = Acceptance.objects.create(
        task=task,
        reply=answered,
        result=result,
        verified_amount=verified_amount,
        text=text,
        by=by,
        at=clock.now(),
    )
    action, state = (
        (TaskAction.ACCEPT, TaskState.CLOSED) if passed else (TaskAction.REFUSE, TaskState.RETURNED)
    )
    _move(task, action, state, by, text=text, after={"result": result, "verified_amount": verified_amount})
    _tell_unit(task, "task_closed" if passed else "task_sent_back", text=text[:100])
    return verdict


def _lock(task: Task, version: int, by: User, allowed: bool, states: Sequence[str]) -> Task:
    """The task, locked and as the person saw it."""
    if not allowed:
        raise PermissionDenied
    locked = Task.objects.select_for_update(of=("self",)).select_related("project").get(pk=task.pk)
    if locked.version != version:
        last = locked.steps.select_related("actor").last()
        raise StalePage(
            _("%(who)s acted on this task meanwhile: %(what)s. Look at it again."),
            who=(last and last.actor) or "—",
            what=last.get_action_display() if last else "—",
        )
    if locked.state not in states:
        raise RuleError(
            "wrong_state", _("The task is not with you now: %(state)s."), state=locked.get_state_display()
        )
    return locked


def _move(
    task: Task,
    action: TaskAction,
    state: TaskState,
    by: User,
    *,
    text: str = "",
    after: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> Task:
    at, before = at or clock.now(), task.state
    closed_at = at if state == TaskState.CLOSED else None
    moved = Task.objects.filter(pk=task.pk, version=task.version, state=before).update(
        state=state, version=F("version") + 1, closed_at=closed_at
    )
    if moved != 1:
        raise StalePage
    task.state, task.version, task.closed_at = state, task.version + 1, closed_at
    TaskStep.objects.create(
        task=task, action=action, from_state=before, to_state=state, actor=by, text=text.strip(), at=at
    )
    audit.record(
        f"tasks.{_VERB[action]}",
        task,
        actor=by,
        before={"state": before},
        after={"state": state, **(after or {})},
        reason=text.strip(),
        division_id=task.division_id,
    )
    return task


_VERB = {
    TaskAction.ACKNOWLEDGE: "acknowledged",
    TaskAction.REPLY: "replied",
    TaskAction.PASS_ON: "passed_on",
    TaskAction.SEND_BACK: "sent_back",
    TaskAction.ACCEPT: "accepted",
    TaskAction.REFUSE: "refused",
}


def _refuse_own(task: Task, by: User) -> None:
    """Nobody judges a reply of their own, whatever roles they hold."""
    last = task.replies.last()
    if last is not None and last.by_id == by.pk:
        raise PermissionDenied(_("You wrote this reply; another person must judge it."))


def _check(answer: Answer) -> None:
    faults = []
    if len(answer.measures.strip()) < _LEAST_MEASURES:
        faults.append(Fault("measures", _("Say what was done, in ten characters at least.")))
    if answer.state not in ReplyState.values:
        faults.append(Fault("state", _("Choose how far it has come.")))
    if answer.state == ReplyState.DONE and answer.done_on is None:
        faults.append(Fault("done_on", _("Say on which day it was done.")))
    if answer.done_on is not None and answer.done_on > clock.today():
        faults.append(Fault("done_on", _("This day is still to come.")))
    if answer.amount is not None and answer.amount < 0:
        faults.append(Fault("amount", _("An amount cannot be negative.")))
    if faults:
        raise BadInput(faults)


_LEAST_MEASURES = 10


def _require(text: str, where: str) -> None:
    if not text.strip():
        raise BadInput([Fault(where, _("Say why, so that the unit knows what to do."))])


def _tell(people: Sequence[int], kind: str, task: Task, *, key: str, **params: Any) -> None:
    notify(people, kind, key=key, url=f"/tasks/{task.public_id}/", project=task.project.name, **params)


def _tell_unit(task: Task, kind: str, **params: Any) -> None:
    clerks = holders(Role.CLERK, [task.unit_id]).get(task.unit_id, [])
    _tell(clerks, kind, task, key=f"{kind}-{task.pk}-{task.version}", **params)
