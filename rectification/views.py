"""Pages of rectification: the list, a task, and the acts on it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation import clock
from foundation.errors import BadInput
from foundation.forms import FaultyForm
from foundation.http import SignedInRequest, get_visible_or_404
from monitoring import evidence
from monitoring.periods import period
from rectification import funds, handling
from rectification.choices import WITH_THE_UNIT, TaskState
from rectification.filters import PAGE, filtered_tasks, list_context
from rectification.forms import AcceptanceForm, FundActionForm, OpinionForm, ReplyForm, VersionForm
from rectification.funds import Disposal
from rectification.handling import Answer
from rectification.models import ReplyEvidence, Task
from rectification.problems import problem_names


@login_required
@require_GET
def task_list(request: SignedInRequest) -> HttpResponse:
    """Tasks that the person may see, filtered by the address, fifty a page."""
    tasks = filtered_tasks(Task.objects.visible_to(request.user), request)
    page = list(tasks[: PAGE + 1])
    return render(request, "rectification/task_list.html", list_context(request, page))


@login_required
@require_GET
def task_page(request: SignedInRequest, public_id: str) -> HttpResponse:
    """One task: the finding behind it, what was done, and what the person may do now."""
    return _page(request, _task(request, public_id))


@login_required
@require_POST
def task_acknowledge(request: SignedInRequest, public_id: str) -> HttpResponse:
    def act(task: Task, given: dict[str, Any]) -> str:
        handling.acknowledge(task, by=request.user, version=given["version"])
        return _("Signed for. The time for your reply is running.")

    return _act(request, public_id, VersionForm, act)


@login_required
@require_POST
def task_reply(request: SignedInRequest, public_id: str) -> HttpResponse:
    def act(task: Task, given: dict[str, Any]) -> str:
        if not handling.may_reply(task, request.user):
            raise PermissionDenied
        upload = given.pop("file")
        version = given.pop("version")
        files = [evidence.store(upload)] if upload else []
        handling.reply(task, Answer(files=files, **given), by=request.user, version=version)
        return _("Your reply is with the department.")

    return _act(request, public_id, ReplyForm, act)


@login_required
@require_POST
def task_pass_on(request: SignedInRequest, public_id: str) -> HttpResponse:
    def act(task: Task, given: dict[str, Any]) -> str:
        handling.pass_on(task, by=request.user, version=given["version"], text=given["text"])
        return _("Passed on to the finance bureau.")

    return _act(request, public_id, OpinionForm, act)


@login_required
@require_POST
def task_send_back(request: SignedInRequest, public_id: str) -> HttpResponse:
    def act(task: Task, given: dict[str, Any]) -> str:
        handling.send_back(task, by=request.user, version=given["version"], text=given["text"])
        return _("Sent back to the unit.")

    return _act(request, public_id, OpinionForm, act)


@login_required
@require_POST
def task_accept(request: SignedInRequest, public_id: str) -> HttpResponse:
    def act(task: Task, given: dict[str, Any]) -> str:
        handling.accept(task, by=request.user, **given)
        return _("The verdict is recorded.")

    return _act(request, public_id, AcceptanceForm, act)


@login_required
@require_POST
def task_funds(request: SignedInRequest, public_id: str) -> HttpResponse:
    def act(task: Task, given: dict[str, Any]) -> str:
        funds.record_disposal(task, Disposal(**given), by=request.user)
        return _("The fund action is recorded.")

    return _act(request, public_id, FundActionForm, act)


@login_required
@require_GET
def reply_file(request: SignedInRequest, public_id: str) -> HttpResponseBase:
    """A file in proof of a reply, for whoever sees the task."""
    visible = ReplyEvidence.objects.filter(reply__task__in=Task.objects.visible_to(request.user))
    found = get_visible_or_404(visible.select_related("blob"), public_id=public_id)
    return evidence.open_blob(found.blob, found.file_name)


def _task(request: HttpRequest, public_id: str) -> Task:
    tasks = Task.objects.visible_to(request.user).select_related(
        "project", "unit", "department", "finding__table", "cycle__rule_book"
    )
    return get_visible_or_404(tasks, public_id=public_id)


def _act(
    request: SignedInRequest,
    public_id: str,
    form_class: type[FaultyForm],
    act: Callable[[Task, dict[str, Any]], str],
) -> HttpResponse:
    """Read the form, do the act, come back; what is wrong is shown with what was typed."""
    task = _task(request, public_id)
    form = form_class(request.POST, request.FILES)
    if form.is_valid():
        try:
            with transaction.atomic():
                said = act(task, form.cleaned_data)
        except BadInput as error:
            form.take(error)
        else:
            messages.success(request, said)
            return redirect("task_page", public_id=public_id)
    return _page(request, _task(request, public_id), form, status=422)


def _page(
    request: SignedInRequest, task: Task, failed: Form | None = None, status: int = 200
) -> HttpResponse:
    user = request.user
    with_unit = task.state in WITH_THE_UNIT and handling.may_reply(task, user)
    at_department = task.state == TaskState.DEPARTMENT and handling.may_review(task, user)
    at_bureau = task.state == TaskState.BUREAU and handling.may_accept(task, user)
    may_move_funds = task.state not in (TaskState.ISSUED, TaskState.CLOSED) and handling.may_accept(
        task, user
    )

    def form(form_class: type[Form], shown: bool) -> Form | None:
        if not shown:
            return None
        if type(failed) is form_class:
            return failed
        return form_class(initial={"version": task.version, "executed_on": clock.today()})

    problems = problem_names(task.cycle.rule_book)
    context = {
        "task": task,
        "period": period(task.cycle),
        "finding": task.finding,
        "seen": _figures_seen(task),
        "problem": problems.get(task.problem, task.problem),
        "replies": task.replies.select_related("by", "acceptance").prefetch_related("evidence"),
        "steps": task.steps.select_related("actor").order_by("-id"),
        "fund_actions": task.fund_actions.select_related("recorded_by"),
        "acknowledge_form": form(VersionForm, with_unit and task.state == TaskState.ISSUED),
        "reply_form": form(ReplyForm, with_unit),
        "review_form": form(OpinionForm, at_department),
        "acceptance_form": form(AcceptanceForm, at_bureau),
        "funds_form": form(FundActionForm, may_move_funds),
        "left": _left(task) if may_move_funds else [],
        "overdue": Task.objects.overdue(clock.now()).filter(pk=task.pk).exists(),
    }
    return render(request, "rectification/task_page.html", context, status=status)


def _figures_seen(task: Task) -> dict[str, Decimal | None]:
    """The rates that the rule saw when it raised the task."""
    facts = task.finding.facts
    names = ("execution_rate", "weighted_completion")
    return {name: Decimal(facts[name]) if facts.get(name) else None for name in names}


def _left(task: Task) -> list[tuple[str, Any]]:
    rows = task.finding.table.funds.all() if task.finding.table else []
    return [(row.get_source_display(), funds.left_over(task, row.source)) for row in rows]
