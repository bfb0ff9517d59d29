"""What the checks and the assessment are told about a table: plain values, nothing to look up.

Money is Decimal yuan with two places, rates are ratios with six (0.6532 is 65.32 %), measures are
Decimals with four. None is unknown or left blank; 0 is a figure. Everything has a default, so that
a caller states what it knows.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from monitoring.choices import Light
from projects.choices import Accrual, FundSource, Level1, Level2, Sign

ZERO = Decimal(0)


def total(amounts: list[Decimal | None]) -> Decimal | None:
    """Sum of the known amounts; None when none is known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if known else None


@dataclass(frozen=True, kw_only=True)
class FundFacts:
    """One row of the funds block. Amounts in yuan, executed as of the cycle's cut-off."""

    source: str = FundSource.GENERAL
    initial: Decimal | None = None
    change: Decimal | None = None
    change_reason: str = ""
    adjusted: Decimal | None = None
    in_place: Decimal | None = None
    executed: Decimal | None = None
    # What the budget system says at the cut-off; None when no system figure is at hand.
    system_executed: Decimal | None = None
    # The voucher that supports an executed figure differing from the system's.
    voucher: str = ""
    expected: Decimal | None = None
    # Executed in the previous cycle of the same year.
    previous_executed: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class IndicatorFacts:
    """One indicator row. `id` is what cell addresses use: its public identifier."""

    id: str = ""
    level1: str = Level1.OUTPUT
    level2: str = Level2.QUANTITY
    name: str = ""
    sign: str = Sign.GE
    target_low: Decimal | None = None
    # Only for intervals; the other signs have their target in target_low.
    target_high: Decimal | None = None
    # The wanted state of a qualitative indicator, or a numeric target that is text in the source.
    target_text: str = ""
    unit: str = ""
    weight: Decimal = ZERO
    accrual: str = Accrual.CUMULATIVE
    # False for a point-in-time indicator whose moment comes after the cycle.
    due: bool = True
    # Taken out by a target adjustment: shown, not asked for, not counted.
    dropped: bool = False
    actual: Decimal | None = None
    # What was typed where no number could be read.
    actual_text: str = ""
    level: str | None = None
    # Share claimed within the band of the level; None takes the rule book's usual one.
    level_ratio: Decimal | None = None
    expected_value: Decimal | None = None
    expected_text: str = ""
    likelihood: str | None = None
    causes: tuple[str, ...] = ()
    cause_text: str = ""
    measure: str = ""
    completion: Decimal | None = None
    attainment: Decimal | None = None
    light: str = Light.GREY
    previous_actual: Decimal | None = None
    previous_light: str | None = None
    evidence_count: int = 0

    @property
    def counts(self) -> bool:
        """Whether the row is asked for and scored in this cycle."""
        return self.due and not self.dropped

    @property
    def filled(self) -> bool:
        """Whether a result was given; 0 is one."""
        return bool(self.level) if self.sign == Sign.LEVEL else self.actual is not None


@dataclass(frozen=True, kw_only=True)
class TableFacts:
    """One project's monitoring table for the months January to `month` of `year`."""

    year: int = 2022
    month: int = 6
    project_code: str = ""
    project_name: str = ""
    unit_code: str = ""
    key_monitored: bool = False
    starts_on: date | None = None
    ends_on: date | None = None
    manager: str = ""
    phone: str = ""
    funds: tuple[FundFacts, ...] = ()
    # The total row as a workbook states it; None where the system sums.
    fund_total: FundFacts | None = None
    indicators: tuple[IndicatorFacts, ...] = ()
    objective: str = ""
    objective_progress: str = ""
    problems: str = ""
    measures: str = ""
    suggestions: str = ""
    attainable: bool | None = None
    execution_reason: str = ""
    # When the first payment is planned, asked for as long as nothing is paid.
    execution_plan_on: date | None = None
    target_changed: bool = False
    budget_light: str = Light.GREY
    target_light: str = Light.GREY
    composite: str = Light.GREY
    execution_rate: Decimal | None = None
    weighted_completion: Decimal | None = None
    open_rectifications: int = 0
    in_scope: bool = True
    unit_matches: bool = True
    evidence_count: int = 0
    secrecy_mark: str = ""
    # Unspent at the end of last year, and expected unspent stated then; None when not known.
    last_year_carry_over: Decimal | None = None

    @cached_property
    def initial(self) -> Decimal | None:
        return total([fund.initial for fund in self.funds])

    @cached_property
    def change(self) -> Decimal | None:
        return total([fund.change for fund in self.funds])

    @cached_property
    def adjusted(self) -> Decimal | None:
        return total([fund.adjusted for fund in self.funds])

    @cached_property
    def in_place(self) -> Decimal | None:
        return total([fund.in_place for fund in self.funds])

    @cached_property
    def executed(self) -> Decimal | None:
        return total([fund.executed for fund in self.funds])

    @cached_property
    def expected(self) -> Decimal | None:
        """Expected payments of the whole year; None as long as one row is missing."""
        amounts = [fund.expected for fund in self.funds]
        return None if None in amounts else total(amounts)

    @cached_property
    def counted(self) -> tuple[IndicatorFacts, ...]:
        """The indicators that are asked for and scored in this cycle."""
        return tuple(row for row in self.indicators if row.counts)


@dataclass(frozen=True, kw_only=True)
class DepartmentFacts:
    """One department in one cycle, for the checks that look across its tables."""

    code: str = ""
    name: str = ""
    tables: tuple[TableFacts, ...] = ()
    # Codes of its projects with a budget above 0, and of those exempt with a reason.
    funded_projects: tuple[str, ...] = ()
    exempt_projects: tuple[str, ...] = ()
    # The department's own table; None where the system sums.
    stated_adjusted: Decimal | None = None
    stated_executed: Decimal | None = None
    basic_adjusted: Decimal | None = None
    project_adjusted: Decimal | None = None
    whole_adjusted: Decimal | None = None
