"""The page of imports: a file offered, its check read, then taken."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.visitor import JOB_MS, Visitor


def offer(visitor: Visitor, name: str) -> None:
    """Upload a file on the page of imports and wait until its check has been done."""
    visitor.go("/imports/")
    visitor.page.locator("input[type=file]").set_input_files(visitor.bureau.file(name))
    visitor.button("Check the file").click()
    expect(visitor.button("Import now")).to_be_visible(timeout=JOB_MS)


def take(visitor: Visitor) -> None:
    visitor.button("Import now").click()
    told = visitor.words.around(
        "Imported at %(at)s. Open cycles of the year are brought up to date by a job."
    )
    expect(visitor.page.locator(".notice-success", has_text=told)).to_be_visible(timeout=JOB_MS)


def counts(visitor: Visitor) -> dict[str, list[str]]:
    """Sheet → new, changed, unchanged, refused."""
    rows = visitor.page.locator("#counts tbody tr")
    found = [
        [cell.strip() for cell in rows.nth(place).locator("th, td").all_inner_texts()]
        for place in range(rows.count())
    ]
    return {name: figures for name, *figures in found}
