"""The review chain's records: decisions are only ever added; remarks stand on cells; engagements end."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from foundation.ids import PUBLIC_ID_LENGTH, new_public_id
from foundation.money import MeasureField
from monitoring.models import Cycle, MonitoringTable
from monitoring.stages import Stage
from organisation.models import Division, Institution
from reviews.chain import Action, Outcome
from reviews.querysets import EngagementQuerySet, RemarkQuerySet
from reviews.sampling import Reason


class Review(models.Model):
    """One passage of a table through the chain: from its submission until it completes or comes back."""

    table = models.ForeignKey(MonitoringTable, models.PROTECT, related_name="reviews")
    revision = models.PositiveIntegerField(_("revision"))
    digest = models.CharField(max_length=64)
    snapshot = models.JSONField(help_text="the table as submitted")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("submitted at"))
    closed_at = models.DateTimeField(_("closed at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["table"], condition=Q(closed_at=None), name="one_open_review_per_table"
            ),
            models.UniqueConstraint(fields=["table", "revision"], name="one_review_per_revision"),
        ]


class Decision(models.Model):
    """An act of the chain, with the revision and digest that were seen. Only ever added."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False
    )
    table = models.ForeignKey(MonitoringTable, models.PROTECT, related_name="decisions")
    review = models.ForeignKey(Review, models.PROTECT, null=True, related_name="decisions")
    action = models.CharField(_("action"), max_length=12, choices=Action)
    from_stage = models.CharField(_("from"), max_length=12, choices=Stage)
    to_stage = models.CharField(_("to"), max_length=12, choices=Stage)
    revision = models.PositiveIntegerField(_("revision"))
    digest = models.CharField(max_length=64, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    on_behalf_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    code = models.CharField(_("reason code"), max_length=4, blank=True)
    text = models.TextField(_("opinion"), max_length=2000, blank=True)
    score = MeasureField(_("score"), null=True, blank=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(action="return") | (~Q(code="") & ~Q(text="")), name="a_return_has_code_and_text"
            ),
        ]
        indexes = [models.Index(fields=["table", "id"], name="decisions_of_a_table")]


class Remark(models.Model):
    """A note on one cell (批注); it stays until its question is settled."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False
    )
    table = models.ForeignKey(MonitoringTable, models.CASCADE, related_name="remarks")
    cell = models.CharField(max_length=80)
    text = models.TextField(_("remark"), max_length=1000)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    author_stage = models.CharField(max_length=12, choices=Stage)
    revision = models.PositiveIntegerField()
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = RemarkQuerySet.as_manager()

    class Meta:
        ordering = ["id"]


class Engagement(models.Model):
    """An institution is commissioned for a cycle, for a period (委托)."""

    public_id = models.CharField(
        max_length=PUBLIC_ID_LENGTH, unique=True, default=new_public_id, editable=False
    )
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="engagements")
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="engagements")
    contract_no = models.CharField(_("contract number"), max_length=60, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    objects = EngagementQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("engagement")
        permissions = [("audit_engagement", "Reviews what is assigned")]
        constraints = [
            models.UniqueConstraint(
                fields=["cycle", "institution"], name="one_engagement_per_cycle_and_institution"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="engagement_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution} · {self.cycle}"


class EngagementGrant(UserObjectPermissionBase):
    content_object = models.ForeignKey(Engagement, models.CASCADE)


class Assignment(models.Model):
    """A table handed to an engagement."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="assignments")
    table = models.ForeignKey(MonitoringTable, models.CASCADE, related_name="assignments")
    reason = models.CharField(_("why"), max_length=60, blank=True, choices=Reason)
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    assigned_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["table"], name="a_table_is_assigned_once")]


class Sample(models.Model):
    """How tables of an engagement were drawn; with the seed anybody can draw the same again."""

    engagement = models.ForeignKey(Engagement, models.CASCADE, related_name="samples")
    percent = models.PositiveSmallIntegerField(_("share drawn at random, %"))
    seed = models.CharField(_("seed"), max_length=40)
    red = models.PositiveIntegerField(_("red lights"))
    key = models.PositiveIntegerField(_("key projects"))
    population = models.PositiveIntegerField(_("drawn from"))
    drawn = models.PositiveIntegerField(_("drawn at random"))
    drawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    drawn_at = models.DateTimeField(_("drawn at"))

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(percent__lte=100), name="sample_is_a_share"),
            models.CheckConstraint(
                condition=Q(drawn__lte=F("population")), name="sample_is_part_of_its_population"
            ),
        ]
