"""The page of a monitoring table, as a clerk works on it."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Locator, Page, Response, expect

from tests.browser.visitor import Visitor

SAVE = "/cells/"
FIELD = "input:not([type=checkbox]):not([type=hidden]), select, textarea, summary"


class TablePage:
    """Cells by address ("indicator.K001.actual"); what is typed goes through the keyboard."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor, self.page = visitor, visitor.page

    @classmethod
    def open(cls, visitor: Visitor, path: str) -> TablePage:
        visitor.go(path)
        return cls(visitor).ready()

    def ready(self) -> TablePage:
        """Wait until the script has taken the grid in hand."""
        expect(self.page.locator("form[data-table-form][data-script]")).to_be_attached()
        return self

    def cell(self, address: str) -> Locator:
        return self.page.locator(f'[id="cell-{address}"]')

    def field(self, address: str) -> Locator:
        """What has the focus when the cell has it."""
        return (
            self.cell(address)
            .locator("input:not([type=checkbox]):not([type=hidden]), select, textarea, summary")
            .first
        )

    def type_into(self, address: str, text: str) -> None:
        """Go to the cell and type, as a person does: what it held is replaced."""
        self.field(address).focus()
        self.page.keyboard.type(text)

    def active(self) -> str:
        """The address of the cell that has the focus."""
        found = self.page.evaluate("() => document.activeElement.closest('[data-cell]')?.dataset.cell || ''")
        return str(found)

    def tab_to(self, selector: str, *, most: int = 250) -> None:
        """Press Tab until the focus is on what the selector names, as somebody without a mouse does."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} is not reached by Tab")

    def tab_to_cell(self, address: str) -> None:
        self.tab_to(f'[data-cell="{address}"] :is(input, select, textarea, summary)')

    def walk_to(self, address: str) -> None:
        """Go to a cell of the grid that has the focus: to its first cell, down the rows, along the row."""
        row = address.rpartition(".")[0]
        self.press("Control+Home")
        for key, arrived in (
            ("ArrowDown", lambda: self.active().startswith(f"{row}.")),
            ("Control+ArrowRight", lambda: self.active() == address),
        ):
            for _ in range(40):
                if arrived():
                    break
                self.press(key)
            else:
                raise AssertionError(f"{address} is not reached by {key}")

    def press(self, *keys: str) -> TablePage:
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def leave_cell(self) -> None:
        self.page.evaluate("() => document.activeElement.blur()")

    def saved(self) -> None:
        """Everything typed has arrived."""
        expect(self.page.locator("[data-save-state]")).to_have_attribute("data-kind", "saved")

    def save_state(self) -> Locator:
        return self.page.locator("[data-save-state]")

    def paste(self, address: str, text: str, html: str = "") -> None:
        """Put a block of a worksheet into the cell that has the focus, as the browser's own paste does."""
        self.field(address).focus()
        self.page.evaluate(
            """([text, html]) => {
              const clip = new DataTransfer();
              clip.setData("text/plain", text);
              if (html) clip.setData("text/html", html);
              const event = new ClipboardEvent("paste", {clipboardData: clip, bubbles: true, cancelable: true});
              document.activeElement.dispatchEvent(event);
            }""",
            [text, html],
        )

    def value(self, address: str) -> str:
        return str(self.field(address).input_value())

    def expect_stored(self, cells: dict[str, str]) -> None:
        """Compare with what the server has, by a second look at the page. Choices by their value."""
        other = self.page.context.new_page()
        other.goto(self.page.url)
        for address, text in cells.items():
            expect(other.locator(f'[id="cell-{address}"]').locator(FIELD).first, address).to_have_value(text)
        other.close()


def saves(page: Page) -> list[dict[str, Any]]:
    """A list that fills with the body of every save the page sends from now on."""
    sent: list[dict[str, Any]] = []

    def note(response: Response) -> None:
        if response.url.endswith(SAVE) and response.request.method == "POST" and response.status == 200:
            sent.append(json.loads(response.request.post_data or "{}"))

    page.on("response", note)
    return sent
