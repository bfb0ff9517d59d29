"""Taking the city's files into an empty database, beside a script that only reads and beside a loop of save()."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from itertools import islice

import pandas

from bench.dataset import folder
from bench.measure import Result, alone, in_turn, is_quick, memory_mb, queries_of, rounds_asked, taken_back
from organisation.models import Division
from projects import batches
from projects.choices import ImportKind
from projects.import_format import PAYMENTS
from projects.models import FundingLine, Payment

SAVED = 500


def main() -> None:
    rounds = min(rounds_asked(), 3)
    idle = memory_mb()
    book, payments = folder() / "city.xlsx", folder() / "payments.csv"

    def take_book() -> None:
        batches.take_file(book, ImportKind.BUDGET)

    def read_book() -> None:
        pandas.read_excel(book, sheet_name=None, engine="openpyxl", dtype=object)

    seconds, theirs, ratio = in_turn(taken_back(take_book), read_book, rounds=rounds)
    queries = queries_of(take_book)
    rows = sum(sheet["new"] for sheet in batches.ImportBatch.objects.latest("id").counts.values())
    Result("import city", rows, seconds, "pandas+openpyxl reading only", theirs, ratio, queries, rows,
           memory_mb() - idle, "≤ 15 s SQLite, ≤ 10 s PostgreSQL").emit()  # fmt: skip
    again = alone(taken_back(take_book), rounds=rounds)
    Result("import city again", rows, again, rows=0).emit()

    def take_payments() -> None:
        batches.take_file(payments, ImportKind.PAYMENTS)

    with payments.open(encoding="utf-8-sig", newline="") as file:
        number = sum(1 for _row in csv.reader(file)) - 1
    some = 20 if is_quick() else SAVED
    seconds, theirs, ratio = in_turn(
        taken_back(take_payments),
        taken_back(lambda: save_each(some)),
        rounds=rounds,
        per=(1, number / some),
    )
    queries = queries_of(take_payments)
    Result("import payments", number, seconds, f"save() each, extrapolated from {some}", theirs, ratio, queries,
           Payment.objects.count(), memory_mb() - idle, "≤ 15 s").emit()  # fmt: skip
    again = alone(taken_back(take_payments), rounds=rounds)
    Result("import payments again", number, again, rows=0).emit()


def save_each(number: int) -> None:
    """What most teams write: each row looked up, built and saved; nothing checked, nothing summed."""
    division = Division.objects.get(is_bureau=True)
    keys = [column.key for column in PAYMENTS.columns]
    labels = PAYMENTS.column("source").choices
    with (folder() / "payments.csv").open(encoding="utf-8-sig", newline="") as file:
        for line in islice(csv.reader(file), 1, number + 1):
            row = dict(zip(keys, line, strict=True))
            funding = FundingLine.objects.select_related("project").get(
                project__code=row["project_code"], source=labels[row["source"]]
            )
            Payment.objects.update_or_create(
                division=division,
                voucher_no=row["voucher_no"],
                defaults={
                    "project": funding.project,
                    "line": funding,
                    "paid_on": date.fromisoformat(row["paid_on"]),
                    "amount": Decimal(row["amount"]),
                    "is_refund": row["is_refund"] == "是",
                    "payee": row["payee"],
                    "summary": row["summary"],
                    "quota_no": row["quota_no"],
                },
            )
