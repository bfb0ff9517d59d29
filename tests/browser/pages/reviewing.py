"""The reviewer: remarks, decisions one by one and all at once."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.visitor import Visitor


def remark_on(visitor: Visitor, cell: str, text: str) -> None:
    visitor.page.wait_for_load_state()  # a click is listened to when the page's scripts have run
    visitor.page.locator(f'[data-cell="{cell}"]').click()
    dialog = visitor.page.locator("dialog#remark")
    expect(dialog.locator("select")).to_have_value(cell)
    dialog.locator("textarea").fill(text)
    visitor.button("Add the remark", within=dialog).click()
    expect(visitor.page.locator("#remarks")).to_contain_text(text)


def twice_on_two_pages(visitor: Visitor, review: str) -> None:
    """A second page still shows the table as it was: the decision made there is refused, and says who was before."""
    second = visitor.context.new_page()
    second.goto(review)
    visitor.page.locator("#decide textarea").fill("情况属实，同意。")
    visitor.button("Approve").click()
    expect(visitor.page.locator(".notice-success")).to_be_visible()
    second.locator("#decide textarea").fill("同意。")
    visitor.button("Approve", within=second).click()
    refusal = second.locator(".notice-error")
    expect(refusal).to_contain_text(visitor.words("Not recorded"))
    assert (review, 409) in visitor.statuses or any(
        path.startswith(review) and status == 409 for path, status in visitor.statuses
    )
    expect(second.locator("main")).to_contain_text("同意。")
    second.close()


def approve_in_bulk(visitor: Visitor, *, expected: int, text: str = "数据完整，同意。") -> None:
    """All rows of the queue: what would move is shown first, then it moves."""
    visitor.go("/reviews/")
    page = visitor.page
    expect(page.locator("main a[data-open]")).to_have_count(expected)
    page.locator("[data-bulk-head]").check()
    expect(page.locator("[data-bulk-count]")).to_have_text(str(expected))
    page.locator("[data-bulk-bar] button[value=approve]").click()
    expect(page.locator("#moves li")).to_have_count(expected)
    page.locator("#moves textarea").fill(text)
    page.locator("#moves .btn-primary").click()
    visitor.go("/reviews/")
    expect(page.locator("main a[data-open]")).to_have_count(0)


def approve_one(visitor: Visitor, review: str) -> None:
    visitor.go(review)
    visitor.page.locator("#decide textarea").fill("已核对支付凭证，同意。")
    visitor.button("Approve").click()
    expect(visitor.page.locator(".notice-success")).to_be_visible()
