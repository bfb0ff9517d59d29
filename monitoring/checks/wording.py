"""Figures as the sentences of checks show them: plain text that reads the same in both languages."""

from decimal import Decimal

from monitoring.facts import FundFacts, IndicatorFacts
from monitoring.rates import half_up
from projects.choices import Sign

YUAN_PER_WAN = Decimal(10_000)


def wan(amount: Decimal | None) -> str:
    """Yuan as 万元, to the fen, at least two places: 899,740 yuan is "89.974 万元"."""
    if amount is None:
        return "—"
    text = f"{amount / YUAN_PER_WAN:,.6f}".rstrip("0")
    whole, _point, rest = text.partition(".")
    return f"{whole}.{rest:0<2} 万元"


def percent(ratio: Decimal | None) -> str:
    """A ratio as per cent with two places: 0.796091 is "79.61 %"."""
    return "—" if ratio is None else f"{half_up(ratio * 100, 2):,.2f} %"


def points(ratio: Decimal) -> str:
    """A difference of ratios as percentage points with two places, without sign."""
    return f"{half_up(abs(ratio) * 100, 2):.2f}"


def number(value: Decimal | None) -> str:
    """A measure without idle zeros: 30.0000 is "30"."""
    if value is None:
        return "—"
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def fund_cell(fund: FundFacts, column: str) -> str:
    """Address of a cell of the funds block."""
    return f"fund.{fund.source}.{column}"


def row_cell(row: IndicatorFacts, column: str) -> str:
    """Address of a cell of an indicator."""
    return f"indicator.{row.id}.{column}"


def result_cell(row: IndicatorFacts) -> str:
    """Address of the cell that holds an indicator's result."""
    return row_cell(row, "level" if row.sign == Sign.LEVEL else "actual")
