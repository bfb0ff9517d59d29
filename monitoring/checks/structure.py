"""Checks of the table's frame: what must be filled, whose it is, how its indicators are built."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from monitoring.checks.registry import Hit, Scope, check
from monitoring.checks.wording import fund_cell, number, percent, row_cell, wan
from monitoring.choices import Severity
from monitoring.completion import MORE_IS_BETTER
from monitoring.facts import ZERO, IndicatorFacts, TableFacts
from monitoring.rates import ratio
from monitoring.rulebook import Rules
from projects.choices import Level1, Level2, Sign

REQUIRED_TEXTS = ("manager", "phone", "objective_progress")


@check(
    "L01",
    Severity.ERROR,
    Scope.TABLE,
    _("Required cells are filled"),
    actual=(_("“%(name)s” has no actual."), _("Write the actual; 0 counts as filled.")),
    level=(_("“%(name)s” has no result."), _("Choose the level reached.")),
    likelihood=(_("“%(name)s” has no likelihood."), _("Choose how likely the target is to be reached.")),
    expected=(
        _("%(source)s has no expected full-year execution."),
        _("Write what is expected to be paid by the end of the year."),
    ),
    manager=(_("The person in charge is not named."), _("Write the name of the person in charge.")),
    phone=(_("The telephone number is missing."), _("Write the telephone number.")),
    objective_progress=(
        _("Nothing is said of the progress towards the annual objective."),
        _("Describe the progress towards the annual objective."),
    ),
    attainable=(
        _("Whether the annual target can be attained is not answered."),
        _("Choose yes or no."),
    ),
)
def required_cells_are_filled(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    required = rules.required_cells
    for name in REQUIRED_TEXTS:
        if name in required and not getattr(table, name).strip():
            yield Hit(name, name)
    if "attainable" in required and table.attainable is None:
        yield Hit("attainable", "attainable")
    if "expected" in required:
        for fund in table.funds:
            if fund.expected is None and (fund.adjusted or fund.executed):
                yield Hit(fund_cell(fund, "expected"), "expected", {"source": fund.source})
    for row in table.indicators:
        if not row.dropped:
            yield from _blank_cells(row, "likelihood" in required)


def _blank_cells(row: IndicatorFacts, likelihood_required: bool) -> Iterator[Hit]:
    params = {"name": row.name}
    if row.due and not row.filled:
        if row.sign == Sign.LEVEL:
            yield Hit(row_cell(row, "level"), "level", params)
        elif not row.actual_text.strip():
            yield Hit(row_cell(row, "actual"), "actual", params)
    if likelihood_required and not row.likelihood:
        yield Hit(row_cell(row, "likelihood"), "likelihood", params)


@check(
    "L03",
    Severity.ERROR,
    Scope.TABLE,
    _("The project belongs to the unit and to the cycle"),
    unit=(
        _("Project %(code)s does not belong to this unit."),
        _("Ask the competent department to correct the unit of the project."),
    ),
    cycle=(
        _("Project %(code)s is not monitored in this cycle."),
        _("Remove it from the file, or ask the performance section to add it to the cycle."),
    ),
)
def project_belongs(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if not table.unit_matches:
        yield Hit("", "unit", {"code": table.project_code})
    if not table.in_scope:
        yield Hit("", "cycle", {"code": table.project_code})


@check(
    "L35",
    Severity.ERROR,
    Scope.TABLE,
    _("Weights add up"),
    found=(
        _("The weights of the indicators add up to %(sum)s instead of %(wanted)s."),
        _("Have the weights corrected in the budget system."),
    ),
    zero=(
        _("“%(name)s” has no weight."),
        _("Have the weights corrected in the budget system; each must be above 0."),
    ),
)
def weights_add_up(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    rows = [row for row in table.indicators if not row.dropped]
    weights = sum((row.weight for row in rows), ZERO)
    if rows and weights != rules.indicator_weight:
        yield Hit("", params={"sum": number(weights), "wanted": number(rules.indicator_weight)})
    for row in rows:
        if row.weight <= 0:
            yield Hit(row_cell(row, "weight"), "zero", {"name": row.name})


@check(
    "L36",
    Severity.WARNING,
    Scope.TABLE,
    _("Enough indicators, none too heavy"),
    few=(
        _("The project has only %(number)s indicators."),
        _("Explain it; propose more indicators for next year."),
    ),
    heavy=(
        _("“%(name)s” alone has a weight of %(weight)s."),
        _("Explain it; propose to divide the weight."),
    ),
)
def indicators_are_enough(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    rows = [row for row in table.indicators if not row.dropped]
    if len(rows) < rules.min_indicators:
        yield Hit("", "few", {"number": len(rows)})
    for row in rows:
        if row.weight > rules.max_indicator_weight:
            yield Hit(row_cell(row, "weight"), "heavy", {"name": row.name, "weight": number(row.weight)})


@check(
    "L37",
    Severity.WARNING,
    Scope.TABLE,
    _("Output, effect and quantity are there"),
    output=(_("There is no output indicator."), _("Explain it; propose output indicators.")),
    effect=(_("There is no effect indicator."), _("Explain it; propose effect indicators.")),
    quantity=(_("There is no quantity indicator."), _("Explain it; propose a quantity indicator.")),
)
def groups_are_there(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    rows = [row for row in table.indicators if not row.dropped]
    if all(row.level1 != Level1.OUTPUT for row in rows):
        yield Hit("", "output")
    elif all(row.level2 != Level2.QUANTITY for row in rows):
        yield Hit("", "quantity")
    if all(row.level1 != Level1.EFFECT for row in rows):
        yield Hit("", "effect")


@check(
    "L38",
    Severity.HINT,
    Scope.TABLE,
    _("Many qualitative indicators"),
    found=(
        _("%(share)s of the indicators are qualitative."),
        _("Ask for indicators that can be measured."),
    ),
)
def few_are_qualitative(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    rows = [row for row in table.indicators if not row.dropped]
    share = ratio(Decimal(sum(row.sign == Sign.LEVEL for row in rows)), Decimal(len(rows)))
    if share is not None and share > rules.max_qualitative_share:
        yield Hit("", params={"share": percent(share)})


@check(
    "L41",
    Severity.ERROR,
    Scope.TABLE,
    _("No negative figure, no target that is always met"),
    negative=(
        _("“%(name)s”: %(value)s is negative."),
        _("Write 0 or more."),
    ),
    zero=(
        _("“%(name)s” wants at least 0, which is always met."),
        _("Have the target corrected in the budget system."),
    ),
    amount=(
        _("%(source)s: the amount %(value)s is negative."),
        _("Write 0 or more."),
    ),
)
def figures_make_sense(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    # Executed may fall below 0: refunds of an earlier year's payments come in under this year's budget.
    for fund in table.funds:
        for name in ("initial", "adjusted", "expected"):
            amount = getattr(fund, name)
            if amount is not None and amount < 0 and not (name == "expected" and amount == fund.executed):
                yield Hit(fund_cell(fund, name), "amount", {"source": fund.source, "value": wan(amount)})
    for row in table.indicators:
        if not row.dropped:
            yield from _senseless_measures(row)


def _senseless_measures(row: IndicatorFacts) -> Iterator[Hit]:
    target = min((each for each in (row.target_low, row.target_high) if each is not None), default=None)
    for column, value in (("target", target), ("actual", row.actual)):
        if value is not None and value < 0:
            yield Hit(row_cell(row, column), "negative", {"name": row.name, "value": number(value)})
    if row.target_low == 0 and row.sign in MORE_IS_BETTER:
        yield Hit(row_cell(row, "target"), "zero", {"name": row.name})


@check(
    "L46",
    Severity.ERROR,
    Scope.TABLE,
    _("Earlier rectifications are answered"),
    found=(
        _("%(number)s rectification tasks of an earlier cycle are not answered."),
        _("Answer them first."),
    ),
)
def rectifications_are_answered(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if table.open_rectifications > 0:
        yield Hit("", params={"number": table.open_rectifications})
