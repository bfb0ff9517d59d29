"""Option lists of the budget system's data. Labels are those of the published forms."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class FundSource(models.TextChoices):
    """The rows of the funds block, in the order of the form."""

    GENERAL = "general", _("General public budget")
    GOVFUND = "govfund", _("Government funds budget")
    SOE = "soe", _("State capital operating budget")
    TRANSFER = "transfer", _("Transfer from above")
    SPECIAL = "special", _("Funds in special fiscal accounts")
    CARRYOVER = "carryover", _("Carried over from last year")
    OWN = "own", _("Unit's own funds")
    OTHER = "other", _("Other funds")


class ProjectKind(models.TextChoices):
    RECURRENT = "recurrent", _("Recurrent")
    CONTINUING = "continuing", _("Continuing")
    ONE_OFF = "one_off", _("One-off")


class ProjectNature(models.TextChoices):
    NEW = "new", pgettext_lazy("project nature", "New")
    CONTINUED = "continued", pgettext_lazy("project nature", "Continued")


class ProjectClass(models.TextChoices):
    PERSONNEL = "personnel", _("Personnel")
    OPERATION = "operation", _("Operation")
    SPECIFIC = "specific", _("Specific target")


class AdjustmentKind(models.TextChoices):
    ADDED = "added", _("Added")
    REDUCED = "reduced", _("Reduced")
    MOVED = "moved", _("Re-allocated")
    RECOVERED = "recovered", _("Recovered")
    CARRYOVER_USED = "carryover", _("Carry-over used")


class Sign(models.TextChoices):
    """How an actual is compared with its target (计算符号)."""

    GE = "ge", "≥"
    GT = "gt", "＞"
    EQ = "eq", "＝"
    LT = "lt", "＜"
    LE = "le", "≤"
    BETWEEN = "between", _("interval")
    LEVEL = "level", _("qualitative")


class Accrual(models.TextChoices):
    """Whether an actual grows through the year or is read at one moment."""

    CUMULATIVE = "cumulative", _("Cumulative")
    POINT = "point", _("Point in time")


class ImportKind(models.TextChoices):
    BUDGET = "budget", _("Budget workbook")
    PAYMENTS = "payments", _("Payments")


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("Uploaded")
    CHECKED = "checked", _("Checked")
    REFUSED = "refused", _("Refused")
    APPLIED = "applied", _("Applied")


class Level1(models.TextChoices):
    OUTPUT = "output", _("Output indicators")
    COST = "cost", _("Cost indicators")
    EFFECT = "effect", _("Effect indicators")
    SATISFACTION = "satisfaction", _("Satisfaction indicators")


class Level2(models.TextChoices):
    QUANTITY = "quantity", _("Quantity")
    QUALITY = "quality", _("Quality")
    TIMELINESS = "timeliness", _("Timeliness")
    COST = "cost", _("Cost")
    ECONOMIC_COST = "economic_cost", _("Economic cost")
    SOCIAL_COST = "social_cost", _("Social cost")
    ECOLOGICAL_COST = "ecological_cost", _("Ecological cost")
    ECONOMIC = "economic", _("Economic benefit")
    SOCIAL = "social", _("Social benefit")
    ECOLOGICAL = "ecological", _("Ecological benefit")
    SUSTAINABLE = "sustainable", _("Lasting influence")
    BENEFICIARY = "beneficiary", _("Satisfaction of those served")


CUMULATIVE_BY_DEFAULT = frozenset({Level2.QUANTITY, Level2.ECONOMIC, Level2.SOCIAL, Level2.ECOLOGICAL})


def default_accrual(level2: str) -> Accrual:
    """What an indicator of this second level is unless the project says otherwise."""
    return Accrual.CUMULATIVE if level2 in CUMULATIVE_BY_DEFAULT else Accrual.POINT
