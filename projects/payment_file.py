"""A file of payments: read, checked against the projects there are, taken whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit
from foundation.errors import BadInput, Fault
from foundation.outbox import owe
from organisation.models import Division
from projects import folds, import_format
from projects.importing import Progress, nothing
from projects.models import FundingLine, ImportBatch, Payment
from projects.reading import ReadSheet, Row, read_rows
from projects.syncing import BATCH, Counts, Difference, Key, compare, write

VALUES = ("project__code", "line__source", "paid_on", "amount", "is_refund", "payee", "summary", "quota_no")


@dataclass(frozen=True)
class PaymentPlan:
    """What a payment file would change."""

    division: Division
    difference: Difference
    lines: dict[tuple[int, str, str], tuple[int, int]]
    total: Decimal
    rows: int
    refused: int

    def counts(self) -> dict[str, Counts]:
        counts = self.difference.counts
        counts.refused = self.refused
        return {"payments": counts}


def read_payments(numbered: Iterable[tuple[int, Sequence[Any]]]) -> ReadSheet:
    """Read the rows of a payment file; the first is the row of headings."""
    sheet = import_format.PAYMENTS
    result = ReadSheet(sheet)
    rows = iter(numbered)
    first = next(rows, None)
    if first is None:
        result.faults.append(Fault(sheet.name, _("The file is empty.")))
        return result
    match = sheet.match(first[1])
    for column in match.missing:
        message = _("The column “%(heading)s” is missing.") % {"heading": column.heading}
        result.faults.append(Fault(sheet.name, message))
    if not match.missing:
        result.places = match.places
        read_rows(result, rows)
    for row in result.rows:
        _check_sign(result, row)
    return result


def _check_sign(read: ReadSheet, row: Row) -> None:
    row.values["is_refund"] = row["is_refund"] or False
    if row["amount"] == 0:
        read.refuse(row, "amount", _("A payment moves money; the amount is zero."))
    elif row["is_refund"] and row["amount"] > 0:
        read.refuse(row, "amount", _("A refund is written with a negative amount."))
    elif not row["is_refund"] and row["amount"] < 0:
        read.refuse(row, "is_refund", _("A negative amount is a refund; mark it as one."))


def make_payment_plan(read: ReadSheet, division: Division) -> PaymentPlan:
    """Hold payments against the projects and vouchers there are. Raises BadInput with every fault.

    Payments of secret projects are refused like those of unknown ones, without saying which.
    """
    lines = {
        (year, code, source): (line, project)
        for line, project, year, code, source in FundingLine.objects.filter(
            project__division=division
        ).values_list("pk", "project_id", "project__year", "project__code", "source")
    }
    known_projects = {(year, code) for year, code, _source in lines}
    wanted: dict[Key, tuple[Any, ...]] = {}
    for row in read.rows:
        year, code, source = row["paid_on"].year, row["project_code"], row["source"]
        if (year, code) not in known_projects:
            message = _("“%(code)s” is no project of %(year)s in the system.") % {"code": code, "year": year}
            read.refuse(row, "project_code", message)
        elif (year, code, source) not in lines:
            read.refuse(row, "source", _("The project has no such source of funds."))
        values = (code, str(source), row["paid_on"], row["amount"], row["is_refund"])
        wanted[row["voucher_no"],] = (*values, row["payee"], row["summary"], row["quota_no"])
    if read.faults:
        raise BadInput(read.faults)
    years = {row["paid_on"].year for row in read.rows}
    there = Payment.objects.filter(division=division, paid_on__year__in=years).order_by()
    difference = compare(there, key=("voucher_no",), values=VALUES, wanted=wanted)
    total = sum((row["amount"] for row in read.rows), Decimal(0))
    return PaymentPlan(division, difference, lines, total, read.row_count, 0)


@transaction.atomic
def apply_payments(
    plan: PaymentPlan, batch: ImportBatch | None, *, progress: Progress = nothing
) -> dict[str, Counts]:
    """Write a payment plan and fold its months, in one transaction with its audit row."""
    projects: set[int] = set()
    # Numbers, not objects: each of 42,000 rows would check its relations anew.
    division_id, batch_id = plan.division.pk, batch.pk if batch else None

    def build(key: Key, values: tuple[Any, ...]) -> Payment:
        code, source, paid_on, amount, is_refund, payee, summary, quota_no = values
        line, project = plan.lines[paid_on.year, code, source]
        projects.add(project)
        return Payment(
            division_id=division_id,
            project_id=project,
            line_id=line,
            voucher_no=key[0],
            paid_on=paid_on,
            amount=amount,
            is_refund=is_refund,
            payee=payee,
            summary=summary,
            quota_no=quota_no,
            batch_id=batch_id,
        )

    progress(0, 2, "payments")
    moved_from = _projects_of(plan)
    update = ["project", "line", "paid_on", "amount", "is_refund", "payee", "summary", "quota_no", "batch"]
    write(Payment, plan.difference, build, unique=["division", "voucher_no"], update=update)
    progress(1, 2, "months")
    folds.rebuild(projects | moved_from)
    if projects:
        for year in {
            values[2].year for values in (*plan.difference.new.values(), *plan.difference.changed.values())
        }:
            owe(
                "projects.changed", f"{plan.division.pk}-{year}", {"division": plan.division.pk, "year": year}
            )
        audit.record(
            "projects.payments_imported",
            batch,
            actor=batch.uploaded_by if batch else None,
            after={"counts": plan.difference.counts.as_dict(), "rows": plan.rows, "total": plan.total},
            division_id=plan.division.pk,
        )
    return plan.counts()


def _projects_of(plan: PaymentPlan) -> set[int]:
    """Projects that changed vouchers belonged to before: their months must be folded anew as well."""
    vouchers = [key[0] for key in plan.difference.changed]
    found: set[int] = set()
    for start in range(0, len(vouchers), BATCH):
        rows = Payment.objects.filter(division=plan.division, voucher_no__in=vouchers[start : start + BATCH])
        found.update(rows.values_list("project_id", flat=True))
    return found
