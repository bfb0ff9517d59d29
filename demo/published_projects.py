"""Turns a published table's project into one of the city's, to the fen."""

from datetime import date
from decimal import Decimal
from random import Random

from demo.amounts import Documents
from demo.city import Adjustment, Indicator, Line, Project, fen
from demo.payments import pay, split, voucher, working_days
from demo.published import PublishedLine, PublishedProject
from projects.choices import Accrual, Level1, Level2

_LATER_VOUCHERS = 6


def fill_published(rng: Random, project: Project, published: PublishedProject, documents: Documents) -> None:
    """Give the project the published money, indicators and objective.

    A table of which only the budget is published runs like any other project, without adjustments.
    """
    project.published = published.table
    project.objective = published.objective
    for line in published.lines:
        project.lines.append(Line(str(line.source), fen(line.initial)))
        for change in line.changes:
            on = date(project.year, change.month, change.day)
            number = documents.next()
            project.adjustments.append(
                Adjustment(str(line.source), number, on, fen(change.amount), str(change.kind), change.reason)
            )
    if any(line.paid for line in published.lines):
        for line in published.lines:
            _pay_line(rng, project, line, published.vouchers)
        project.payments.sort(key=lambda payment: payment.on)
    else:
        pay(rng, project)
    project.indicators = _indicators(project, published)


def _pay_line(rng: Random, project: Project, line: PublishedLine, vouchers: int) -> None:
    """Spread what was paid by June over its months, and what follows over the rest of the year."""
    added = [change.month for change in line.changes]
    first = max(added) + 1 if added else 1
    _spread(rng, project, line, fen(line.paid), range(first, 7), vouchers)
    _spread(rng, project, line, fen(line.later), range(7, 13), _LATER_VOUCHERS)


def _spread(
    rng: Random, project: Project, line: PublishedLine, amount: int, months: range, vouchers: int
) -> None:
    if not amount:
        return
    days = [day for month in months for day in working_days(project.year, month)]
    for part in split(rng, amount, vouchers):
        project.payments.append(voucher(rng, project, str(line.source), rng.choice(days), part))


def _indicators(project: Project, published: PublishedProject) -> list[Indicator]:
    """The published indicators; an empty list lets the generator invent some."""
    found = []
    for number, row in enumerate(published.indicators, start=1):
        counted = row.level2 == Level2.QUANTITY and row.level1 == Level1.OUTPUT
        found.append(
            Indicator(
                row.level1,
                row.level2,
                row.name,
                row.sign,
                Decimal(row.target),
                None,
                "",
                row.unit,
                Accrual.CUMULATIVE if counted else Accrual.POINT,
                weight=Decimal(row.weight),
                code=f"{published.table}{project.code[-6:]}{number:02d}",
            )
        )
    return found
