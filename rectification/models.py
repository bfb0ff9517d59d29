"""From a finding to recovered money: tasks, replies with evidence, acceptance, fund actions."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.ids import PUBLIC_ID_LENGTH, new_public_id
from foundation.money import MoneyField
from monitoring.choices import Severity
from monitoring.models import Blob, Cycle, MonitoringTable
from organisation.models import BudgetUnit, BusinessSection, Department, Division
from projects.choices import FundSource
from projects.models import BudgetProject
from rectification.choices import (
    AcceptanceResult,
    FindingSource,
    FundActionKind,
    ReplyState,
    TaskAction,
    TaskState,
)
from rectification.querysets import FindingQuerySet, TaskQuerySet


class Finding(models.Model):
    """Something wrong with a project in a cycle (问题), found by a rule or by a person."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False
    )
    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="findings")
    project = models.ForeignKey(BudgetProject, models.PROTECT, related_name="findings")
    table = models.ForeignKey(MonitoringTable, models.PROTECT, null=True, related_name="findings")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    section = models.ForeignKey(BusinessSection, models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    unit = models.ForeignKey(BudgetUnit, models.PROTECT, related_name="+")
    source = models.CharField(_("source"), max_length=12, choices=FindingSource)
    problem = models.CharField(_("problem"), max_length=4, help_text="P11 … P43 of the rule book")
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, default=Severity.ERROR)
    description = models.TextField(_("description"), blank=True)
    facts = models.JSONField(_("facts"), default=dict, help_text="figures the rule saw, by name")
    amount = MoneyField(_("amount concerned"), null=True, blank=True)
    rule_book_id = models.BigIntegerField(null=True)
    raised_at = models.DateTimeField(_("found at"))
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("finding")
        constraints = [
            # Forever, not only while open: however often the job runs, the rule finds it once.
            models.UniqueConstraint(
                fields=["cycle", "project", "problem"],
                condition=Q(source="system"),
                name="a_rule_finds_a_problem_once_per_project_and_cycle",
            ),
        ]


class Task(models.Model):
    """A rectification task (整改任务)."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False
    )
    finding = models.OneToOneField(Finding, models.PROTECT, related_name="task")
    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="tasks")
    project = models.ForeignKey(BudgetProject, models.PROTECT, related_name="tasks")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    section = models.ForeignKey(BusinessSection, models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    unit = models.ForeignKey(BudgetUnit, models.PROTECT, related_name="+")
    problem = models.CharField(_("problem"), max_length=4)
    state = models.CharField(_("state"), max_length=12, choices=TaskState, default=TaskState.ISSUED)
    version = models.PositiveIntegerField(default=1)
    requirement = models.TextField(_("requirement"), blank=True)
    issued_at = models.DateTimeField(_("issued at"))
    reply_due_at = models.DateTimeField(_("reply due"), help_text="first instant that is too late")
    complete_due_at = models.DateTimeField(_("completion due"), help_text="first instant that is too late")
    closed_at = models.DateTimeField(_("closed at"), null=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["complete_due_at", "id"]
        verbose_name = _("rectification task")
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "project", "problem"],
                condition=~Q(state="closed"),
                name="one_open_task_per_project_cycle_and_problem",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at=None)),
                name="closed_task_has_its_time",
            ),
        ]
        indexes = [
            models.Index(fields=["division", "state", "complete_due_at"], name="tasks_by_state"),
            models.Index(fields=["department", "state"], name="tasks_of_a_department"),
            models.Index(fields=["unit", "state"], name="tasks_of_a_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.problem}"


class Reply(models.Model):
    """What the unit did about it (整改反馈). A new reply follows one that was sent back."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="replies")
    state = models.CharField(_("progress"), max_length=12, choices=ReplyState)
    measures = models.TextField(_("measures taken"), max_length=2000)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    amount = MoneyField(_("amount recovered, cut or re-allocated"), null=True, blank=True)
    responsible = models.CharField(_("person responsible"), max_length=60, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class ReplyEvidence(models.Model):
    """A file in proof of a reply."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False
    )
    reply = models.ForeignKey(Reply, models.PROTECT, related_name="evidence")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    file_name = models.CharField(_("file"), max_length=200)

    class Meta:
        ordering = ["id"]


class TaskStep(models.Model):
    """An act on a task. Only ever added."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="steps")
    action = models.CharField(_("action"), max_length=12, choices=TaskAction)
    from_state = models.CharField(max_length=12, choices=TaskState, blank=True)
    to_state = models.CharField(max_length=12, choices=TaskState)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    text = models.TextField(_("opinion"), max_length=2000, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class Acceptance(models.Model):
    """The bureau's verdict on a reply (验收), by somebody who neither issued nor answered the task."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="acceptances")
    reply = models.OneToOneField(Reply, models.PROTECT, related_name="acceptance")
    result = models.CharField(_("result"), max_length=10, choices=AcceptanceResult)
    verified_amount = MoneyField(_("verified amount"), null=True, blank=True)
    text = models.TextField(_("opinion"), max_length=2000, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()


class FundAction(models.Model):
    """Money that moved because of a task (资金处置)."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False
    )
    task = models.ForeignKey(Task, models.PROTECT, related_name="fund_actions")
    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    section = models.ForeignKey(BusinessSection, models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    unit = models.ForeignKey(BudgetUnit, models.PROTECT, related_name="+")
    kind = models.CharField(_("disposal"), max_length=12, choices=FundActionKind)
    fund_source = models.CharField(_("source of funds"), max_length=12, choices=FundSource)
    amount = MoneyField(_("amount"))
    document_no = models.CharField(_("document number"), max_length=60)
    executed_on = models.DateField(_("executed on"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="fund_action_moves_money"),
            models.UniqueConstraint(
                fields=["task", "kind", "document_no"], name="one_fund_action_per_document"
            ),
        ]
