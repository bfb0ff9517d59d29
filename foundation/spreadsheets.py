"""Workbooks and CSV files that arrive, and text that leaves in one without becoming a formula.

What arrives is measured first (foundation.workbook_gate) and read by a process of its own
(foundation.read_workbook): docs/decisions/0004-workbooks-are-scanned-and-read-apart.md
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import workbook_gate
from foundation.errors import BadInput, Fault
from foundation.workbook_gate import Extent, Refusal

if TYPE_CHECKING:
    import xlsxwriter
    from openpyxl.cell import Cell as OpenpyxlCell

_SAVE_AGAIN = gettext_lazy(
    "The file is damaged, or a program wrote it in an unusual way. Open it in Excel or WPS, save it as .xlsx and "
    "upload it again."
)
REFUSALS = {
    "too_big": gettext_lazy(
        "The file is larger than %(limit)s MB. Delete pictures and sheets that are not needed, or split it."
    ),
    "old_format": gettext_lazy(
        "This is an old .xls workbook. Open it in Excel or WPS, save it as .xlsx and upload that file."
    ),
    "encrypted": gettext_lazy(
        "The workbook is protected by a password. Remove the password and upload it again."
    ),
    "not_a_workbook": gettext_lazy(
        "This is not an .xlsx workbook. Save it as .xlsx in Excel or WPS and upload that file."
    ),
    "damaged": _SAVE_AGAIN,
    "doctype": _SAVE_AGAIN,
    "cells_without_address": _SAVE_AGAIN,
    "too_many_members": gettext_lazy(
        "The workbook has too many parts. Copy the filled cells into a new workbook and upload that."
    ),
    "unpacks_too_big": gettext_lazy(
        "The workbook unpacks to far more than its size. Copy the filled cells into a new workbook and upload that."
    ),
    "too_many_cells": gettext_lazy(
        "The sheets reach over more than %(limit)s cells. Delete the rows and columns behind the last filled cell, "
        "or split the file."
    ),
    "too_many_faulty_cells": gettext_lazy(
        "More than %(limit)s cells show an error or were never calculated. Put the formulas right, save the file in "
        "Excel or WPS and upload it again."
    ),
    "macro": gettext_lazy("The workbook holds macros. Save it as .xlsx without macros and upload that file."),
    "external_link": gettext_lazy(
        "The workbook is linked to other files or data. Break the links (Data, Edit Links), save it and upload it "
        "again."
    ),
    "embedded_object": gettext_lazy(
        "The workbook holds embedded objects. Delete them, save it and upload it again."
    ),
    "too_heavy": gettext_lazy(
        "The workbook could not be read within the time and memory a file may take. Copy the filled cells into a new "
        "workbook and upload that."
    ),
}
DAMAGES = {
    "long_number": gettext_lazy(
        "A long code became a number here and lost its last digits. Format the column as text and enter the code again."
    ),
    "error": gettext_lazy("The cell shows an error instead of a value. Put the formula right."),
    "merged": gettext_lazy("The cell is merged with its neighbours. Split them and fill in each one."),
    "no_result": gettext_lazy("The formula was never calculated. Open the file in Excel or WPS and save it."),
}

# Excel keeps fifteen digits of a number; what is longer has lost some.
FIRST_INEXACT_NUMBER = 10**15
_WORKBOOKS_AHEAD = 4
_KILLED_BY_LIMITS = {-4, -6, -9, -11, -14, -24}  # ILL, ABRT, KILL, SEGV, ALRM, XCPU
_TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_LONGEST_CELL = 32_767
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Damaged:
    """A cell whose value is lost. kind: a key of DAMAGES; text: what is left of it, "" when nothing."""

    kind: str
    text: str = ""

    @property
    def message(self) -> str:
        """What is wrong and what to do, in the language active now."""
        return str(DAMAGES[self.kind])


# int: a number without a fraction; Decimal: with one. A code that arrives as either was not entered as text.
Cell = str | int | Decimal | bool | date | datetime | Damaged | None
Range = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet: rows[0] is row 1 of the sheet; rows may differ in length.

    merged: first and last (row, column) of each merged range, counted from 0; the value stands in the first.
    """

    name: str
    rows: list[list[Cell]]
    merged: list[Range] = field(default_factory=list)
    visible: bool = True


def scan(path: Path) -> Extent:
    """Measure a workbook without parsing it. Raises BadInput that says what to do."""
    try:
        return workbook_gate.inspect(_content(path), limit_bytes=settings.UPLOAD_LIMIT_BYTES)
    except Refusal as refusal:
        raise _bad_input(refusal.code, refusal.params) from refusal


def read_workbook(path: Path) -> dict[str, Sheet]:
    """The sheets of a workbook by name, in their order. Raises BadInput; no scan is needed before."""
    _path, result = next(read_workbooks([path]))
    if isinstance(result, BadInput):
        raise result
    return result


def read_workbooks(paths: Iterable[Path]) -> Iterator[tuple[Path, dict[str, Sheet] | BadInput]]:
    """Each workbook with its sheets, or with why it was refused: one reading process for as many as it survives."""
    waiting = deque(Path(path) for path in paths)
    while waiting:
        with _Reader() as reader:
            for path in _asked_ahead(waiting, reader):
                line = reader.answer()
                waiting.popleft()
                if not line:
                    yield path, _bad_input("too_heavy" if reader.was_killed() else "damaged", {})
                    break
                yield path, _sheets(line)


def _asked_ahead(waiting: deque[Path], reader: _Reader) -> Iterator[Path]:
    """The first waiting, again and again; some behind it are asked for already, so that both processes work."""
    asked = 0
    while waiting:
        for path in list(itertools.islice(waiting, asked, _WORKBOOKS_AHEAD)):
            reader.ask(path)
            asked += 1
        yield waiting[0]
        asked -= 1


class _Reader:
    """The reading process. It inherits what Python needs to start and no secret."""

    _ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")

    def __enter__(self) -> _Reader:
        self._process: subprocess.Popen[str] = subprocess.Popen(
            [sys.executable, "-s", "-m", "foundation.read_workbook"],
            cwd=Path(__file__).resolve().parents[1],
            env={name: os.environ[name] for name in self._ENVIRONMENT if name in os.environ}
            | {"PYTHONUTF8": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        return self

    def __exit__(self, *_exception: object) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, path: Path) -> None:
        request = {"path": str(path.resolve()), "limit_bytes": settings.UPLOAD_LIMIT_BYTES}
        pipe = _opened(self._process.stdin)
        try:
            pipe.write(json.dumps(request) + "\n")
            pipe.flush()
        except BrokenPipeError:
            # It fell over an earlier workbook, whose empty answer is still to be fetched.
            return

    def answer(self) -> str:
        """One line of JSON, "" when the process is gone."""
        return _opened(self._process.stdout).readline()

    def was_killed(self) -> bool:
        """Whether a limit ended it, as opposed to a fault of its own."""
        return self._process.wait() in _KILLED_BY_LIMITS


def _opened(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise RuntimeError("The reading process has no pipes.")
    return pipe


def _sheets(line: str) -> dict[str, Sheet] | BadInput:
    answer = json.loads(line, parse_float=_number, parse_int=_number, object_hook=_cell)
    if "refused" in answer:
        return _bad_input(answer["refused"], answer["params"])
    return {
        sheet["name"]: Sheet(
            name=sheet["name"],
            rows=sheet["rows"],
            merged=[(tuple(first), tuple(last)) for first, last in sheet["merged"]],
            visible=sheet["visible"],
        )
        for sheet in answer["sheets"]
    }


def _number(text: str) -> Cell:
    """What JSON calls a number: int where it has no fraction, Decimal of the same digits where it has."""
    if text.endswith(".0") and len(text) < 18:  # "-" and fifteen digits
        return int(text[:-2])
    number = Decimal(text)
    if abs(number) >= FIRST_INEXACT_NUMBER:
        return Damaged("long_number", f"{number:f}".removesuffix(".0"))
    return int(number) if number == number.to_integral_value() else number


def _cell(tagged: dict[str, Any]) -> Any:
    """A tagged value of the reading process; every other object stays as it is."""
    match tagged:
        case {"day": str(text)}:
            return date.fromisoformat(text)
        case {"moment": str(text)}:
            return datetime.fromisoformat(text)
        case {"damaged": str(kind)}:
            return Damaged(kind)
    return tagged


def _bad_input(code: str, params: Mapping[str, object]) -> BadInput:
    message = str(REFUSALS[code])
    shown = {name: f"{value:,}" if isinstance(value, int) else value for name, value in params.items()}
    return BadInput([Fault("", message % shown if shown else message)])


def _content(path: Path) -> bytes:
    """The bytes of a file, one more than allowed when it is too big."""
    with Path(path).open("rb") as file:
        return file.read(settings.UPLOAD_LIMIT_BYTES + 1)


def read_csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of the line they end on; blank lines are left out.

    UTF-8 (with or without mark) or GB18030; commas, or tabs where the first line has no comma. Raises BadInput,
    at the first row for what concerns the file, at the row where its quotes go wrong.
    """
    text = _csv_text(_content(path))
    first_line = text.split("\n", 1)[0]
    delimiter = "\t" if "\t" in first_line and "," not in first_line else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        where = _("line %(number)s") % {"number": reader.line_num}
        message = _("A quotation mark is missing or stands in the wrong place, or a value is too long.")
        raise BadInput([Fault(where, message)]) from error


def _csv_text(content: bytes) -> str:
    if len(content) > settings.UPLOAD_LIMIT_BYTES:
        raise _bad_input("too_big", {"limit": settings.UPLOAD_LIMIT_BYTES // (1024 * 1024)})
    if b"\x00" not in content:
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise BadInput(
        [Fault("", _("This is not a CSV file. Save it as “CSV UTF-8” in Excel or WPS and upload that file."))]
    )


def _is_trigger(text: str) -> bool:
    """Whether a spreadsheet could take `text` for a formula; tab and return count before the trim."""
    return text.startswith(_TRIGGERS) or text.strip().startswith(_TRIGGERS)


def safe_text(value: object) -> str:
    """A value for a CSV cell: text that could become a formula gets an apostrophe, a number never does."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and _is_trigger(text) else text


def new_workbook(target: str | Path | IO[bytes], *, constant_memory: bool = False) -> xlsxwriter.Workbook:
    """An XlsxWriter workbook in which a string stays a string.

    constant_memory: rows are written from top to bottom and forgotten; for large exports.
    """
    # Here, not above: a process that writes no workbook starts without it.
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": constant_memory,
        "default_date_format": "yyyy-mm-dd",
        "remove_timezone": True,
    }
    return xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, options)


def write_text(cell: OpenpyxlCell, value: object) -> None:
    """Put text into an openpyxl cell as text, whatever it begins with; None leaves it blank."""
    if value is None:
        cell.value = None
        return
    text = _UNWRITABLE.sub("", str(value))[:_LONGEST_CELL]
    cell.value = text
    cell.data_type = "s"
    if _is_trigger(text):
        # Kept as text when a person edits the cell later.
        cell.quotePrefix = True
