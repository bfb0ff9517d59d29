"""Where a table, a cycle and a rule book may stand."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Stage(models.TextChoices):
    """With whom a monitoring table is. The order of the tiers is data in reviews.chain."""

    FILLING = "filling", _("Being filled")
    RETURNED = "returned", _("Returned to the unit")
    HEAD = "head", _("Unit head")
    DEPARTMENT = "department", _("Department review")
    SECTION = "section", _("Business section review")
    PERFORMANCE = "performance", _("Performance section review")
    THIRD_PARTY = "third_party", _("Third-party review")
    COMPLETED = "completed", _("Completed")


# The unit may type only here.
EDITABLE_STAGES = (Stage.FILLING, Stage.RETURNED)


class CycleState(models.TextChoices):
    OPEN = "open", pgettext_lazy("cycle", "Open")
    CLOSED = "closed", pgettext_lazy("cycle", "Closed")


class RuleBookState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")


class CellSource(models.TextChoices):
    """How a value came into its cell."""

    SYSTEM = "system", _("From the system")
    SUGGESTED = "suggested", _("Suggested by the system")
    CARRIED = "carried", _("Carried from the last cycle")
    TYPED = "typed", _("Typed")
    IMPORTED = "imported", _("Imported from a workbook")


class NodeLevel(models.TextChoices):
    UNIT = "unit", _("Budget unit")
    DEPARTMENT = "department", _("Department")
    SECTION = "section", _("Business section")
    DIVISION = "division", _("Division")
