"""Shares of money and of time. Every ratio has six places, rounded half up (away from zero).

In integers, with amounts in fen and ratios in millionths, `ratio(n, d)` is the integer nearest to
10^6 · n / d, a tie going away from zero, then brought between -9,999,999,999 and 9,999,999,999.
The set-based twins compute exactly that.
"""

from decimal import ROUND_HALF_UP, Context, Decimal

STEP = Decimal("0.000001")
# Far above any sensible share; keeps a slip of the pen (1 fen of budget, 1 million paid) inside the column.
CEILING = Decimal("9999.999999")
MONTHS = 12

# 60 digits: amounts have at most 17, so the quotient is exact enough that rounding it once more is harmless.
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


def ratio(numerator: Decimal | None, denominator: Decimal | None) -> Decimal | None:
    """Quotient with six places, half up, held within ±CEILING; None when a part is None or divides by 0."""
    if numerator is None or not denominator:
        return None
    quotient = _EXACT.divide(numerator, denominator)
    if quotient >= CEILING:
        return CEILING
    if quotient <= -CEILING:
        return -CEILING
    return quotient.quantize(STEP, context=_EXACT)


def half_up(value: Decimal, places: int) -> Decimal:
    """Round half up (away from zero) to this many places."""
    return value.quantize(Decimal(1).scaleb(-places), context=_EXACT)


def time_progress(month: int) -> Decimal:
    """Share of the year gone by at the end of `month` (1–12), six places: June 0.5, July 0.583333.

    For display; rates against time use the raw month, see `prorated`.
    Source: docs/rules/time-progress.md
    """
    return half_up(Decimal(month) / MONTHS, 6)


def execution_rate(paid: Decimal | None, adjusted: Decimal | None) -> Decimal | None:
    """Share of the adjusted budget already paid out (预算执行率).

    paid: yuan paid less refunds up to the cut-off; adjusted: yuan, initial budget plus adjustments.
    None when the adjusted budget is 0 or unknown: a 0 would read as "nothing was paid".
    Integers: ratio(paid, adjusted).
    Source: docs/rules/execution-rate.md
    """
    return ratio(paid, adjusted)


def prorated(paid: Decimal | None, adjusted: Decimal | None, month: int) -> Decimal | None:
    """Execution rate against time progress (序时执行比); 1 is exactly in time.

    month: last month of the cycle, 1–12. Computed from the raw amounts, not from the rounded rate.
    Integers: ratio(12 · paid, month · adjusted).
    Source: docs/rules/prorated-execution.md
    """
    if paid is None or adjusted is None:
        return None
    return ratio(paid * MONTHS, adjusted * month)


def in_place_rate(in_place: Decimal | None, adjusted: Decimal | None) -> Decimal | None:
    """Share of the adjusted budget that has arrived (到位率). Integers: ratio(in_place, adjusted).

    Source: docs/rules/in-place-rate.md
    """
    return ratio(in_place, adjusted)


def in_place_spending_rate(paid: Decimal | None, in_place: Decimal | None) -> Decimal | None:
    """Share of the arrived funds already paid out (到位资金支出率); never called an execution rate.

    Integers: ratio(paid, in_place).
    Source: docs/rules/in-place-rate.md
    """
    return ratio(paid, in_place)


def expected_rate(expected: Decimal | None, adjusted: Decimal | None) -> Decimal | None:
    """Share of the adjusted budget expected to be paid by the end of the year (全年预计执行率).

    Integers: ratio(expected, adjusted).
    Source: docs/rules/execution-rate.md
    """
    return ratio(expected, adjusted)


def carry_over(expected: Decimal | None, adjusted: Decimal | None) -> Decimal | None:
    """Yuan of the adjusted budget expected to be left at the end of the year (预计结转结余).

    Source: docs/rules/execution-rate.md
    """
    if expected is None or adjusted is None:
        return None
    return adjusted - expected
