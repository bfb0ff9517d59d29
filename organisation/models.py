"""Where and who: divisions, sections, departments, units, institutions; people and their appointments."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from organisation.querysets import AppointmentQuerySet, NodeQuerySet, UserQuerySet
from organisation.roles import NodeKind, Role


class Division(models.Model):
    """An administrative division (区划); its finance bureau is the tenant of every row below it."""

    code = models.CharField(_("code"), max_length=9, unique=True)
    name = models.CharField(_("name"), max_length=100)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    is_bureau = models.BooleanField(_("keeps projects here"), default=False)

    objects = NodeQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("division")
        permissions = [
            ("steer_division", "Steers monitoring of the division"),
            ("oversee_division", "Reads everything of the division"),
            ("run_division", "Runs the installation"),
            ("appoint_division", "Appoints people"),
            ("audit_division", "Reads the audit trail"),
        ]

    def __str__(self) -> str:
        return self.name


class Node(models.Model):
    """What every node below a division has."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    code = models.CharField(_("code"), max_length=21)
    name = models.CharField(_("name"), max_length=200)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    objects = NodeQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class BusinessSection(Node):
    """A section of the finance bureau that looks after some departments (对口业务科室)."""

    class Meta(Node.Meta):
        verbose_name = _("business section")
        permissions = [("review_businesssection", "Reviews for the section")]
        constraints = [models.UniqueConstraint(fields=["division", "code"], name="one_section_per_code")]


class Department(Node):
    """A competent department (主管部门)."""

    section = models.ForeignKey(BusinessSection, models.PROTECT, related_name="departments")
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")

    class Meta(Node.Meta):
        verbose_name = _("department")
        permissions = [("review_department", "Reviews for the department")]
        constraints = [models.UniqueConstraint(fields=["division", "code"], name="one_department_per_code")]


class BudgetUnit(Node):
    """A budget unit (预算单位): it has projects and fills their tables."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="units")
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")

    class Meta(Node.Meta):
        verbose_name = _("budget unit")
        permissions = [
            ("fill_budgetunit", "Fills the unit's tables"),
            ("confirm_budgetunit", "Confirms the unit's tables"),
        ]
        constraints = [models.UniqueConstraint(fields=["division", "code"], name="one_unit_per_code")]


class Institution(models.Model):
    """A third-party institution (第三方机构) commissioned by a finance bureau."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=200)
    credit_code = models.CharField(_("unified social credit code"), max_length=18, blank=True)

    objects = NodeQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("third-party institution")
        permissions = [("work_institution", "Works for the institution")]
        constraints = [models.UniqueConstraint(fields=["division", "name"], name="one_institution_per_name")]

    def __str__(self) -> str:
        return self.name


class PeopleManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Creates people with a hashed password, and asks the questions of UserQuerySet."""


class User(AbstractUser):
    """A person. What they may do comes from appointments alone; nobody is a business superuser."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("full name"), max_length=60)
    phone = models.CharField(_("telephone"), max_length=30, blank=True)
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="people")
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_demo = models.BooleanField(default=False)
    must_change_password = models.BooleanField(default=False)

    REQUIRED_FIELDS = ["name"]
    objects = PeopleManager()  # type: ignore[misc]

    class Meta:
        ordering = ["username"]
        verbose_name = _("person")

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


_ONE_NODE = (
    Q(kind="division", division__isnull=False, section=None, department=None, unit=None, institution=None)
    | Q(kind="section", division=None, section__isnull=False, department=None, unit=None, institution=None)
    | Q(kind="department", division=None, section=None, department__isnull=False, unit=None, institution=None)
    | Q(kind="unit", division=None, section=None, department=None, unit__isnull=False, institution=None)
    | Q(
        kind="institution", division=None, section=None, department=None, unit=None, institution__isnull=False
    )
)


class Appointment(models.Model):
    """A person holds a role at a node, from a day until a day (both inclusive)."""

    user = models.ForeignKey(User, models.PROTECT, related_name="appointments", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=12, choices=Role)
    kind = models.CharField(_("kind of node"), max_length=12, choices=NodeKind)
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="appointments")
    section = models.ForeignKey(BusinessSection, models.PROTECT, null=True, blank=True)
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True)
    unit = models.ForeignKey(BudgetUnit, models.PROTECT, null=True, blank=True)
    institution = models.ForeignKey(Institution, models.PROTECT, null=True, blank=True)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    appointed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("appointment")
        constraints = [
            models.CheckConstraint(condition=_ONE_NODE, name="appointment_is_at_one_node"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="appointment_ends_after_it_starts",
            ),
            *(
                models.UniqueConstraint(
                    fields=["user", "role", node],
                    condition=Q(ends_on=None),
                    name=f"one_running_appointment_per_{node}",
                )
                for node in NodeKind.values
            ),
        ]
        indexes = [models.Index(fields=["user", "ends_on"], name="appointments_of_a_person")]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.node}"

    @property
    def node(self) -> models.Model:
        """The division, section, department, unit or institution the role is held at."""
        return getattr(self, self.kind)


class DivisionGrant(UserObjectPermissionBase):
    content_object = models.ForeignKey(Division, models.CASCADE)


class BusinessSectionGrant(UserObjectPermissionBase):
    content_object = models.ForeignKey(BusinessSection, models.CASCADE)


class DepartmentGrant(UserObjectPermissionBase):
    content_object = models.ForeignKey(Department, models.CASCADE)


class BudgetUnitGrant(UserObjectPermissionBase):
    content_object = models.ForeignKey(BudgetUnit, models.CASCADE)


class InstitutionGrant(UserObjectPermissionBase):
    content_object = models.ForeignKey(Institution, models.CASCADE)


class Notification(models.Model):
    """News for one person, shown on the bell and on My work. Text is rendered in the reader's language."""

    recipient = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=250, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "key"], name="one_notification_per_key"),
        ]
        indexes = [
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="unread_notifications"),
        ]
