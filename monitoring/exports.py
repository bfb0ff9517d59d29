"""The official project form as a workbook, filled as far as known: one sheet for one table, or one a project.

What a unit may type stands open, everything else is locked. Texts are written as texts, so that none becomes a
formula; codes keep their digits. Layout: domain.md 2.3.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable
from typing import Any

import xlsxwriter
from django.utils import translation

from foundation.spreadsheets import new_workbook
from monitoring import official_form as form
from monitoring.choices import CauseCategory, LevelResult, Likelihood
from monitoring.form_sheet import FormSheet
from monitoring.models import Cycle, MonitoringTable
from monitoring.tables import Assessed, assess

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_SHEET_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
# Names that Excel keeps for itself.
_RESERVED = {"history", form.META_SHEET, form.NOTES_SHEET}


def form_workbook(tables: Iterable[MonitoringTable]) -> bytes:
    """The workbook of some tables of one cycle, in their order. A constant number of queries.

    Each table needs project, unit, department, and cycle with its rule book, selected.
    """
    with translation.override("zh-hans"):
        return _workbook(assess(tables))


def file_name(tables: list[MonitoringTable], whose: str = "") -> str:
    """What the download is called: project or department, and the period."""
    cycle = tables[0].cycle
    name = whose or tables[0].project.name
    return _FORBIDDEN.sub("", f"{name}-{cycle.year}年1—{cycle.month}月绩效监控表.xlsx")[-120:]


def _workbook(sheets: list[Assessed]) -> bytes:
    stream = io.BytesIO()
    with new_workbook(stream) as book:
        names = sheet_names([each.table.project.name for each in sheets])
        formats = Formats(book)
        for assessed, name in zip(sheets, names, strict=True):
            FormSheet(book.add_worksheet(name), formats, assessed).write()
        _write_notes(book, formats)
        _write_meta(book, sheets, names)
        book.worksheets()[0].activate()
    return stream.getvalue()


def sheet_names(names: Iterable[str]) -> list[str]:
    """Names that Excel takes: at most 31 characters, none of []:*?/\\, no two alike, none of its own."""
    taken: set[str] = {name.lower() for name in _RESERVED}
    result = []
    for name in names:
        plain = _FORBIDDEN.sub("", name).strip(" '")[:LONGEST_SHEET_NAME] or "项目"
        unique, number = plain, 1
        while unique.lower() in taken:
            number += 1
            ending = f"({number})"
            unique = plain[: LONGEST_SHEET_NAME - len(ending)] + ending
        taken.add(unique.lower())
        result.append(unique)
    return result


class Formats:
    """The looks of cells, made once a workbook. `of(name, open=True)` is one that may be typed into."""

    _BORDER = {
        "border": 1,
        "border_color": "#7F8C93",
        "valign": "vcenter",
        "text_wrap": True,
        "font_size": 10,
    }
    _LOOKS: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"},
        "line": {"font_size": 10, "valign": "vcenter"},
        "line_right": {"font_size": 10, "align": "right", "valign": "vcenter"},
        "heading": {**_BORDER, "bold": True, "align": "center", "bg_color": "#E6EBEE"},
        "text": {**_BORDER, "num_format": "@"},
        "center": {**_BORDER, "num_format": "@", "align": "center"},
        "money": {**_BORDER, "num_format": "#,##0.00####", "text_wrap": False},
        "rate": {**_BORDER, "num_format": "0.00%", "text_wrap": False},
        "number": {**_BORDER, "num_format": "General", "align": "right"},
        "note": {"font_size": 11, "text_wrap": True, "valign": "top"},
    }
    _PLAIN = ("title", "line", "line_right", "heading", "note")

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._made: dict[tuple[str, bool], Any] = {}

    def of(self, name: str, *, open: bool = False) -> Any:
        key = (name, open)
        if key not in self._made:
            look = dict(self._LOOKS[name])
            if open:
                look["locked"] = False
            elif name not in self._PLAIN:
                look["bg_color"] = "#F2F5F6"
            self._made[key] = self._book.add_format(look)
        return self._made[key]


def _write_notes(book: xlsxwriter.Workbook, formats: Formats) -> None:
    sheet = book.add_worksheet(form.NOTES_SHEET)
    sheet.set_column(0, 0, 110)
    sheet.write_string(0, 0, form.NOTES_SHEET, formats.of("title"))
    options = {
        "完成等次": [str(label) for label in LevelResult.labels],
        "偏差原因": [str(label) for label in CauseCategory.labels],
        "完成目标可能性": [str(label) for label in Likelihood.labels],
    }
    lines = [*form.NOTES, *(f"{name}：{'、'.join(labels)}" for name, labels in options.items())]
    for place, line in enumerate(lines, 1):
        sheet.write_string(place, 0, line, formats.of("note"))
    sheet.protect()


def _write_meta(book: xlsxwriter.Workbook, sheets: list[Assessed], names: list[str]) -> None:
    """What a later upload is matched by: template, cycle, and each project with the revision it was drawn from."""
    cycle: Cycle = sheets[0].table.cycle
    facts = {
        "template": form.TEMPLATE_VERSION,
        "cycle": cycle.public_id,
        "year": str(cycle.year),
        "month": str(cycle.month),
    }
    rows = [
        [
            each.table.project.code,
            each.table.public_id,
            str(each.table.revision),
            str(each.table.version),
            name,
        ]
        for each, name in zip(sheets, names, strict=True)
    ]
    sheet = book.add_worksheet(form.META_SHEET)
    for place, (name, text) in enumerate([*facts.items(), ("checksum", checksum(facts, rows))]):
        sheet.write_string(place, 0, name)
        sheet.write_string(place, 1, text)
    start = len(facts) + 2
    for place, row in enumerate([["project", "table", "revision", "version", "sheet"], *rows]):
        for column, text in enumerate(row):
            sheet.write_string(start + place, column, text)
    sheet.very_hidden()


def checksum(facts: dict[str, str], rows: list[list[str]]) -> str:
    """SHA-256 over what the hidden sheet says, so that a file patched together from two is noticed."""
    text = json.dumps([facts, rows], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
