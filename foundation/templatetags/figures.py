"""How figures and times are shown. Built in: no {% load %} needed. Text formatting only, a page has thousands.

A figure that is not known (None, "") is shown as a dash, never as 0.
"""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from django import template

from foundation import clock
from foundation.clock import ZONE

register = template.Library()

UNKNOWN = "—"
_CENT = Decimal("0.01")
_ZERO = Decimal("0.00")
_STEP = Decimal("0.0001")
_HALF_UP = Context(prec=40, rounding=ROUND_HALF_UP)


def _two_places(number: Decimal, shift: int = 0) -> Decimal:
    """`number` · 10^shift with two places, half up, and no minus before a zero."""
    shown = number.scaleb(shift, _HALF_UP).quantize(_CENT, context=_HALF_UP)
    return shown or _ZERO


def _number(value: Any) -> Decimal | None:
    """A figure as Decimal; None for what is unknown."""
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None


@register.filter
def wan(amount: Any) -> str:
    """Yuan in 万元, two places: 12345600 → "1,234.56"."""
    number = _number(amount)
    return UNKNOWN if number is None else f"{_two_places(number, -4):,}"


@register.filter
def yuan(amount: Any) -> str:
    """Yuan to the fen: "12,345,600.00"."""
    number = _number(amount)
    return UNKNOWN if number is None else f"{_two_places(number):,}"


@register.filter
def rate(ratio: Any) -> str:
    """A ratio in percent, two places: 0.6532 → "65.32%"."""
    number = _number(ratio)
    return UNKNOWN if number is None else f"{_two_places(number, 2)}%"


@register.filter
def points(ratio: Any) -> str:
    """A difference of two ratios in percentage points, with its sign: -0.1234 → "-12.34", 0.05 → "+5.00"."""
    number = _number(ratio)
    if number is None:
        return UNKNOWN
    shown = _two_places(number, 2)
    return f"{shown:+}" if shown else "0.00"


@register.filter
def score(value: Any) -> str:
    """A score with two places: "87.50"."""
    number = _number(value)
    return UNKNOWN if number is None else f"{_two_places(number)}"


@register.filter
def measure(value: Any) -> str:
    """A measured value without the zeros behind: 12.5000 → "12.5", 1200 → "1,200"."""
    number = _number(value)
    if number is None:
        return UNKNOWN
    whole, _point, rest = f"{number.quantize(_STEP, context=_HALF_UP):,}".partition(".")
    rest = rest.rstrip("0")
    if not rest:
        return "0" if whole == "-0" else whole
    return f"{whole}.{rest}"


@register.filter
def day(value: Any) -> str:
    """The day, in Shanghai: "2022-07-15"."""
    if isinstance(value, datetime):
        return value.astimezone(ZONE).date().isoformat()
    return value.isoformat() if isinstance(value, date) else UNKNOWN


@register.filter
def moment(value: Any) -> str:
    """The minute, in Shanghai: "2022-07-15 14:02"."""
    return f"{value.astimezone(ZONE):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else UNKNOWN


@register.filter
def last_day(deadline: Any) -> str:
    """The last day that is still in time, for a deadline kept as the first instant that is too late."""
    return day(clock.last_day(deadline)) if isinstance(deadline, datetime) else UNKNOWN
