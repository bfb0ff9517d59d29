"""Checks of the funds block: budget, funds in place, execution, expectation."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from django.utils.translation import gettext_lazy as _

from monitoring.assessment import has_no_execution
from monitoring.checks.registry import FOUND, Hit, Scope, check
from monitoring.checks.wording import fund_cell, percent, wan
from monitoring.choices import Light, Severity
from monitoring.facts import ZERO, FundFacts, TableFacts, total
from monitoring.rates import carry_over, expected_rate, ratio
from monitoring.rulebook import Rules


@check(
    "L04",
    Severity.ERROR,
    Scope.FUND,
    _("Adjusted budget is initial budget plus adjustment"),
    found=(
        _("%(source)s: the adjusted budget %(adjusted)s is not %(initial)s plus %(change)s."),
        _("Correct the budget figures in the budget system and refresh."),
    ),
)
def adjusted_is_the_sum(fund: FundFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if fund.initial is None or fund.change is None or fund.adjusted is None:
        return
    if fund.adjusted != fund.initial + fund.change:
        amounts = {"adjusted": wan(fund.adjusted), "initial": wan(fund.initial), "change": wan(fund.change)}
        yield Hit(fund_cell(fund, "adjusted"), params={"source": fund.source, **amounts})


TOTALLED = ("initial", "change", "adjusted", "in_place", "executed", "expected")


@check(
    "L05",
    Severity.ERROR,
    Scope.TABLE,
    _("Total row is the sum of the sources"),
    found=(
        _("The total row says %(stated)s, the sources add up to %(summed)s."),
        _("Correct the total or the source that is wrong."),
    ),
)
def total_is_the_sum(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if table.fund_total is None:
        return
    for name in TOTALLED:
        stated = getattr(table.fund_total, name)
        summed = total([getattr(fund, name) for fund in table.funds])
        if stated is not None and stated != (summed or ZERO):
            yield Hit(f"fund.total.{name}", params={"stated": wan(stated), "summed": wan(summed or ZERO)})


@check(
    "L06",
    Severity.ERROR,
    Scope.FUND,
    _("Executed within the adjusted budget"),
    found=(
        _("%(source)s: executed %(executed)s is above the adjusted budget %(adjusted)s."),
        _("Check the payments and the budget of this source; a source may not pay more than its budget."),
    ),
)
def executed_within_budget(fund: FundFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if fund.executed is not None and fund.executed > (fund.adjusted or ZERO):
        amounts = {"executed": wan(fund.executed), "adjusted": wan(fund.adjusted or ZERO)}
        yield Hit(fund_cell(fund, "executed"), params={"source": fund.source, **amounts})


@check(
    "L07",
    Severity.WARNING,
    Scope.FUND,
    _("Executed not less than in the previous cycle"),
    found=(
        _("%(source)s: executed %(executed)s is less than %(previous)s in the previous cycle."),
        _("Say which refund explains it."),
    ),
)
def executed_grows(fund: FundFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if fund.executed is None or fund.previous_executed is None:
        return
    if fund.executed < fund.previous_executed:
        amounts = {"executed": wan(fund.executed), "previous": wan(fund.previous_executed)}
        yield Hit(fund_cell(fund, "executed"), params={"source": fund.source, **amounts})


@check(
    "L08",
    Severity.ERROR,
    Scope.FUND,
    _("Executed as the budget system has it"),
    found=(
        _("%(source)s: executed %(executed)s differs from %(system)s in the budget system at the cut-off."),
        _("Take the figure of the budget system, or name the voucher."),
    ),
    with_voucher=(
        _("%(source)s: executed %(executed)s here, %(system)s in the budget system; voucher %(voucher)s."),
        _("Explain the difference."),
    ),
)
def executed_as_in_system(fund: FundFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if fund.executed is None or fund.system_executed is None or fund.executed == fund.system_executed:
        return
    params = {"source": fund.source, "executed": wan(fund.executed), "system": wan(fund.system_executed)}
    cell = fund_cell(fund, "executed")
    if voucher := fund.voucher.strip():
        yield Hit(cell, "with_voucher", {**params, "voucher": voucher}, Severity.WARNING)
    else:
        yield Hit(cell, params=params)


@check(
    "L09",
    Severity.WARNING,
    Scope.FUND,
    _("Funds in place within the budget, executed within the funds in place"),
    above_budget=(
        _("%(source)s: funds in place %(in_place)s are above the adjusted budget %(adjusted)s."),
        _("Explain the surplus or correct the receipts."),
    ),
    above_in_place=(
        _("%(source)s: executed %(executed)s is above the funds in place %(in_place)s."),
        _("Explain what the payments were made from."),
    ),
)
def in_place_fits(fund: FundFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if fund.in_place is None:
        return
    params = {"source": fund.source, "in_place": wan(fund.in_place)}
    if fund.adjusted is not None and fund.in_place > fund.adjusted:
        yield Hit(fund_cell(fund, "in_place"), "above_budget", {**params, "adjusted": wan(fund.adjusted)})
    if fund.executed is not None and fund.executed > fund.in_place:
        yield Hit(fund_cell(fund, "executed"), "above_in_place", {**params, "executed": wan(fund.executed)})


@check(
    "L10",
    Severity.ERROR,
    Scope.FUND,
    _("Expected full-year execution between executed and adjusted budget"),
    below=(
        _("%(source)s: %(expected)s expected for the year is less than %(executed)s already executed."),
        _("Expect at least what is already paid."),
    ),
    above=(
        _("%(source)s: %(expected)s expected for the year is above the adjusted budget %(adjusted)s."),
        _("Expect at most the adjusted budget, or have the budget adjusted first."),
    ),
)
def expected_is_possible(fund: FundFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if fund.expected is None:
        return
    params = {"source": fund.source, "expected": wan(fund.expected)}
    cell = fund_cell(fund, "expected")
    if fund.executed is not None and fund.expected < fund.executed:
        yield Hit(cell, "below", {**params, "executed": wan(fund.executed)})
    elif fund.adjusted is not None and fund.expected > fund.adjusted:
        yield Hit(cell, "above", {**params, "adjusted": wan(fund.adjusted)})


@check(
    "L11",
    Severity.WARNING,
    Scope.TABLE,
    _("Low expected full-year execution"),
    found=(
        _("Only %(rate)s of the budget is expected to be paid this year; %(left)s will be left."),
        _("Explain it and propose how much the budget can be cut."),
    ),
)
def expected_rate_is_low(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    rate = expected_rate(table.expected, table.adjusted)
    if rate is not None and rate < rules.low_expected_rate:
        left = carry_over(table.expected, table.adjusted)
        yield Hit(_expected_cell(table), params={"rate": percent(rate), "left": wan(left)})


def _expected_cell(table: TableFacts) -> str:
    """Where the table's expectation is looked for: at its first source. It stays the same when amounts move."""
    return fund_cell(table.funds[0], "expected")


@check(
    "L12",
    Severity.ERROR,
    Scope.TABLE,
    _("Reason for slow execution"),
    found=(
        _("The budget light is %(light)s and no reason is given."),
        _("Give the reason for the execution gap."),
    ),
)
def slow_execution_has_a_reason(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if table.budget_light in (Light.RED, Light.YELLOW) and not table.execution_reason.strip():
        yield Hit("execution_reason", params={"light": str(table.budget_light)})


@check(
    "L13",
    Severity.WARNING,
    Scope.TABLE,
    _("Nothing executed"),
    found=(
        _("Nothing of the budget of %(adjusted)s has been executed by month %(month)s."),
        _("Give the reason and the planned date of the first payment."),
    ),
    recover=(
        _("Nothing of the budget of %(adjusted)s is executed by month %(month)s: it may be recovered."),
        _("Give the reason and the planned date of the first payment, or propose to return the funds."),
    ),
)
def nothing_executed(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if table.month < rules.zero_execution_from_month or not has_no_execution(table.executed, table.adjusted):
        return
    code = "recover" if table.month >= rules.recovery_from_month else FOUND
    answered = table.execution_plan_on is not None and bool(table.execution_reason.strip())
    if code == FOUND and answered:
        return
    yield Hit("execution_plan_on", code, {"adjusted": wan(table.adjusted), "month": table.month})


@check(
    "L14",
    Severity.ERROR,
    Scope.FUND,
    _("Reason for a budget adjustment"),
    found=(
        _("%(source)s: the budget was adjusted by %(change)s during the year and no reason is given."),
        _("Give the reason for the adjustment."),
    ),
)
def adjustment_has_a_reason(fund: FundFacts, table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if fund.change and not fund.change_reason.strip():
        yield Hit(fund_cell(fund, "change_note"), params={"source": fund.source, "change": wan(fund.change)})


@check(
    "L15",
    Severity.WARNING,
    Scope.TABLE,
    _("Budget adjusted, target unchanged"),
    found=(
        _("The budget was adjusted by %(rate)s and the targets stayed as they were."),
        _("Propose an adjustment of the targets, or explain why they stay."),
    ),
)
def target_follows_the_budget(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    rate = ratio(table.change, table.initial)
    if rate is not None and abs(rate) > rules.adjustment_above and not table.target_changed:
        yield Hit("target_changed", params={"rate": percent(rate)})


@check(
    "L43",
    Severity.WARNING,
    Scope.TABLE,
    _("Project ended, budget not used up"),
    found=(
        _("The project ended on %(day)s and %(rate)s of its budget is executed."),
        _("Say what is still to be paid, or propose to return the rest."),
    ),
)
def ended_project_is_paid(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if table.ends_on is None or table.execution_rate is None or table.execution_rate >= 1:
        return
    last_day = date(table.year, table.month, monthrange(table.year, table.month)[1])
    if table.ends_on <= last_day:
        params = {"day": table.ends_on.isoformat(), "rate": percent(table.execution_rate)}
        yield Hit("execution_reason", params=params)


@check(
    "L50",
    Severity.WARNING,
    Scope.TABLE,
    _("Funds left over two years running"),
    found=(
        _("%(before)s was left over last year and %(now)s is expected to be left over this year."),
        _("Explain why the budget is again larger than needed."),
    ),
)
def carry_over_again(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    left = carry_over(table.expected, table.adjusted)
    before = table.last_year_carry_over
    if left is not None and left > 0 and before is not None and before > 0:
        yield Hit(_expected_cell(table), params={"before": wan(before), "now": wan(left)})
