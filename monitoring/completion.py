"""How far an indicator is: against its year's target, against the time gone by, and what that scores.

Source: docs/rules/completion.md, attainment.md, weighted-completion.md, score.md
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from monitoring.choices import LevelResult
from monitoring.rates import MONTHS, STEP, half_up, ratio
from monitoring.rulebook import LevelBand
from projects.choices import Accrual, Sign

NOTHING = Decimal(0)
WHOLE = Decimal(1)

MORE_IS_BETTER = (Sign.GE, Sign.GT)
LESS_IS_BETTER = (Sign.LE, Sign.LT)


def is_met(sign: str, low: Decimal | None, high: Decimal | None, actual: Decimal | None) -> bool | None:
    """Whether a numeric actual lies where its sign wants it at the end of the year; None when unknown.

    low: the target, or the lower end of an interval; high: the upper end, for intervals only.
    ＞ and ＜ are strict.
    """
    if actual is None or low is None:
        return None
    if sign == Sign.BETWEEN:
        return None if high is None or high < low else low <= actual <= high
    if sign == Sign.GE:
        return actual >= low
    if sign == Sign.GT:
        return actual > low
    if sign == Sign.LE:
        return actual <= low
    if sign == Sign.LT:
        return actual < low
    return actual == low if sign == Sign.EQ else None


def completion(
    sign: str, low: Decimal | None, high: Decimal | None, actual: Decimal | None
) -> Decimal | None:
    """Completion of a numeric indicator against the target of the year, 0 or more, six places (完成率).

    More is better, and equal to a target above 0: actual / target. Less is better: 1 up to the target,
    then 1 - (actual - target) / target, not below 0. Equal to 0: 1 when it is 0, else 0.
    Interval: 1 inside, actual / low below it, above it as "less is better" against high.
    None when the actual or the target is unknown, negative, or cannot be compared (≥ 0).
    Integers: ratio(actual, target) and ratio(2 · target - actual, target), in 10^-4 of the unit.
    Source: docs/rules/completion.md
    """
    if actual is None or low is None or low < 0:
        return None
    if sign in LESS_IS_BETTER:
        return _not_above(low, actual)
    if sign == Sign.BETWEEN:
        return _inside(low, high, actual)
    if sign == Sign.EQ and low == 0:
        return WHOLE if actual == 0 else NOTHING
    if sign == Sign.EQ or sign in MORE_IS_BETTER:
        return ratio(max(actual, NOTHING), low)
    return None


def _not_above(limit: Decimal, actual: Decimal) -> Decimal:
    if actual <= limit:
        return WHOLE
    return max(NOTHING, ratio(2 * limit - actual, limit) or NOTHING)


def _inside(low: Decimal, high: Decimal | None, actual: Decimal) -> Decimal | None:
    if high is None or high < low:
        return None
    if actual > high:
        return _not_above(high, actual)
    return WHOLE if actual >= low else ratio(max(actual, NOTHING), low)


def level_completion(
    level: str | None, bands: Mapping[str, LevelBand], claimed: Decimal | None = None
) -> Decimal | None:
    """Completion of a qualitative indicator: the band's usual one, or the claimed one held within the band.

    level: a LevelResult, empty or None when no result was given (None then).
    bands: rules.level_bands. The top of a band belongs to the next one, except that of the highest.
    Source: docs/rules/completion.md
    """
    if not level:
        return None
    band = bands[level]
    if claimed is None:
        return band.usual
    top = band.high if level == LevelResult.ACHIEVED else band.high - STEP
    return half_up(min(max(claimed, band.low), top), 6)


def follows_time(sign: str, accrual: str, low: Decimal | None) -> bool:
    """Whether an indicator is judged by what time progress lets expect: it grows, and more is better."""
    if accrual != Accrual.CUMULATIVE or low is None or low <= 0:
        return False
    return sign == Sign.EQ or sign in MORE_IS_BETTER


def attainment(
    sign: str,
    accrual: str,
    low: Decimal | None,
    actual: Decimal | None,
    month: int,
    completed: Decimal | None,
) -> Decimal | None:
    """Completion against what is expected by the end of `month`, six places; 1 is in time (序时完成率).

    Cumulative indicators where more is better, or equal to a target above 0: actual / (target · month / 12),
    from the raw values. All others: the completion itself.
    completed: the completion, which is None when the actual or the target is not known.
    Integers: ratio(12 · actual, month · target).
    Source: docs/rules/attainment.md
    """
    if completed is None or actual is None or low is None or not follows_time(sign, accrual, low):
        return completed
    return ratio(max(actual, NOTHING) * MONTHS, low * month)


def deviation(sign: str, low: Decimal | None, high: Decimal | None, actual: Decimal | None) -> Decimal | None:
    """(actual - target) / target, six places; 0 inside an interval, else from its nearer end (偏离度).

    None for qualitative indicators, a target of 0, or when a part is unknown.
    Source: docs/rules/completion.md
    """
    if actual is None or low is None or sign == Sign.LEVEL:
        return None
    target = low
    if sign == Sign.BETWEEN and high is not None:
        if low <= actual <= high:
            return NOTHING
        target = high if actual > high else low
    return ratio(actual - target, target)


def weighted_share(rows: Iterable[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """Weighted mean of shares, each counted between 0 and 1, six places (加权完成率).

    rows: (weight, share) of the indicators that are due and not dropped. A share of None (no result, no
    target) is left out with its weight; None when nothing remains or all weights are 0.
    Integers: the integer nearest to Σ weight · min(10^6, share) / Σ weight, a tie going up.
    Source: docs/rules/weighted-completion.md
    """
    weights = earned = NOTHING
    for weight, share in rows:
        if share is not None:
            weights += weight
            earned += weight * min(WHOLE, max(NOTHING, share))
    return ratio(earned, weights)


def indicator_score(weight: Decimal, share: Decimal | None) -> Decimal | None:
    """Points of an indicator: its weight times the share, at most the weight, two places; None without share.

    Source: docs/rules/score.md
    """
    if share is None:
        return None
    return half_up(weight * min(WHOLE, max(NOTHING, share)), 2)
