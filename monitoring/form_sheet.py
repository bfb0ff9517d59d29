"""One project's sheet of the official form, written row by row (domain.md 2.3: columns A to L, hidden column M)."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_rowcol_to_cell as at
from xlsxwriter.worksheet import Worksheet

from foundation.money import wan
from foundation.templatetags.figures import day
from monitoring import official_form as form
from monitoring import rates
from monitoring.choices import CauseCategory, LevelResult, Light, Likelihood
from monitoring.models import FundRow, IndicatorRow
from monitoring.tables import Assessed
from projects.choices import Level1, Level2, Sign

if TYPE_CHECKING:
    from monitoring.exports import Formats

WIDTHS = (13, 12, 22, 11, 12, 12, 10, 13, 14, 18, 30, 13)
LAST = len(WIDTHS) - 1
HIDDEN = LAST + 1
ZERO = Decimal(0)
LIGHT_WORDS = {
    Light.RED: "红灯",
    Light.YELLOW: "黄灯",
    Light.GREEN: "绿灯",
    Light.BLUE: "蓝灯",
    Light.GREY: "灰灯",
}
HEAD_SPANS = {2: ((0, 1, 5), (6, 7, 11)), 4: ((0, 1, 3), (4, 5, 7), (8, 9, 9), (10, 11, 11))}
MONEY_OF_ROW = ("initial", "change", "adjusted", "in_place", "executed")


class FormSheet:
    """Writes one assessed table onto a worksheet."""

    def __init__(self, sheet: Worksheet, formats: Formats, assessed: Assessed) -> None:
        self.sheet, self.formats = sheet, formats
        self.assessed, self.table = assessed, assessed.table
        self.month = self.table.cycle.month
        self.row = 0

    def write(self) -> None:
        self._set_up()
        self._write_head()
        self._write_funds()
        self._write_objective()
        self._write_indicators()
        self._write_end()

    def _set_up(self) -> None:
        for column, width in enumerate(WIDTHS):
            self.sheet.set_column(column, column, width)
        self.sheet.set_column(HIDDEN, HIDDEN, 10, None, {"hidden": True})
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.set_footer("&C第 &P 页，共 &N 页")
        self.sheet.protect("", {"format_rows": True, "format_columns": True})

    # Head

    def _write_head(self) -> None:
        title = form.TITLE.format(year=self.table.cycle.year, month=self.month)
        self._merge(0, LAST, title, "title")
        self.sheet.set_row(self.row, 30)
        self.row += 1
        self._merge(0, 7, form.UNIT_LINE.format(unit=self.table.unit.name), "line")
        self._merge(8, LAST, form.MONEY_LINE, "line_right")
        self.row += 1
        values = self._head_values()
        for head in form.HEAD_ROWS:
            for (heading, name), (column, first, last) in zip(
                head.pairs, HEAD_SPANS[len(head.pairs)], strict=True
            ):
                self._text(column, heading, "heading")
                self._merge(first, last, values[name], "text", open=name in ("manager", "phone"))
            self.row += 1

    def _head_values(self) -> dict[str, str]:
        project, table = self.table.project, self.table
        kinds = (project.get_klass_display(), project.get_nature_display(), project.get_kind_display())
        dated = project.starts_on or project.ends_on
        return {
            "name": project.name,
            "code": project.code,
            "department": f"{table.department.name}（{table.department.code}）",
            "unit": f"{table.unit.name}（{table.unit.code}）",
            "kind": "／".join(str(kind) for kind in kinds if kind),
            "duration": f"{day(project.starts_on)} 至 {day(project.ends_on)}" if dated else "",
            "manager": table.manager,
            "phone": table.phone,
        }

    # Funds

    def _write_funds(self) -> None:
        self._headings(form.FUND_HEADINGS)
        total = self.row
        rows = {row.source: row for row in self.assessed.sheet.funds}
        first, last = total + 1, total + len(form.SOURCE_ROWS)
        self._write_total(total, first, last)
        self.row = first
        for source, name in form.SOURCE_ROWS.items():
            self._write_fund(name, rows.get(source))
            self.row += 1

    def _write_total(self, row: int, first: int, last: int) -> None:
        figures = self.assessed.figures
        self._text(0, form.TOTAL_ROW, "text")
        change = figures.adjusted - figures.initial
        known = [figures.initial, change, figures.adjusted, figures.in_place, figures.executed]
        for column, amount in [*enumerate(known, 1), (7, figures.expected)]:
            self._sum(column, first, last, amount)
        self._ratio(6, at(row, 5), at(row, 3), figures.execution_rate)
        self._ratio(8, at(row, 7), at(row, 3), figures.expected_rate)
        self._difference(9, at(row, 3), at(row, 7), rates.carry_over(figures.expected, figures.adjusted))
        self._text(10, LIGHT_WORDS[Light(figures.budget_light)], "center")
        self._text(11, self.table.execution_reason, "text", open=True)

    def _write_fund(self, name: str, row: FundRow | None) -> None:
        self._text(0, name, "text")
        for column, field in enumerate(MONEY_OF_ROW, 1):
            self._money(column, getattr(row, field) if row else ZERO)
        adjusted, expected = at(self.row, 3), at(self.row, 7)
        figures = (row.executed, row.adjusted, row.expected) if row else (ZERO, ZERO, ZERO)
        self._ratio(6, at(self.row, 5), adjusted, rates.execution_rate(figures[0], figures[1]))
        self._money(7, figures[2], open=row is not None)
        self._ratio(8, expected, adjusted, rates.expected_rate(figures[2], figures[1]))
        self._difference(9, adjusted, expected, rates.carry_over(figures[2], figures[1]))
        self._text(10, "", "center")
        self._text(11, row.reason_of_change if row else "", "text")

    # Objective and indicators

    def _write_objective(self) -> None:
        self._text(0, form.OBJECTIVE, "heading")
        self._merge(1, 5, self.table.objective, "text")
        self._text(6, form.PROGRESS.format(month=self.month), "heading")
        self._merge(7, LAST, self.table.objective_progress, "text", open=True)
        self.sheet.set_row(self.row, 80)
        self.row += 1

    def _write_indicators(self) -> None:
        self._headings(form.INDICATOR_HEADINGS)
        rows = self.assessed.sheet.indicators
        start = self.row
        for row in rows:
            self._write_indicator(row)
            self.row += 1
        # One by one within a first level, so that equal second levels of two first levels stay apart.
        place = start
        for level1, members in groupby(rows, key=lambda each: each.level1):
            inside = list(members)
            self._merge_down(0, place, len(inside), _label(Level1, level1))
            within = place
            for level2, few in groupby(inside, key=lambda each: each.level2):
                height = len(list(few))
                self._merge_down(1, within, height, _label(Level2, level2))
                within += height
            place += len(inside)

    def _write_indicator(self, row: IndicatorRow) -> None:
        is_level = row.sign == Sign.LEVEL
        self._text(2, row.name + (form.DROPPED if row.dropped else ""), "text")
        self._text(3, str(Sign(row.sign).label), "center")
        self._target(row)
        self._text(5, row.unit, "center")
        self._number(6, row.weight)
        if is_level:
            self._text(7, _label(LevelResult, row.level), "text", open=not row.dropped)
        else:
            self._number_or_text(7, row.actual, row.actual_text, open=not row.dropped)
        self._number_or_text(8, row.expected_value, row.expected_text, open=not row.dropped)
        causes = "、".join(_label(CauseCategory, cause) for cause in row.causes)
        self._text(9, causes, "text", open=not row.dropped)
        self._text(10, _causes_and_measure(row), "text", open=not row.dropped)
        self._text(11, _label(Likelihood, row.likelihood), "center", open=not row.dropped)
        self.sheet.write_string(self.row, HIDDEN, row.indicator.code)
        if not row.dropped:
            self._offer_choices(is_level)

    def _offer_choices(self, is_level: bool) -> None:
        if is_level:
            self._offer(7, LevelResult.labels)
        self._offer(9, CauseCategory.labels, only=False)
        self._offer(11, Likelihood.labels)

    def _offer(self, column: int, labels: list[Any], *, only: bool = True) -> None:
        """A drop-down list; only=False lets several be written, joined by 、."""
        source = [str(label) for label in labels]
        options = {"validate": "list", "source": source, "show_error": only}
        if only:
            options |= {
                "error_title": "请选择",
                "error_message": "请从下拉列表中选择：" + "、".join(source)[:200],
            }
        self.sheet.data_validation(self.row, column, self.row, column, options)

    def _target(self, row: IndicatorRow) -> None:
        if row.sign == Sign.BETWEEN and row.target_low is not None:
            self._text(4, f"{_plain(row.target_low)}-{_plain(row.target_high)}", "text")
        elif row.sign == Sign.LEVEL or row.target_low is None:
            self._text(4, row.target_text, "text")
        else:
            self._number(4, row.target_low)

    def _write_change_of_target(self) -> None:
        """C3: yes or no, and what is to change."""
        self._text(0, form.TARGET_CHANGED, "heading")
        self._yes_or_no(self.table.target_changed)
        self._text(2, form.TARGET_CHANGE_NOTE, "heading")
        self._merge(3, LAST, self.table.target_change_note, "text", open=True)
        self.row += 1

    def _write_attainable(self) -> None:
        """E4: whether the year's target can be reached; blank as long as nobody has said."""
        self._text(0, form.ATTAINABLE, "heading")
        self._yes_or_no(self.table.attainable)
        self._merge(2, LAST, "", "text")
        self.row += 1

    def _yes_or_no(self, answer: bool | None) -> None:
        self._text(1, "" if answer is None else form.YES if answer else form.NO, "center", open=True)
        self._offer(1, [form.YES, form.NO])

    def _write_end(self) -> None:
        for heading, text in (
            (form.PROBLEMS, self.table.problems),
            (form.MEASURES, self.table.measures),
            (form.SUGGESTIONS, self.table.suggestions),
        ):
            self._text(0, heading, "heading")
            self._merge(1, LAST, text, "text", open=True)
            self.sheet.set_row(self.row, 45)
            self.row += 1
        self._write_change_of_target()
        self._write_attainable()
        signatures = form.SIGNATURES.format(manager=self.table.manager, phone=self.table.phone)
        self._merge(0, LAST, signatures, "line")
        self.sheet.print_area(0, 0, self.row, LAST)

    # Cells of the current row

    def _headings(self, headings: tuple[str, ...]) -> None:
        for column, heading in enumerate(headings):
            self._text(column, heading.format(month=self.month), "heading")
        self.sheet.set_row(self.row, 32)
        self.row += 1

    def _text(self, column: int, text: str, look: str, *, open: bool = False) -> None:
        cell = self.formats.of(look, open=open)
        if text:
            self.sheet.write_string(self.row, column, text, cell)
        else:
            self.sheet.write_blank(self.row, column, None, cell)

    def _merge(self, first: int, last: int, text: str, look: str, *, open: bool = False) -> None:
        if first == last:
            return self._text(first, text, look, open=open)
        # merge_range() would guess a type; the text is written over it as a text.
        self.sheet.merge_range(self.row, first, self.row, last, "", self.formats.of(look, open=open))
        return self._text(first, text, look, open=open)

    def _merge_down(self, column: int, row: int, height: int, text: str) -> None:
        look = self.formats.of("center")
        if height > 1:
            self.sheet.merge_range(row, column, row + height - 1, column, "", look)
        self.sheet.write_string(row, column, text, look)

    def _money(self, column: int, amount: Decimal | None, *, open: bool = False) -> None:
        self._figure(column, None if amount is None else wan(amount), "money", open=open)

    def _number(self, column: int, number: Decimal | None) -> None:
        self._figure(column, number, "number")

    def _number_or_text(self, column: int, number: Decimal | None, text: str, *, open: bool) -> None:
        if number is None and text:
            self._text(column, text, "text", open=open)
        else:
            self._figure(column, number, "number", open=open)

    def _figure(self, column: int, number: Decimal | None, look: str, *, open: bool = False) -> None:
        cell = self.formats.of(look, open=open)
        if number is None:
            self.sheet.write_blank(self.row, column, None, cell)
        else:
            self.sheet.write_number(self.row, column, float(number), cell)

    def _sum(self, column: int, first: int, last: int, amount: Decimal | None) -> None:
        known = "" if amount is None else float(wan(amount))
        formula = f"=SUM({at(first, column)}:{at(last, column)})"
        self.sheet.write_formula(self.row, column, formula, self.formats.of("money"), known)

    def _ratio(self, column: int, part: str, whole: str, rate: Decimal | None) -> None:
        known = "" if rate is None else float(rate)
        formula = f'=IF(OR({whole}=0,{part}=""),"",{part}/{whole})'
        self.sheet.write_formula(self.row, column, formula, self.formats.of("rate"), known)

    def _difference(self, column: int, whole: str, part: str, amount: Decimal | None) -> None:
        known = "" if amount is None else float(wan(amount))
        formula = f'=IF({part}="","",{whole}-{part})'
        self.sheet.write_formula(self.row, column, formula, self.formats.of("money"), known)


def _label(choices: Any, value: str) -> str:
    return str(choices(value).label) if value in choices.values else str(value)


def _causes_and_measure(row: IndicatorRow) -> str:
    measure = f"{form.MEASURE_MARK}{row.measure}" if row.measure else ""
    return "\n".join(part for part in (row.cause_text, measure) if part)


def _plain(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"
