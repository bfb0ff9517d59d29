"""Whether money and targets move together: the second half of double monitoring.

Source: docs/rules/mismatch.md
"""

from decimal import Decimal

from monitoring.choices import Light, Mismatch
from monitoring.rulebook import Rules


def gap(completed: Decimal | None, rate: Decimal | None) -> Decimal | None:
    """Weighted completion less execution rate, as a ratio: 0.10 is ten points; None when one is unknown.

    Both with six places and neither set against time. Integers: their difference in millionths.
    """
    if completed is None or rate is None:
        return None
    return completed - rate


def mismatch(difference: Decimal | None, rules: Rules) -> Mismatch | None:
    """The kind of mismatch: in step up to and including gap_yellow_above, either way; None when unknown.

    difference: gap(), positive when targets are ahead of money.
    """
    if difference is None:
        return None
    if abs(difference) <= rules.gap_yellow_above:
        return Mismatch.CONSISTENT
    return Mismatch.TARGET_AHEAD if difference > 0 else Mismatch.MONEY_AHEAD


def mismatch_light(difference: Decimal | None, rules: Rules) -> Light:
    """Red above gap_red_above, yellow above gap_yellow_above, else green; grey when unknown."""
    if difference is None:
        return Light.GREY
    if abs(difference) > rules.gap_red_above:
        return Light.RED
    return Light.YELLOW if abs(difference) > rules.gap_yellow_above else Light.GREEN
