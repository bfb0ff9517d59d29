"""Checks of one indicator row: is it filled, is it a number, does it fit its target, is it explained."""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from monitoring.checks.registry import Hit, Scope, check
from monitoring.checks.wording import number, percent, result_cell, row_cell, wan
from monitoring.choices import COSTS, Light, Likelihood, Severity
from monitoring.completion import MORE_IS_BETTER
from monitoring.facts import IndicatorFacts, TableFacts
from monitoring.rates import ratio
from monitoring.rulebook import Rules
from projects.choices import Accrual, Level1, Level2, Sign

PER_CENT = ("%", "百分比", "百分点")
YUAN_OF_UNIT = {"元": Decimal(1), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}
NUMBER_AND_REST = re.compile(r"[+-]?[0-9][0-9,]*(?:\.[0-9]+)?\s*(.*)", re.DOTALL)
HALF = Decimal("0.5")


def typed_unit(text: str) -> str | None:
    """What follows the number in a text ("30 万元" → "万元"); None when it does not begin with one."""
    found = NUMBER_AND_REST.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return found.group(1).strip() if found else None


def plain_unit(unit: str) -> str:
    return unicodedata.normalize("NFKC", unit).strip()


def is_explained(row: IndicatorFacts) -> bool:
    return bool(row.causes) and bool(row.cause_text.strip())


@check(
    "L16",
    Severity.ERROR,
    Scope.INDICATOR,
    _("A numeric indicator holds a number"),
    actual=(
        _("“%(name)s” is measured by a number, but its actual says “%(text)s”."),
        _("Write a number, or have the indicator made a qualitative one."),
    ),
    target=(
        _("“%(name)s” is measured by a number, but its target is no number: “%(text)s”."),
        _("Have the target corrected in the budget system; without it there is no completion and no light."),
    ),
)
def number_is_a_number(row: IndicatorFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if row.sign == Sign.LEVEL:
        return
    if row.target_low is None or (row.sign == Sign.BETWEEN and row.target_high is None):
        yield Hit(row_cell(row, "target"), "target", {"name": row.name, "text": row.target_text or "—"})
    if row.actual is None and row.actual_text.strip() and typed_unit(row.actual_text) is None:
        yield Hit(row_cell(row, "actual"), "actual", {"name": row.name, "text": row.actual_text})


@check(
    "L17",
    Severity.ERROR,
    Scope.INDICATOR,
    _("The actual is in the unit of the indicator"),
    found=(
        _("“%(name)s”: “%(text)s” carries a unit that is not %(unit)s."),
        _("Convert it to the unit of the indicator and write only the number."),
    ),
    number_only=(
        _("“%(name)s”: “%(text)s” cannot be read as a number."),
        _("Write only the number, with at most four decimals."),
    ),
)
def unit_is_the_indicators(row: IndicatorFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if row.sign == Sign.LEVEL or row.actual is not None or not row.actual_text.strip():
        return
    unit = typed_unit(row.actual_text)
    if unit is None:
        return
    params = {"name": row.name, "text": row.actual_text, "unit": row.unit or "—"}
    code = "found" if unit and unit != plain_unit(row.unit) else "number_only"
    yield Hit(row_cell(row, "actual"), code, params)


@check(
    "L18",
    Severity.WARNING,
    Scope.INDICATOR,
    _("Plausible percentage"),
    above=(
        _("“%(name)s” is a percentage, and its actual is %(actual)s."),
        _("Check the figure; explain how a share can be above 100 %%."),
    ),
    fraction=(
        _("“%(name)s” is a percentage, and its actual is %(actual)s: perhaps a fraction was meant."),
        _("Write 95 for 95 %%, not 0.95."),
    ),
)
def percentage_is_plausible(row: IndicatorFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if row.actual is None or plain_unit(row.unit) not in PER_CENT:
        return
    params = {"name": row.name, "actual": number(row.actual)}
    if row.actual > 100:
        yield Hit(row_cell(row, "actual"), "above", params)
    elif 0 < row.actual <= 1 and row.target_low is not None and row.target_low > 1:
        yield Hit(row_cell(row, "actual"), "fraction", params)


@check(
    "L19",
    Severity.WARNING,
    Scope.INDICATOR,
    _("A cumulative actual does not fall"),
    found=(
        _("“%(name)s” adds up through the year, but %(actual)s is less than %(previous)s of the last cycle."),
        _("Correct the actual, or explain why it fell."),
    ),
)
def cumulative_grows(row: IndicatorFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if row.accrual != Accrual.CUMULATIVE or row.actual is None or row.previous_actual is None:
        return
    if row.actual < row.previous_actual:
        params = {"name": row.name, "actual": number(row.actual), "previous": number(row.previous_actual)}
        yield Hit(row_cell(row, "actual"), params=params)


@check(
    "L20",
    Severity.WARNING,
    Scope.INDICATOR,
    _("Above a target that is to be met exactly"),
    found=(
        _("“%(name)s” is to be exactly %(target)s, and its actual is %(actual)s."),
        _("Choose a cause and explain it."),
    ),
)
def equal_is_not_above(row: IndicatorFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if row.sign != Sign.EQ or row.actual is None or not row.target_low or row.actual <= row.target_low:
        return
    if not is_explained(row):
        params = {"name": row.name, "target": number(row.target_low), "actual": number(row.actual)}
        yield Hit(row_cell(row, "cause_text"), params=params)


@check(
    "L21",
    Severity.WARNING,
    Scope.INDICATOR,
    _("Far above the target"),
    found=(
        _("“%(name)s” is %(completion)s of the year's target."),
        _("Choose a cause and explain it."),
    ),
    too_low=(
        _("“%(name)s” is %(completion)s of the year's target: the target seems to be set too low."),
        _("Explain it and propose a target that fits."),
    ),
)
def not_far_above(row: IndicatorFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if row.sign not in MORE_IS_BETTER or row.completion is None or row.completion <= rules.explain_above:
        return
    params = {"name": row.name, "completion": percent(row.completion)}
    if row.completion > rules.too_low_above:
        yield Hit(row_cell(row, "actual"), "too_low", params)
    elif not is_explained(row):
        yield Hit(row_cell(row, "cause_text"), params=params)


@check(
    "L22",
    Severity.ERROR,
    Scope.INDICATOR,
    _("Cause of a deviation"),
    found=(
        _("“%(name)s” shows %(light)s and no cause is chosen."),
        _("Choose at least one cause."),
    ),
)
def deviation_has_a_cause(row: IndicatorFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if row.light in (Light.RED, Light.YELLOW) and not row.causes:
        yield Hit(row_cell(row, "causes"), params={"name": row.name, "light": str(row.light)})


@check(
    "L24",
    Severity.ERROR,
    Scope.INDICATOR,
    _("An uncertain target has expectation, cause and measure"),
    expected=(
        _("“%(name)s” is not certain to be reached, and nothing is said of what is expected for the year."),
        _("Write what is expected for the year."),
    ),
    causes=(
        _("“%(name)s” is not certain to be reached, and no cause is chosen."),
        _("Choose at least one cause."),
    ),
    measure=(
        _("“%(name)s” is not certain to be reached, and no measure is named."),
        _("Write what will be done."),
    ),
)
def uncertain_is_explained(row: IndicatorFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if row.likelihood not in (Likelihood.POSSIBLE, Likelihood.IMPOSSIBLE):
        return
    params = {"name": row.name}
    if row.expected_value is None and not row.expected_text.strip():
        yield Hit(row_cell(row, "expected_value"), "expected", params)
    if not row.causes:
        yield Hit(row_cell(row, "causes"), "causes", params)
    if not row.measure.strip():
        yield Hit(row_cell(row, "measure"), "measure", params)


@check(
    "L25",
    Severity.WARNING,
    Scope.INDICATOR,
    _("Certain although far behind"),
    found=(
        _("“%(name)s” shows %(light)s, and reaching its target is called certain."),
        _("Explain how it will be caught up, or choose another likelihood."),
    ),
)
def certainty_is_plausible(row: IndicatorFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if row.likelihood == Likelihood.CERTAIN and row.light == Light.RED:
        yield Hit(row_cell(row, "likelihood"), params={"name": row.name, "light": str(row.light)})


def cost_in_yuan(row: IndicatorFacts, measure: Decimal | None) -> Decimal | None:
    """A measure of a cost indicator as yuan; None when it is not one, or not in a unit of money."""
    factor = YUAN_OF_UNIT.get(plain_unit(row.unit))
    if measure is None or factor is None or (row.level1 != Level1.COST and row.level2 not in COSTS):
        return None
    return measure * factor


@check(
    "L30",
    Severity.WARNING,
    Scope.INDICATOR,
    _("Cost within the budget"),
    found=(
        _("“%(name)s”: the cost of %(cost)s is above the adjusted budget %(adjusted)s."),
        _("Correct the cost, or explain what pays for the rest."),
    ),
)
def cost_within_budget(row: IndicatorFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    cost = cost_in_yuan(row, row.actual)
    if cost is not None and table.adjusted is not None and cost > table.adjusted:
        params = {"name": row.name, "cost": wan(cost), "adjusted": wan(table.adjusted)}
        yield Hit(row_cell(row, "actual"), params=params)


@check(
    "L31",
    Severity.HINT,
    Scope.INDICATOR,
    _("Cost as executed"),
    found=(
        _("“%(name)s”: the cost of %(cost)s differs by %(rate)s from the executed %(executed)s."),
        _("Ask for the basis of the cost."),
    ),
)
def cost_as_executed(row: IndicatorFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    cost, target = cost_in_yuan(row, row.actual), cost_in_yuan(row, row.target_low)
    if cost is None or target is None or not table.executed or not table.adjusted:
        return
    # A unit price is no total: only a target of at least half the budget speaks of the whole project.
    if target < table.adjusted * HALF:
        return
    rate = ratio(cost - table.executed, table.executed)
    if rate is not None and abs(rate) > rules.cost_tolerance:
        amounts = {"cost": wan(cost), "executed": wan(table.executed), "rate": percent(abs(rate))}
        yield Hit(row_cell(row, "actual"), params={"name": row.name, **amounts})


@check(
    "L32",
    Severity.WARNING,
    Scope.INDICATOR,
    _("Timeliness that was due is not achieved"),
    found=(
        _("“%(name)s” was due by now and is at %(completion)s."),
        _("Explain the delay and say when it will be done."),
    ),
)
def due_timeliness_is_achieved(row: IndicatorFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if row.level2 == Level2.TIMELINESS and row.due and row.completion is not None and row.completion < 1:
        params = {"name": row.name, "completion": percent(row.completion)}
        yield Hit(result_cell(row), params=params)


@check(
    "L34",
    Severity.WARNING,
    Scope.INDICATOR,
    _("Satisfaction is proved by a survey"),
    found=(
        _("“%(name)s” has a result, but no survey is attached."),
        _("Attach the survey: sheets sent, returned, valid, share satisfied."),
    ),
)
def satisfaction_is_proved(row: IndicatorFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if row.level1 == Level1.SATISFACTION and row.counts and row.filled and not row.evidence_count:
        yield Hit(result_cell(row), params={"name": row.name})
