"""The words of the regulation that a cell, a light or a rule can hold.

Source: docs/rules/words.md
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from projects.choices import Level2, Sign


class Light(TextChoices):
    RED = "red", _("Red")
    YELLOW = "yellow", _("Yellow")
    GREEN = "green", _("Green")
    BLUE = "blue", _("Blue")
    GREY = "grey", _("Grey")


class IndicatorKind(TextChoices):
    """What the sign means for the completion; derived by `kind_of`, never stored."""

    POSITIVE = "positive", _("More is better")
    NEGATIVE = "negative", _("Less is better")
    EQUAL = "equal", _("Equal to")
    INTERVAL = "interval", _("Within an interval")
    QUALITATIVE = "qualitative", _("Qualitative")


KIND_OF_SIGN = {
    Sign.GE: IndicatorKind.POSITIVE,
    Sign.GT: IndicatorKind.POSITIVE,
    Sign.EQ: IndicatorKind.EQUAL,
    Sign.LT: IndicatorKind.NEGATIVE,
    Sign.LE: IndicatorKind.NEGATIVE,
    Sign.BETWEEN: IndicatorKind.INTERVAL,
    Sign.LEVEL: IndicatorKind.QUALITATIVE,
}


def kind_of(sign: str) -> IndicatorKind:
    """The kind of an indicator with this sign. Raises ValueError for an unknown sign."""
    return KIND_OF_SIGN[Sign(sign)]


class LevelResult(TextChoices):
    """Result of a qualitative indicator, in the words of the monitoring form."""

    ACHIEVED = "achieved", _("Target achieved")
    PARTLY = "partly", _("Target partly achieved, with some effect")
    NOT = "not", _("Target not achieved, with poor effect")


# The same three levels as other published forms word them: an import knows them all, a page shows the label.
LEVEL_WORDINGS = {
    "达成目标": LevelResult.ACHIEVED,
    "达成年度指标": LevelResult.ACHIEVED,
    "达到预期目标": LevelResult.ACHIEVED,
    "部分达成目标并具有一定效果": LevelResult.PARTLY,
    "部分达成年度指标并具有一定效果": LevelResult.PARTLY,
    "部分达到预期目标,并且具备一定效果": LevelResult.PARTLY,
    "部分达到预期目标，并且具备一定效果": LevelResult.PARTLY,
    "未达成目标且效果较差": LevelResult.NOT,
    "未达成年度指标且效果较差": LevelResult.NOT,
    "未达到预期目标": LevelResult.NOT,
}


class Likelihood(TextChoices):
    """Likelihood of reaching the year's target (完成目标可能性)."""

    CERTAIN = "certain", _("Certain")
    POSSIBLE = "possible", _("Possible")
    IMPOSSIBLE = "impossible", _("Impossible")


class CauseCategory(TextChoices):
    """Kind of cause of a deviation (偏差原因分析)."""

    FUNDING = "funding", _("Funding")
    SYSTEM = "system", _("Institutional arrangements")
    STAFF = "staff", _("Staffing")
    HARDWARE = "hardware", _("Equipment and conditions")
    OTHER = "other", _("Other causes")


class Grade(TextChoices):
    EXCELLENT = "excellent", pgettext_lazy("grade", "Excellent")
    GOOD = "good", pgettext_lazy("grade", "Good")
    FAIR = "fair", pgettext_lazy("grade", "Fair")
    POOR = "poor", pgettext_lazy("grade", "Poor")


class Mismatch(TextChoices):
    """How spending and targets move against each other."""

    CONSISTENT = "consistent", _("Money and targets in step")
    MONEY_AHEAD = "money_ahead", _("Money ahead of targets")
    TARGET_AHEAD = "target_ahead", _("Targets ahead of money")


class Severity(TextChoices):
    """What a check's finding does: blocks, asks for an explanation, or hints to reviewers."""

    ERROR = "error", _("Error")
    WARNING = "warning", _("Needs an explanation")
    HINT = "hint", _("Hint")


class Tier(TextChoices):
    """Who acts in the chain; the clocks and return reasons of a rule book are kept per tier."""

    UNIT = "unit", _("Budget unit")
    DEPARTMENT = "department", _("Competent department")
    SECTION = "section", _("Business section")
    PERFORMANCE = "performance", _("Performance section")
    THIRD_PARTY = "third_party", _("Third-party institution")


COSTS = frozenset({Level2.COST, Level2.ECONOMIC_COST, Level2.SOCIAL_COST, Level2.ECOLOGICAL_COST})
