"""What stands beside the rows of a table, in one statement for one table or a thousand.

Files, explanations, suggestions that still stand, findings kept, and rectifications that wait for an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Cast

from monitoring.models import CellOrigin, CheckResult, Evidence, Explanation, MonitoringTable
from monitoring.stages import CellSource

FILE, EXPLANATION, ORIGIN, FINDING, TASK = "file", "explanation", "origin", "finding", "task"


class Note(NamedTuple):
    """One thing beside a table's rows. What `detail` says depends on the kind."""

    table_id: int
    kind: str
    row_id: int
    cell: str
    check_id: str
    detail: str
    code: str


# An upper app tells which rectifications of earlier cycles stand open: table ids → one MonitoringTable row each.
OpenTasks = Callable[[list[int]], "QuerySet[MonitoringTable]"]
_open_tasks: list[OpenTasks] = []


def finds_open_tasks(rows: OpenTasks) -> OpenTasks:
    """Register who knows the open rectifications (check L46)."""
    _open_tasks.append(rows)
    return rows


def notes_of(table_ids: list[int], *, origins: bool = False) -> Iterator[Note]:
    """All notes of the tables. origins: where every value came from, not only which suggestions still stand."""
    of_tables = {"table__in": table_ids}
    cells = CellOrigin.objects.filter(**of_tables)
    if not origins:
        cells = cells.filter(kind=CellSource.SUGGESTED)
    parts: list[QuerySet[Any]] = [
        _rows(Evidence.objects.filter(**of_tables).standing(), FILE, cell="cell"),
        _rows(
            Explanation.objects.filter(**of_tables), EXPLANATION, cell="cell", check="check_id", detail="text"
        ),
        _rows(cells, ORIGIN, cell="cell", detail="kind"),
        _rows(
            CheckResult.objects.filter(**of_tables),
            FINDING,
            cell="cell",
            check="check_id",
            detail="severity",
            code="code",
        ),
        *(_rows(rows(table_ids), TASK, table="pk") for rows in _open_tasks),
    ]
    first, *others = parts
    return (Note(*row) for row in first.union(*others, all=True))


def _rows(
    rows: QuerySet[Any],
    kind: str,
    *,
    table: str = "table_id",
    cell: str = "",
    check: str = "",
    detail: str = "",
    code: str = "",
) -> QuerySet[Any]:
    """The rows with the columns of a Note; what is not named is empty."""
    return (
        rows.order_by()
        .annotate(
            note_table=F(table),
            note_kind=Value(kind, output_field=TextField()),
            note_row=F("pk"),
            note_cell=_text(cell),
            note_check=_text(check),
            note_detail=_text(detail),
            note_code=_text(code),
        )
        .values_list(
            "note_table", "note_kind", "note_row", "note_cell", "note_check", "note_detail", "note_code"
        )
    )


def _text(column: str) -> Cast | Value:
    # Cast: the parts of a UNION have to agree on the types of their columns.
    if column:
        return Cast(column, TextField())
    return Value("", output_field=TextField())
