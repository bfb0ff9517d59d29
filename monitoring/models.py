"""Cycles and their monitoring tables, with the figures that the rules give for them.

A table keeps its own copy of funds and targets: what was submitted never moves when the budget system does.
Rows carry division, section, department and unit, so that a list is one filter (organisation.scope).
"""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from foundation.ids import PUBLIC_ID_LENGTH, new_public_id
from foundation.money import MeasureField, MoneyField, RateField
from monitoring.choices import Grade, LevelResult, Light, Likelihood, Mismatch, Severity
from monitoring.querysets import (
    CycleQuerySet,
    EvidenceQuerySet,
    RollupQuerySet,
    RuleBookQuerySet,
    TableQuerySet,
)
from monitoring.stages import CellSource, CycleState, NodeLevel, RuleBookState, Stage
from organisation.models import BudgetUnit, BusinessSection, Department, Division
from projects.choices import Accrual, FundSource, Level1, Level2, Sign
from projects.models import BudgetProject, Indicator


class RuleBook(models.Model):
    """Everything regulated, as one validated document with a version; immutable once published."""

    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="rule_books")
    name = models.CharField(_("name"), max_length=120)
    label = models.CharField(_("label"), max_length=200, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    state = models.CharField(_("state"), max_length=10, choices=RuleBookState, default=RuleBookState.DRAFT)
    parameters = models.JSONField(_("parameters"))
    digest = models.CharField(max_length=64, blank=True)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)

    objects = RuleBookQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["division", "name", "version"], name="one_rule_book_per_name_and_version"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(published_at__isnull=False), name="published_book_has_its_time"
            ),
            models.CheckConstraint(
                condition=Q(published_by=None) | Q(drafted_by=None) | ~Q(published_by=F("drafted_by")),
                name="rule_book_published_by_a_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Cycle(models.Model):
    """A monitoring round: January to month m of a year (监控轮次)."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False
    )
    division = models.ForeignKey(Division, models.PROTECT, related_name="cycles")
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    month = models.PositiveSmallIntegerField(
        _("last month"), validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    cut_off = models.DateField(_("cut-off date"))
    state = models.CharField(_("state"), max_length=10, choices=CycleState, default=CycleState.OPEN)
    rule_book = models.ForeignKey(RuleBook, models.PROTECT, related_name="cycles")
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    third_party_tier = models.BooleanField(_("third party reviews"), default=True)
    performance_tier = models.BooleanField(_("performance section reviews"), default=True)
    head_tier = models.BooleanField(_("unit head confirms"), default=False)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    recomputed_at = models.DateTimeField(_("recomputed at"), null=True)

    objects = CycleQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "-month"]
        verbose_name = _("cycle")
        constraints = [
            models.UniqueConstraint(
                fields=["division", "year", "month"], name="one_cycle_per_year_and_month"
            ),
            models.CheckConstraint(condition=Q(month__gte=1, month__lte=12), name="cycle_month_in_year"),
        ]

    def __str__(self) -> str:
        return f"{self.year} 1–{self.month}"

    @cached_property
    def windows_by_stage(self) -> dict[str, "CycleWindow"]:
        """When each tier may act, by its stage; read once for this object."""
        return {window.stage: window for window in self.windows.all()}


class CycleWindow(models.Model):
    """When a tier of the cycle may act; `closes_at` is the first instant that is too late."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="windows")
    stage = models.CharField(_("tier"), max_length=12, choices=Stage)
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"))

    class Meta:
        ordering = ["cycle", "opens_at"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "stage"], name="one_window_per_tier"),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="window_closes_after_it_opens"
            ),
        ]


class CycleScope(models.Model):
    """A funded project is in the cycle, or exempt with a reason; nothing is forgotten."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="scope")
    project = models.ForeignKey(BudgetProject, models.PROTECT, related_name="+")
    exempt = models.BooleanField(_("exempt"), default=False)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "project"], name="project_once_in_a_cycle"),
            models.CheckConstraint(condition=Q(exempt=False) | ~Q(reason=""), name="exemption_has_a_reason"),
        ]


class MonitoringTable(models.Model):
    """One project in one cycle (项目支出绩效运行监控表)."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False
    )
    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="tables")
    project = models.ForeignKey(BudgetProject, models.PROTECT, related_name="tables")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    section = models.ForeignKey(BusinessSection, models.PROTECT, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+")
    unit = models.ForeignKey(BudgetUnit, models.PROTECT, related_name="+")

    stage = models.CharField(_("stage"), max_length=12, choices=Stage, default=Stage.FILLING)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    version = models.PositiveIntegerField(
        default=1, help_text="rises with every change; guards against stale pages"
    )
    digest = models.CharField(max_length=64, blank=True, help_text="of what was last submitted")
    submitted_at = models.DateTimeField(_("submitted at"), null=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    completed_at = models.DateTimeField(_("completed at"), null=True)
    newer_figures = models.BooleanField(_("newer figures exist"), default=False)

    manager = models.CharField(_("person in charge"), max_length=60, blank=True)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    execution_reason = models.TextField(_("reason for the execution gap"), max_length=500, blank=True)
    execution_plan_on = models.DateField(_("planned date of first payment"), null=True, blank=True)
    objective = models.TextField(_("annual objective"), max_length=2000, blank=True)
    objective_progress = models.TextField(_("progress towards the objective"), max_length=1000, blank=True)
    target_changed = models.BooleanField(_("target to be changed"), default=False)
    target_change_note = models.TextField(_("note on the change of target"), max_length=500, blank=True)
    problems = models.TextField(_("problems"), max_length=2000, blank=True)
    measures = models.TextField(_("measures"), max_length=2000, blank=True)
    suggestions = models.TextField(_("suggestions"), max_length=2000, blank=True)
    attainable = models.BooleanField(_("annual target attainable"), null=True, blank=True)

    # Folded in the transaction that changes a cell, so that a whole cycle is computed from slim columns.
    weighted_completion = RateField(_("weighted completion"), null=True)
    weighted_attainment = RateField(_("weighted attainment"), null=True)
    indicator_light = models.CharField(max_length=6, choices=Light, default=Light.GREY)
    likelihood_light = models.CharField(max_length=6, choices=Light, default=Light.GREY)
    errors_open = models.PositiveSmallIntegerField(_("errors"), default=0)
    warnings_open = models.PositiveSmallIntegerField(_("warnings without explanation"), default=0)
    cells_total = models.PositiveSmallIntegerField(default=0)
    cells_system = models.PositiveSmallIntegerField(default=0)
    cells_filled = models.PositiveSmallIntegerField(default=0)
    checked_at = models.DateTimeField(null=True)

    objects = TableQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("monitoring table")
        constraints = [
            models.UniqueConstraint(fields=["cycle", "project"], name="one_table_per_project_and_cycle"),
            models.CheckConstraint(
                condition=Q(stage__in=["filling", "returned", "head"]) | ~Q(digest=""),
                name="table_under_review_has_a_digest",
            ),
        ]
        indexes = [
            models.Index(fields=["cycle", "stage", "id"], name="tables_by_stage"),
            models.Index(fields=["cycle", "department", "stage"], name="tables_of_a_department"),
            models.Index(fields=["cycle", "unit", "stage"], name="tables_of_a_unit"),
            models.Index(fields=["cycle", "section", "stage"], name="tables_of_a_section"),
        ]

    def __str__(self) -> str:
        return f"{self.project} · {self.cycle}"


class FundRow(models.Model):
    """One source of funds on a table (form A, block B)."""

    table = models.ForeignKey(MonitoringTable, models.CASCADE, related_name="funds")
    source = models.CharField(_("source of funds"), max_length=12, choices=FundSource)
    initial = MoneyField(_("initial budget"), default=0)
    change = MoneyField(_("adjustment"), default=0)
    change_reason = models.CharField(_("reason for the adjustment"), max_length=500, blank=True)
    # A refresh brings the budget system's reason anew and leaves this one alone.
    change_note = models.CharField(
        _("reason for the adjustment, given by the unit"), max_length=500, blank=True, db_default=""
    )
    adjusted = MoneyField(_("adjusted budget"), default=0)
    in_place = MoneyField(_("funds in place"), default=0)
    executed = MoneyField(_("executed"), default=0)
    expected = MoneyField(_("expected full-year execution"), null=True, blank=True)
    previous_executed = MoneyField(_("executed in the last cycle"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["table", "source"], name="one_fund_row_per_source"),
            models.CheckConstraint(
                condition=Q(adjusted=F("initial") + F("change")), name="adjusted_is_the_sum"
            ),
        ]

    @property
    def reason_of_change(self) -> str:
        """Why the budget was adjusted: the budget system's reason, else the unit's."""
        return self.change_reason or self.change_note

    @property
    def asks_reason_of_change(self) -> bool:
        """Whether the unit gives the reason: the budget was adjusted, and the budget system does not say why."""
        return bool(self.change_note) or (self.change != 0 and not self.change_reason.strip())


class IndicatorRow(models.Model):
    """One indicator on a table: the target as it stood, and what the unit reports (form A, block D)."""

    table = models.ForeignKey(MonitoringTable, models.CASCADE, related_name="indicators")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="rows")
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
    due = models.BooleanField(_("due in this cycle"), default=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    dropped = models.BooleanField(_("dropped"), default=False)

    actual = MeasureField(_("actual"), null=True, blank=True)
    actual_text = models.CharField(
        max_length=200, blank=True, help_text="what was typed when it is not a number"
    )
    level = models.CharField(_("level reached"), max_length=10, choices=LevelResult, blank=True)
    expected_value = MeasureField(_("expected for the year"), null=True, blank=True)
    expected_text = models.CharField(max_length=200, blank=True)
    likelihood = models.CharField(_("likelihood"), max_length=10, choices=Likelihood, blank=True)
    causes = models.JSONField(_("causes"), default=list, blank=True)
    cause_text = models.TextField(_("explanation of causes"), max_length=1000, blank=True)
    measure = models.TextField(_("measure to be taken"), max_length=2000, blank=True)

    previous_actual = MeasureField(_("actual of the last cycle"), null=True, blank=True)
    previous_level = models.CharField(max_length=10, choices=LevelResult, blank=True)
    previous_light = models.CharField(max_length=6, choices=Light, blank=True)
    completion = RateField(_("completion"), null=True)
    attainment = RateField(_("attainment"), null=True)
    deviation = RateField(_("deviation"), null=True)
    light = models.CharField(_("light"), max_length=6, choices=Light, default=Light.GREY)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["table", "indicator"], name="one_row_per_indicator"),
        ]


class CellOrigin(models.Model):
    """Where a value that did not come straight from the budget system came from, and who put it there.

    System cells need no row: their column says so (monitoring.form), their source is the import named there.
    """

    table = models.ForeignKey(MonitoringTable, models.CASCADE, related_name="origins")
    cell = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=CellSource)
    source = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table", "cell"], name="one_origin_per_cell")]


class CheckResult(models.Model):
    """What a check found on a table; replaced at every run."""

    table = models.ForeignKey(MonitoringTable, models.CASCADE, related_name="check_results")
    check_id = models.CharField(_("check"), max_length=4)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity)
    cell = models.CharField(max_length=80, blank=True)
    code = models.CharField(max_length=40, blank=True)
    params = models.JSONField(default=dict)

    class Meta:
        ordering = ["check_id", "cell"]
        constraints = [
            models.UniqueConstraint(
                fields=["table", "check_id", "cell", "code"], name="a_check_finds_once_per_cell"
            ),
        ]


class Explanation(models.Model):
    """Why a warning may stand; shown to every reviewer."""

    table = models.ForeignKey(MonitoringTable, models.CASCADE, related_name="explanations")
    check_id = models.CharField(_("check"), max_length=4)
    cell = models.CharField(max_length=80, blank=True)
    text = models.TextField(_("explanation"), max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "check_id", "cell"], name="one_explanation_per_check"),
        ]


class TableFigures(models.Model):
    """What the rules give for a table. Derived: a recompute writes only rows that differ."""

    table = models.OneToOneField(
        MonitoringTable, models.CASCADE, primary_key=True, related_name="figures", db_constraint=False
    )
    cycle_id = models.BigIntegerField()
    division_id = models.BigIntegerField()
    section_id = models.BigIntegerField()
    department_id = models.BigIntegerField()
    unit_id = models.BigIntegerField()
    project_id = models.BigIntegerField()
    initial = MoneyField(default=0)
    adjusted = MoneyField(default=0)
    in_place = MoneyField(default=0)
    executed = MoneyField(default=0)
    expected = MoneyField(null=True)
    execution_rate = RateField(null=True)
    prorated_rate = RateField(null=True)
    in_place_rate = RateField(null=True)
    expected_rate = RateField(null=True)
    weighted_completion = RateField(null=True)
    weighted_attainment = RateField(null=True)
    gap = RateField(
        null=True, help_text="weighted completion less execution rate, as a ratio; 0.10 is ten points"
    )
    mismatch = models.CharField(max_length=12, choices=Mismatch, blank=True)
    mismatch_light = models.CharField(max_length=6, choices=Light, default=Light.GREY)
    budget_light = models.CharField(max_length=6, choices=Light, default=Light.GREY)
    target_light = models.CharField(max_length=6, choices=Light, default=Light.GREY)
    expected_light = models.CharField(max_length=6, choices=Light, default=Light.GREY)
    composite = models.CharField(max_length=6, choices=Light, default=Light.GREY)
    execution_score = MeasureField(null=True)
    target_score = MeasureField(null=True)
    score = MeasureField(null=True)
    grade = models.CharField(max_length=10, choices=Grade, blank=True)
    rule_book_id = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["cycle_id", "composite"], name="figures_by_light"),
            models.Index(fields=["cycle_id", "department_id"], name="figures_of_a_department"),
        ]


class Rollup(models.Model):
    """Sums and counts of a cycle at one node; every dashboard number comes from here."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="rollups", db_constraint=False)
    level = models.CharField(max_length=12, choices=NodeLevel)
    node_id = models.BigIntegerField()
    tables = models.PositiveIntegerField(default=0)
    filling = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    head = models.PositiveIntegerField(default=0)
    department_tier = models.PositiveIntegerField(default=0)
    section_tier = models.PositiveIntegerField(default=0)
    performance_tier = models.PositiveIntegerField(default=0)
    third_party_tier = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)
    red = models.PositiveIntegerField(default=0)
    yellow = models.PositiveIntegerField(default=0)
    green = models.PositiveIntegerField(default=0)
    blue = models.PositiveIntegerField(default=0)
    grey = models.PositiveIntegerField(default=0)
    money_ahead = models.PositiveIntegerField(default=0)
    target_ahead = models.PositiveIntegerField(default=0)
    serious_mismatch = models.PositiveIntegerField(default=0)
    with_errors = models.PositiveIntegerField(default=0)
    initial = MoneyField(default=0)
    adjusted = MoneyField(default=0)
    in_place = MoneyField(default=0)
    executed = MoneyField(default=0)
    expected = MoneyField(default=0)
    cells_total = models.PositiveIntegerField(default=0)
    cells_system = models.PositiveIntegerField(default=0)
    score_sum = MeasureField(default=0)
    scored = models.PositiveIntegerField(default=0)

    objects = RollupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cycle", "level", "node_id"], name="one_rollup_per_node")
        ]


class Blob(models.Model):
    """A file, stored once by its digest; never overwritten."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()
    path = models.CharField(max_length=120)
    received_at = models.DateTimeField()


class Evidence(models.Model):
    """A file offered in proof of a table, or of one of its cells (佐证材料)."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False
    )
    table = models.ForeignKey(MonitoringTable, models.CASCADE, related_name="evidence")
    cell = models.CharField(max_length=80, blank=True)
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    file_name = models.CharField(_("file"), max_length=200)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded at"))
    removed_at = models.DateTimeField(null=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
