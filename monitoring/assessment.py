"""The rules put together: all figures of an indicator row, and all figures of a table.

A cell save calls `assess_row` and `fold_rows`; `assess_table` is what the set-based recompute repeats in SQL.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from monitoring import completion as complete
from monitoring import lights, rates, scores
from monitoring import mismatch as mismatches
from monitoring.choices import Grade, Light, Mismatch
from monitoring.facts import IndicatorFacts
from monitoring.rulebook import Rules
from projects.choices import Sign


@dataclass(frozen=True)
class RowFigures:
    """What the rules give for an indicator; nothing but a grey light when it is not due, dropped or blank."""

    completion: Decimal | None = None
    attainment: Decimal | None = None
    deviation: Decimal | None = None
    score: Decimal | None = None
    light: Light = Light.GREY


@dataclass(frozen=True)
class FoldedRows:
    """What a table keeps of its indicators."""

    weighted_completion: Decimal | None
    weighted_attainment: Decimal | None
    target_light: Light
    expected_light: Light


@dataclass(frozen=True)
class TableFigures:
    """What the rules give for a table. Rates have six places, points two."""

    execution_rate: Decimal | None
    prorated_rate: Decimal | None
    in_place_rate: Decimal | None
    expected_rate: Decimal | None
    gap: Decimal | None
    mismatch: Mismatch | None
    mismatch_light: Light
    budget_light: Light
    composite: Light
    execution_score: Decimal | None
    target_score: Decimal | None
    score: Decimal | None
    grade: Grade | None
    zero_execution: bool


def assess_row(row: IndicatorFacts, month: int, rules: Rules) -> RowFigures:
    """All figures of one indicator at the end of `month`."""
    if not row.counts:
        return RowFigures()
    if row.sign == Sign.LEVEL:
        completed = complete.level_completion(row.level, rules.level_bands, row.level_ratio)
        level, met = row.level, None
    else:
        completed = complete.completion(row.sign, row.target_low, row.target_high, row.actual)
        level, met = None, complete.is_met(row.sign, row.target_low, row.target_high, row.actual)
    attained = complete.attainment(row.sign, row.accrual, row.target_low, row.actual, month, completed)
    return RowFigures(
        completion=completed,
        attainment=attained,
        deviation=complete.deviation(row.sign, row.target_low, row.target_high, row.actual),
        score=complete.indicator_score(row.weight, attained),
        light=lights.indicator_light(
            row.sign, row.accrual, row.target_low, attained=attained, met=met, level=level, rules=rules
        ),
    )


def fold_rows(rows: Iterable[IndicatorFacts], rules: Rules) -> FoldedRows:
    """Fold indicators whose completion, attainment and light are already set."""
    rows = tuple(rows)
    counted = [row for row in rows if row.counts]
    return FoldedRows(
        weighted_completion=complete.weighted_share((row.weight, row.completion) for row in counted),
        weighted_attainment=complete.weighted_share((row.weight, row.attainment) for row in counted),
        target_light=lights.target_light(((row.weight, row.light) for row in counted), rules),
        expected_light=lights.expected_light(row.likelihood for row in rows if not row.dropped),
    )


def assess_table(
    *,
    adjusted: Decimal | None,
    executed: Decimal | None,
    in_place: Decimal | None,
    expected: Decimal | None,
    weighted_completion: Decimal | None,
    weighted_attainment: Decimal | None,
    target_light: str,
    expected_light: str,
    month: int,
    rules: Rules,
) -> TableFigures:
    """All figures of one table from its totals (yuan) and its folded indicators."""
    rate = rates.execution_rate(executed, adjusted)
    prorated = rates.prorated(executed, adjusted, month)
    budget = lights.budget_light(prorated, rate, month, rules)
    gap = mismatches.gap(weighted_completion, rate)
    for_money = scores.execution_score(prorated, rules)
    for_targets = scores.target_score(weighted_attainment, rules)
    points = scores.score(for_money, for_targets)
    return TableFigures(
        execution_rate=rate,
        prorated_rate=prorated,
        in_place_rate=rates.in_place_rate(in_place, adjusted),
        expected_rate=rates.expected_rate(expected, adjusted),
        gap=gap,
        mismatch=mismatches.mismatch(gap, rules),
        mismatch_light=mismatches.mismatch_light(gap, rules),
        budget_light=budget,
        composite=lights.composite(budget, target_light, expected_light),
        execution_score=for_money,
        target_score=for_targets,
        score=points,
        grade=scores.grade(points, rules),
        zero_execution=has_no_execution(executed, adjusted),
    )


def has_no_execution(executed: Decimal | None, adjusted: Decimal | None) -> bool:
    """Whether a project with a budget has paid nothing, or less than nothing after refunds (零执行)."""
    return executed is not None and executed <= 0 and adjusted is not None and adjusted > 0
