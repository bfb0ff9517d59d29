"""The wizard that opens a cycle."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.visitor import JOB_MS, Visitor


def choose_period(visitor: Visitor, month: int) -> None:
    """The first step: January to that month of 2022."""
    page = visitor.page
    page.locator("#id_year").fill("2022")
    page.locator("#id_month").select_option(str(month))
    visitor.button("Next").click()


def exempt(visitor: Visitor, code: str, reason: str) -> None:
    """The step of the scope: all but one project, which the last step names."""
    visitor.page.locator("#id_exemptions").fill(f"{code} {reason}")
    visitor.button("Next").click()
    expect(visitor.page.locator(".wizard")).to_contain_text(reason)


def open_it(visitor: Visitor) -> None:
    """The last step: the cycle is there, covers everything, and its tables are computed."""
    visitor.button("Open the cycle").click()
    expect(visitor.page.locator("#coverage .unit")).to_contain_text("100.00%")
    done = visitor.words("Done")
    expect(visitor.page.locator("#jobs [role=status]").first).to_have_text(done, timeout=JOB_MS)
