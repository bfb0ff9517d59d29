"""Writes workbooks in the import format: an empty one for download, or one filled from rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from projects.import_columns import Column, ColumnType, Sheet
from projects.import_format import FORMAT_VERSION, NOTES_SHEET, PAYMENTS, WORKBOOK

Cell = str | int | Decimal | date | None
CREATED = datetime(2022, 1, 1)  # noqa: DTZ001 (the file format has no zone)
"""Stands in every workbook written here, so that the same rows give the same bytes."""

_VALIDATED_ROWS = 5000
_TYPES = {
    ColumnType.CODE: "编码（文本）",
    ColumnType.TEXT: "文本",
    ColumnType.AMOUNT: "金额（元，两位小数）",
    ColumnType.AMOUNT_WAN: "金额（万元，六位小数）",
    ColumnType.MEASURE: "数值（至多四位小数）",
    ColumnType.INTEGER: "整数",
    ColumnType.DATE: "日期（如2022-06-30）",
    ColumnType.CHOICE: "选项",
    ColumnType.FLAG: "是/否",
}
_NUMBER_FORMATS = {
    ColumnType.CODE: "@",
    ColumnType.TEXT: "@",
    ColumnType.AMOUNT: "#,##0.00",
    ColumnType.MEASURE: "0.####",
    ColumnType.INTEGER: "0",
    ColumnType.DATE: "yyyy-mm-dd",
}
_NOTES = (
    "一、本工作簿用于导入区划、科室、部门、单位、项目、资金与绩效指标，支付记录另以 payments.csv 导入。",
    "二、按列名识别，列的先后不限；列名中的空格、换行、全角半角不影响识别。带*的列必填。",
    "三、金额单位为元，保留两位小数；列名写作（万元）的，按万元读取。",
    "四、编码一律为文本，项目编码21位：区划6位、年度2位、类别1位（R人员类、Y运转类、T特定目标类）、顺序号12位。",
    "五、涉密部门、标有密级的项目不导入，只按部门登记个数。",
    "六、附有控制数的，各表行数与金额合计须完全一致，否则整个文件不导入。",
    "七、同一文件重复导入不产生变化；文件要么全部导入，要么全部不导入，错误一次列出。",
)


def write_template(target: Path | IO[bytes]) -> None:
    """An empty workbook with every sheet, its headings, lists to choose from, and the notes."""
    write_workbook(target, {})


def write_workbook(target: Path | IO[bytes], rows: Mapping[str, Iterable[Sequence[Cell]]]) -> None:
    """A workbook with the given rows.

    rows: sheet key → rows, each with one cell per column of that sheet, in its order. Amounts are yuan.
    A sheet without rows is written with its headings. Texts are never taken for formulas or links.
    """
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    if not isinstance(target, Path):
        options["in_memory"] = True
    book = xlsxwriter.Workbook(target if not isinstance(target, Path) else str(target), options)
    book.set_properties(
        {"title": "预算项目导入表", "comments": f"格式版本 {FORMAT_VERSION}", "created": CREATED}
    )
    _write_notes(book)
    for sheet in WORKBOOK:
        _write_sheet(book, sheet, rows.get(sheet.key, ()))
    book.close()


def _write_sheet(book: Any, sheet: Sheet, rows: Iterable[Sequence[Cell]]) -> None:
    page = book.add_worksheet(sheet.name)
    page.freeze_panes(1, 0)
    heading = {"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1}
    optional, required = book.add_format(heading), book.add_format({**heading, "bg_color": "#DDEBF7"})
    formats = [
        book.add_format({"num_format": _NUMBER_FORMATS.get(column.type, "@")}) for column in sheet.columns
    ]
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, _width(column), formats[index])
        page.write_string(
            0, index, column.heading + "*" * column.required, required if column.required else optional
        )
        if choices := _choices(column):
            page.data_validation(1, index, _VALIDATED_ROWS, index, {"validate": "list", "source": choices})
    for number, row in enumerate(rows, start=1):
        for index, (cell, cell_format) in enumerate(zip(row, formats, strict=True)):
            _write_cell(page, number, index, cell, cell_format)


def _write_cell(page: Any, row: int, column: int, cell: Cell, cell_format: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        page.write_string(row, column, cell, cell_format)
    elif isinstance(cell, date):
        page.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), cell_format)  # noqa: DTZ001
    else:
        page.write_number(row, column, float(cell), cell_format)


def _width(column: Column) -> int:
    if column.type == ColumnType.CODE:
        return 26 if column.max_length == 21 else 16
    return 40 if (column.max_length or 0) >= 200 else 16


def _choices(column: Column) -> list[str]:
    """Labels of a list to choose from: one for each value. Excel takes no list longer than 255 characters."""
    if column.type == ColumnType.FLAG:
        return ["是", "否"]
    labels = [column.label_of(value) for value in dict.fromkeys(column.choices.values())]
    return labels if len(",".join(labels)) <= 255 else []


def _write_notes(book: Any) -> None:
    page = book.add_worksheet(NOTES_SHEET)
    bold = book.add_format({"bold": True})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 14)
    page.set_column(1, 1, 22)
    page.set_column(2, 3, 20)
    page.set_column(4, 4, 70)
    row = 0
    for note in _NOTES:
        page.write_string(row, 0, note)
        row += 1
    row += 1
    for index, text in enumerate(("表", "列名", "必填", "类型", "说明")):
        page.write_string(row, index, text, bold)
    for sheet in (*WORKBOOK, PAYMENTS):
        for column in sheet.columns:
            row += 1
            cells = (
                sheet.name,
                column.heading,
                "必填" if column.required else "",
                _TYPES[column.type],
                _about(column),
            )
            for index, text in enumerate(cells):
                page.write_string(row, index, text, plain)


def _about(column: Column) -> str:
    labels = [column.label_of(value) for value in dict.fromkeys(column.choices.values())]
    return "；".join(filter(None, (column.note, "、".join(labels))))
