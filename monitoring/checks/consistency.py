"""Checks across the table: do money, targets, likelihoods and evidence tell one story."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from monitoring.checks.registry import Hit, Scope, check
from monitoring.checks.wording import percent, points, result_cell, row_cell
from monitoring.choices import Light, Likelihood, Severity
from monitoring.facts import IndicatorFacts, TableFacts
from monitoring.mismatch import gap
from monitoring.rulebook import Rules
from projects.choices import Level1, Sign

# Fewer equal figures than this are no pattern.
FEW = 3


@check(
    "L26",
    Severity.ERROR,
    Scope.TABLE,
    _("Likelihoods agree with the whole"),
    attainable=(
        _("“%(name)s” cannot be reached, yet the annual target is called attainable."),
        _("Change the likelihood of the indicator or the answer for the whole."),
    ),
    green=(
        _("“%(name)s” cannot be reached, yet the table shows %(light)s."),
        _("Save the likelihood again so that the light is computed anew."),
    ),
)
def likelihoods_agree(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    lost = [row for row in table.indicators if row.likelihood == Likelihood.IMPOSSIBLE and not row.dropped]
    if not lost:
        return
    if table.attainable:
        yield Hit("attainable", "attainable", {"name": lost[0].name})
    if table.composite in (Light.GREEN, Light.BLUE):
        params = {"name": lost[0].name, "light": str(table.composite)}
        yield Hit(row_cell(lost[0], "likelihood"), "green", params)


@check(
    "L27",
    Severity.WARNING,
    Scope.TABLE,
    _("All targets reached, little spent"),
    found=(
        _("All indicators are completed while only %(rate)s of the budget is executed."),
        _("Explain it: is the budget too large, or payment delayed?"),
    ),
)
def targets_without_money(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if table.execution_rate is None or table.execution_rate >= rules.low_execution:
        return
    known = [row.completion for row in table.counted if row.completion is not None]
    if known and min(known) >= 1:
        yield Hit("execution_reason", params={"rate": percent(table.execution_rate)})


@check(
    "L28",
    Severity.WARNING,
    Scope.INDICATOR,
    _("Nearly all spent, output behind"),
    found=(
        _("%(rate)s of the budget is executed while the output “%(name)s” is at %(completion)s."),
        _("Explain what was paid for; check advance payments and allocations booked as spending."),
    ),
)
def money_without_output(row: IndicatorFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if table.execution_rate is None or table.execution_rate <= rules.high_execution:
        return
    if (
        row.counts
        and row.level1 == Level1.OUTPUT
        and row.completion is not None
        and row.completion < rules.low_output
    ):
        rates = {"rate": percent(table.execution_rate), "completion": percent(row.completion)}
        yield Hit(result_cell(row), params={"name": row.name, **rates})


@check(
    "L29",
    Severity.WARNING,
    Scope.TABLE,
    _("Money and targets out of step"),
    money=(
        _("Execution at %(rate)s is %(points)s points ahead of completion at %(completion)s."),
        _("Explain what the money brought; check advance payments and allocations booked as spending."),
    ),
    target=(
        _("Completion at %(completion)s is %(points)s points ahead of execution at %(rate)s."),
        _("Explain it: is the budget too large, or payment delayed?"),
    ),
)
def money_and_targets_in_step(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    difference = gap(table.weighted_completion, table.execution_rate)
    if difference is None or abs(difference) <= rules.gap_yellow_above:
        return
    rates = {"rate": percent(table.execution_rate), "completion": percent(table.weighted_completion)}
    code = "target" if difference > 0 else "money"
    yield Hit("execution_reason", code, {"points": points(difference), **rates})


@check(
    "L33",
    Severity.WARNING,
    Scope.TABLE,
    _("Effect before any output"),
    found=(
        _("“%(name)s” already shows a result although no output has been made."),
        _("Correct the result, or explain how there can be an effect without output."),
    ),
)
def output_before_effect(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    outputs = [row for row in table.counted if row.level1 == Level1.OUTPUT]
    if not outputs or any(row.actual or row.level for row in outputs):
        return
    for row in table.counted:
        if row.level1 in (Level1.EFFECT, Level1.SATISFACTION) and row.actual is not None and row.actual > 0:
            yield Hit(row_cell(row, "actual"), params={"name": row.name})


@check(
    "L39",
    Severity.WARNING,
    Scope.TABLE,
    _("Actuals look copied"),
    targets=(
        _("All %(number)s actuals equal their targets."),
        _("Confirm that they were measured, and how."),
    ),
    previous=(
        _("All %(number)s actuals equal those of the previous cycle."),
        _("Update the actuals, or explain why nothing has moved."),
    ),
)
def actuals_are_measured(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    rows = [row for row in table.counted if row.sign != Sign.LEVEL and row.actual is not None]
    if len(rows) < FEW:
        return
    if all(row.actual == row.target_low for row in rows):
        yield Hit("", "targets", {"number": len(rows)})
    if all(row.actual == row.previous_actual for row in rows):
        yield Hit("", "previous", {"number": len(rows)})


@check(
    "L42",
    Severity.WARNING,
    Scope.TABLE,
    _("Evidence where it matters"),
    key=(
        _("The project is under key monitoring and no evidence is attached."),
        _("Attach evidence of progress and results."),
    ),
    recovered=(
        _("“%(name)s” went from red to %(light)s since the previous cycle and no evidence is attached."),
        _("Attach evidence of the new result."),
    ),
)
def evidence_is_there(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if (
        table.key_monitored
        and not table.evidence_count
        and not any(row.evidence_count for row in table.indicators)
    ):
        yield Hit("evidence", "key")
    for row in table.counted:
        turned = row.previous_light == Light.RED and row.light in (Light.GREEN, Light.BLUE)
        if turned and not row.evidence_count:
            yield Hit(result_cell(row), "recovered", {"name": row.name, "light": str(row.light)})
