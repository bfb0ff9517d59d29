"""An offered file as its page shows it: what it would change by sheet, what is wrong and where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from foundation.errors import BadInput, Fault
from foundation.models import Job
from projects.choices import ImportKind, ImportState
from projects.import_format import PAYMENTS, WORKBOOK
from projects.models import ImportBatch

_SHEETS = {sheet.key: sheet.name for sheet in (*WORKBOOK, PAYMENTS)}
_CELL = re.compile(r"(?P<sheet>.+)!(?P<column>[A-Z]*)(?P<row>\d+)")
_KIND_OF_SUFFIX = {".xlsx": ImportKind.BUDGET, ".csv": ImportKind.PAYMENTS}
_COUNTS = ("new", "changed", "unchanged", "refused")


@dataclass(frozen=True)
class Place:
    """One error of a file: sheet, row and column as Excel names them, "" where it concerns more than a cell."""

    sheet: str
    row: str
    column: str
    message: str


def kind_of(upload: UploadedFile) -> ImportKind:
    """What a file is by its name. Raises BadInput for what is neither workbook nor CSV."""
    name = (upload.name or "").lower()
    for suffix, kind in _KIND_OF_SUFFIX.items():
        if name.endswith(suffix):
            return kind
    message = _(
        "Choose the budget workbook (.xlsx) or the payments (.csv). Macros and older formats are not taken."
    )
    raise BadInput([Fault("file", message)])


def job_of(public_id: str) -> Job | None:
    """The latest job that checks or takes the file of that public id."""
    return Job.objects.filter(kind__in=["check_import", "apply_import"], key=public_id).first()


def counts_of(batch: ImportBatch) -> list[dict[str, Any]]:
    """New, changed, unchanged and refused rows of each sheet, with their total as the last; [] before the check."""
    rows = [
        {"name": _SHEETS.get(key, key), **{name: each.get(name, 0) for name in _COUNTS}}
        for key, each in batch.counts.items()
        if isinstance(each, dict)
    ]
    if len(rows) > 1:
        total = {name: sum(row[name] for row in rows) for name in _COUNTS}
        rows.append({"name": _("Together"), "total": True, **total})
    return rows


def controls_of(batch: ImportBatch) -> list[tuple[str, str, Decimal | None]]:
    """Sheet, number of rows and sum in yuan, as the file adds up to."""
    return [
        (_SHEETS.get(key, key), each["rows"], Decimal(each["total"]) if each.get("total") else None)
        for key, each in batch.control_totals.items()
        if key != "secret"
    ]


def secret_of(batch: ImportBatch) -> list[tuple[str, int]]:
    """Department and how many of its secret projects were refused; nothing else is known of them."""
    return sorted(batch.control_totals.get("secret", {}).items())


def places_of(batch: ImportBatch) -> list[Place]:
    """The errors kept, each with its place."""
    return [_place(fault["where"], fault["message"]) for fault in batch.faults]


def taken_before(batch: ImportBatch) -> ImportBatch | None:
    """An earlier import of the very same file."""
    same = ImportBatch.objects.filter(
        division=batch.division, kind=batch.kind, sha256=batch.sha256, state=ImportState.APPLIED
    )
    return same.filter(pk__lt=batch.pk).first()


def _place(where: str, message: str) -> Place:
    found = _CELL.fullmatch(where)
    if found is None:
        return Place("" if where == "file" else where, "", "", message)
    return Place(found["sheet"], found["row"], found["column"], message)
