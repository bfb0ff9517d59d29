"""Month totals of payments, adjustments and receipts, kept in the transaction that writes those rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from django.db import models
from django.db.models import Sum
from django.db.models.functions import ExtractMonth
from django.utils.translation import gettext as _

from foundation.errors import BadInput, Fault
from foundation.money import MONEY_LIMIT
from projects.models import MONTHS, BudgetAdjustment, FundingLine, LineMonths, Payment, Receipt

BATCH = 500
_COLUMNS = [f"{measure}_{month}" for measure in ("paid", "change", "received") for month in MONTHS]


def rebuild(project_ids: Iterable[int]) -> int:
    """Fold the rows of these projects anew; returns lines written.

    Raises BadInput when a project's year moves more money than can be kept.
    """
    ids = sorted(set(project_ids))
    written = 0
    for start in range(0, len(ids), BATCH):
        written += _rebuild(ids[start : start + BATCH])
    return written


def _rebuild(project_ids: list[int]) -> int:
    rows = FundingLine.objects.filter(project__in=project_ids).order_by("pk")
    lines = list(rows.values_list("pk", "project_id", "project__code", "initial"))
    folded = _folded(project_ids)
    _refuse_too_much(lines, folded)
    LineMonths.objects.bulk_create(
        [
            LineMonths(line_id=line, project_id=project, **{name: folded[line][name] for name in _COLUMNS})
            for line, project, _code, _initial in lines
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["line"],
        update_fields=_COLUMNS,
    )
    return len(lines)


def _refuse_too_much(
    lines: Iterable[tuple[int, int, str, Decimal]], folded: dict[int, dict[str, Decimal]]
) -> None:
    """Each amount fits its column, yet a hundred of them may not; whatever part of the year is summed must."""
    moved: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for line, _project, code, initial in lines:
        moved[code, "change"] += initial
        for column, amount in folded[line].items():
            moved[code, column.partition("_")[0]] += abs(amount)
    faults = [
        Fault(code, _("The amounts of this project add up to more than can be kept. Check the unit."))
        for (code, _measure), total in moved.items()
        if total > MONEY_LIMIT
    ]
    if faults:
        raise BadInput(faults)


def differences(division_id: int, year: int) -> list[int]:
    """Lines whose folds are missing or not the sums of their rows: empty unless something wrote past this module."""
    projects = FundingLine.objects.filter(project__division=division_id, project__year=year)
    ids = sorted(set(projects.values_list("project_id", flat=True)))
    wrong = []
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        folded = _folded(part)
        missing = set(folded)
        for kept in LineMonths.objects.filter(project__in=part).order_by("pk"):
            missing.discard(kept.line_id)
            if any(getattr(kept, name) != folded[kept.line_id][name] for name in _COLUMNS):
                wrong.append(kept.line_id)
        wrong += sorted(missing)
    return wrong


def _folded(project_ids: list[int]) -> dict[int, dict[str, Decimal]]:
    """Line → column → sum; three grouped queries."""
    result: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    payments = Payment.objects.filter(project__in=project_ids)
    adjustments = BudgetAdjustment.objects.filter(line__project__in=project_ids)
    receipts = Receipt.objects.filter(line__project__in=project_ids)
    _add(result, "paid", payments, "paid_on")
    _add(result, "change", adjustments, "on")
    _add(result, "received", receipts, "on")
    return result


def _add(
    result: dict[int, dict[str, Decimal]], measure: str, rows: models.QuerySet[models.Model], day: str
) -> None:
    summed = rows.order_by().values("line_id", month=ExtractMonth(day)).annotate(total=Sum("amount"))
    for row in summed:
        result[row["line_id"]][f"{measure}_{row['month']}"] = row["total"]
