"""Points and grade of a table. Points have two places, rounded half up; an unknown part gives no score.

Source: docs/rules/score.md, grade.md
"""

from decimal import Decimal

from monitoring.choices import Grade
from monitoring.completion import NOTHING, WHOLE
from monitoring.rates import half_up
from monitoring.rulebook import Rules


def execution_score(prorated: Decimal | None, rules: Rules) -> Decimal | None:
    """execution_weight times the prorated execution rate, that held between 0 and 1; None without a rate.

    Integers: hundredths of a point nearest to weight · min(10^6, max(0, prorated)) / 10^10, a tie going up,
    with weight and rate in millionths.
    """
    return _points(rules.execution_weight, prorated)


def target_score(attained: Decimal | None, rules: Rules) -> Decimal | None:
    """(100 - execution_weight) times the weighted attainment; None when no indicator counts.

    Integers: as execution_score, with weight 100 - execution_weight.
    """
    return _points(rules.indicator_weight, attained)


def _points(weight: Decimal, share: Decimal | None) -> Decimal | None:
    if share is None:
        return None
    return half_up(weight * min(WHOLE, max(NOTHING, share)), 2)


def score(execution: Decimal | None, targets: Decimal | None) -> Decimal | None:
    """Monitoring score, 0 to 100: the sum of the two rounded parts; None when one is unknown."""
    if execution is None or targets is None:
        return None
    return execution + targets


def grade(points: Decimal | None, rules: Rules) -> Grade | None:
    """Grade of a score; each boundary belongs to the better grade. None without a score."""
    if points is None:
        return None
    if points >= rules.excellent_from:
        return Grade.EXCELLENT
    if points >= rules.good_from:
        return Grade.GOOD
    return Grade.FAIR if points >= rules.fair_from else Grade.POOR
