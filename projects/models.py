"""Budget projects as the budget system knows them: funds, adjustments, receipts, payments, indicators.

Everything here comes in through an import and is read-only to those who fill tables.
Rows carry their division, section, department and unit, so that a list is one filter (organisation.scope).
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.ids import PUBLIC_ID_LENGTH, new_public_id
from foundation.money import MeasureField, MoneyField
from organisation.models import BudgetUnit, BusinessSection, Department, Division
from projects.choices import (
    Accrual,
    AdjustmentKind,
    FundSource,
    ImportKind,
    ImportState,
    Level1,
    Level2,
    ProjectClass,
    ProjectKind,
    ProjectNature,
    Sign,
)
from projects.querysets import ImportBatchQuerySet, ProjectQuerySet

MONTHS = range(1, 13)


class BudgetProject(models.Model):
    """A project of one budget year (预算项目)."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False
    )
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    section = models.ForeignKey(BusinessSection, models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, related_name="projects")
    unit = models.ForeignKey(BudgetUnit, models.PROTECT, related_name="projects")
    year = models.PositiveSmallIntegerField(_("budget year"))
    code = models.CharField(_("project code"), max_length=21)
    name = models.CharField(_("project name"), max_length=200)
    search_text = models.CharField(max_length=700, blank=True, help_text="code, name, pinyin; for search")
    kind = models.CharField(_("project type"), max_length=12, choices=ProjectKind, blank=True)
    nature = models.CharField(_("nature"), max_length=12, choices=ProjectNature)
    klass = models.CharField(_("class"), max_length=12, choices=ProjectClass)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    manager = models.CharField(_("person in charge"), max_length=60, blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    key_monitored = models.BooleanField(_("key monitoring"), default=False)
    objective = models.TextField(_("annual objective"), max_length=2000)
    row_digest = models.CharField(max_length=32, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("budget project")
        constraints = [
            models.UniqueConstraint(
                fields=["division", "year", "code"], name="one_project_per_code_and_year"
            ),
            models.CheckConstraint(condition=~Q(code=""), name="project_has_a_code"),
        ]
        indexes = [
            models.Index(fields=["division", "year", "department"], name="projects_of_a_department"),
            models.Index(fields=["unit", "year"], name="projects_of_a_unit"),
        ]

    def __str__(self) -> str:
        return self.name


class FundingLine(models.Model):
    """One source of a project's money in its year (资金来源)."""

    project = models.ForeignKey(BudgetProject, models.CASCADE, related_name="lines")
    source = models.CharField(_("source of funds"), max_length=12, choices=FundSource)
    initial = MoneyField(_("initial budget"), default=0)
    opening_reason = models.CharField(_("note on the initial budget"), max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "source"], name="one_line_per_source"),
            models.CheckConstraint(condition=Q(initial__gte=0), name="initial_budget_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.get_source_display()}"


class LineMonths(models.Model):
    """What was paid, changed and received on a line, month by month.

    Folded in the transaction that writes payments, adjustments and receipts: a cycle that ends in month m
    sums the first m columns instead of thousands of rows. `verify_folds` proves the folds against the rows.
    """

    line = models.OneToOneField(FundingLine, models.CASCADE, primary_key=True, related_name="months")
    project = models.ForeignKey(BudgetProject, models.CASCADE, related_name="months", db_constraint=False)
    for _month in MONTHS:
        locals()[f"paid_{_month}"] = MoneyField(default=0)
        locals()[f"change_{_month}"] = MoneyField(default=0)
        locals()[f"received_{_month}"] = MoneyField(default=0)
    del _month


class BudgetAdjustment(models.Model):
    """A change of a line's budget during the year; cuts are negative (预算调整)."""

    line = models.ForeignKey(FundingLine, models.CASCADE, related_name="adjustments")
    document_no = models.CharField(_("document number"), max_length=60)
    on = models.DateField(_("date"))
    amount = MoneyField(_("amount"))
    kind = models.CharField(_("kind"), max_length=12, choices=AdjustmentKind)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    batch = models.ForeignKey("ImportBatch", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["line", "document_no"], name="one_adjustment_per_document"),
            models.CheckConstraint(condition=~Q(amount=0), name="adjustment_moves_money"),
        ]


class Receipt(models.Model):
    """Money that arrived on a line (到位)."""

    line = models.ForeignKey(FundingLine, models.CASCADE, related_name="receipts")
    document_no = models.CharField(_("document number"), max_length=60)
    on = models.DateField(_("date"))
    amount = MoneyField(_("amount"))
    batch = models.ForeignKey("ImportBatch", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["line", "document_no"], name="one_receipt_per_document")
        ]


class Payment(models.Model):
    """A payment voucher; a refund is negative (支付)."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_constraint=False)
    project = models.ForeignKey(BudgetProject, models.CASCADE, related_name="payments")
    line = models.ForeignKey(FundingLine, models.CASCADE, related_name="payments")
    voucher_no = models.CharField(_("voucher number"), max_length=40)
    paid_on = models.DateField(_("paid on"))
    amount = MoneyField(_("amount"))
    is_refund = models.BooleanField(_("refund"), default=False)
    payee = models.CharField(_("payee"), max_length=200, blank=True)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    quota_no = models.CharField(_("quota document"), max_length=60, blank=True)
    batch = models.ForeignKey("ImportBatch", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["paid_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["division", "voucher_no"], name="one_payment_per_voucher"),
            models.CheckConstraint(
                condition=Q(is_refund=False, amount__gt=0) | Q(is_refund=True, amount__lt=0),
                name="only_refunds_are_negative",
            ),
        ]
        indexes = [models.Index(fields=["project", "paid_on"], name="payments_of_a_project")]


class Indicator(models.Model):
    """A performance indicator with its target for the year (绩效指标)."""

    project = models.ForeignKey(BudgetProject, models.CASCADE, related_name="indicators")
    code = models.CharField(_("indicator code"), max_length=40)
    position = models.PositiveSmallIntegerField(default=0)
    level1 = models.CharField(_("level 1"), max_length=20, choices=Level1)
    level2 = models.CharField(_("level 2"), max_length=30, choices=Level2)
    name = models.CharField(_("indicator"), max_length=200)
    sign = models.CharField(_("sign"), max_length=8, choices=Sign)
    target_low = MeasureField(_("target"), null=True, blank=True)
    target_high = MeasureField(_("target, upper end"), null=True, blank=True)
    target_text = models.CharField(_("target in words"), max_length=200, blank=True)
    unit = models.CharField(_("unit"), max_length=40, blank=True)
    weight = MeasureField(_("weight"), default=0)
    accrual = models.CharField(_("accrual"), max_length=12, choices=Accrual)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    dropped = models.BooleanField(_("dropped"), default=False)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "code"], name="one_indicator_per_code"),
            models.CheckConstraint(condition=Q(weight__gte=0, weight__lte=100), name="weight_within_hundred"),
        ]

    def __str__(self) -> str:
        return self.name


class SecretExclusion(models.Model):
    """How many secret projects of a department were refused at the door; nothing else is kept of them."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    department_name = models.CharField(_("department"), max_length=200)
    projects = models.PositiveIntegerField(_("projects refused"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["division", "year", "department_name"], name="one_count_per_department"
            ),
        ]


class ImportBatch(models.Model):
    """One file offered for import: what it is, what it would change, what it changed."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False
    )
    division = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=ImportKind)
    state = models.CharField(_("state"), max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    file_name = models.CharField(_("file"), max_length=250)
    stored_path = models.CharField(max_length=250, blank=True)
    sha256 = models.CharField(_("checksum"), max_length=64)
    size = models.PositiveBigIntegerField(_("size"))
    counts = models.JSONField(_("counts"), default=dict)
    control_totals = models.JSONField(_("control totals"), default=dict)
    faults = models.JSONField(_("errors"), default=list)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded at"))
    applied_at = models.DateTimeField(_("applied at"), null=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
