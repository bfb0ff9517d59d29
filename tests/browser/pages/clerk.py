"""A careful clerk without a mouse: types what is known, then answers what the checks ask."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.bureau import Bureau
from tests.browser.pages.table import TablePage

_TEXTS = ("objective_progress", "problems", "measures", "suggestions")
_IN_GRID = ("expected_value", "cause_text", "measure")
_DIGITS = {"certain": "1", "possible": "2", "impossible": "3"}
REASON = "受项目前期手续和验收结算进度影响，资金支付集中在下半年，目前正加快办理。"


@dataclass
class Answers:
    """What the generated files say about one project in one month: texts, and each indicator's cells."""

    texts: dict[str, str]
    indicators: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, bureau: Bureau, code: str, month: int = 6) -> Answers:
        def rows(name: str) -> list[dict[str, str]]:
            path: Path = bureau.file(name)
            with path.open(encoding="utf-8-sig", newline="") as file:
                found = list(csv.DictReader(file))
            return [row for row in found if row["project_code"] == code and row["month"] == str(month)]

        return cls(rows("fills.csv")[0], {row["indicator_code"]: row for row in rows("actuals.csv")})


def fill_by_keyboard(table: TablePage, answers: Answers) -> None:
    """Everything by Tab, arrows, Enter, digits and typing; the mouse stays where it is."""
    keyboard = table.page.keyboard
    table.tab_to_cell("execution_reason")
    keyboard.type(answers.texts["execution_reason"] or REASON)
    first, *_rest = answers.indicators
    table.tab_to_cell(f"indicator.{first}.actual")
    for code, row in answers.indicators.items():
        assert table.active() == f"indicator.{code}.actual"
        keyboard.type(row["value"])
        table.press("Enter")
    for code, row in answers.indicators.items():
        for name in _IN_GRID:
            if row[name]:
                table.walk_to(f"indicator.{code}.{name}")
                keyboard.type(row[name])
                table.press("Enter")
        if row["causes"]:
            table.walk_to(f"indicator.{code}.causes")
            _tick(table, f"indicator.{code}.causes", row["causes"].split("、"))
    table.walk_to(f"indicator.{first}.likelihood")
    for row in answers.indicators.values():
        table.press(_DIGITS[row["likelihood"]], "Enter")
    for name in _TEXTS:
        table.tab_to_cell(name)
        keyboard.type(answers.texts[name])
    table.tab_to_cell("attainable")
    table.press("ArrowDown" if answers.texts["attainable"] == "1" else "End")
    table.press("Tab")
    table.saved()


def _tick(table: TablePage, address: str, wanted: list[str]) -> None:
    boxes = table.cell(address).locator("input[type=checkbox]")
    values = [boxes.nth(place).get_attribute("value") for place in range(boxes.count())]
    for value in wanted:
        table.press(str(values.index(value) + 1))


def explain_by_keyboard(table: TablePage, text: str) -> int:
    """Give the explanation that each warning asks for; how many there were."""
    fields = table.page.locator("[data-part=checks] textarea")
    count = fields.count()
    for place in range(count):
        name = fields.nth(place).get_attribute("name")
        table.tab_to(f'textarea[name="{name}"]')
        table.page.keyboard.type(text)
    if count:
        table.press("Tab")
        table.saved()
        expect(table.page.locator("[data-part=checks] li.warning:not(.explained)")).to_have_count(0)
    return count
