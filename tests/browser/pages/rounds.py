"""Every page of Beacon and somebody who reads it, for tests that go round all of them."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.visitor import Visitor


@dataclass(frozen=True)
class Stop:
    """A page by the name of its picture. then: what to click, in order, to get from `path` to it."""

    name: str
    path: str
    then: tuple[str, ...] = ()
    status: int = 200

    def reach(self, visitor: Visitor) -> Page:
        page = visitor.page
        answer = page.goto(self.path)
        for selector in self.then:
            with page.expect_navigation() as arrived:
                page.locator(selector).first.click()
            answer = arrived.value
        assert answer is not None
        assert answer.status == self.status, f"{self.name}: {page.url} answered {answer.status}"
        settle(page)
        return page


def settle(page: Page) -> None:
    """Until scripts have drawn what they draw."""
    page.wait_for_load_state("load")
    page.evaluate("() => document.fonts.ready.then(() => true)")


FIRST = "main a[data-open]"

ROUNDS: dict[str, tuple[Stop, ...]] = {
    "": (
        Stop("sign-in", "/sign-in/"),
        Stop("sign-in-next", "/tables/"),
    ),
    "clerk": (
        Stop("my-work-clerk", "/"),
        Stop("tables", "/tables/"),
        Stop("tables-none", "/tables/?text=zzzz"),
        Stop("table-to-fill", "/tables/?stage=filling", (FIRST,)),
        Stop("table-to-read", "/tables/?stage=department", (FIRST,)),
        Stop("tasks-unit", "/tasks/"),
        Stop("task-unit", "/tasks/", (FIRST,)),
        Stop("notifications", "/notifications/"),
        Stop("password", "/password/"),
        Stop("dashboard-unit", "/dashboard/"),
        Stop("projects-unit", "/projects/"),
        Stop("not-there", "/tables/aaaaaaaaaaaa/", status=404),
    ),
    "head": (Stop("my-work-head", "/"),),
    "department": (
        Stop("my-work-department", "/"),
        Stop("queue", "/reviews/"),
        Stop("queue-all", "/reviews/?show=all"),
        Stop("review", "/reviews/", (FIRST,)),
        Stop("bulk", "/reviews/", ("[data-bulk-head]", "[data-bulk-bar] button[value=approve]")),
        Stop("dashboard-department", "/dashboard/"),
        Stop("tasks-department", "/tasks/"),
    ),
    "section": (Stop("my-work-section", "/"), Stop("queue-section", "/reviews/?show=all")),
    "performance": (
        Stop("my-work-performance", "/"),
        Stop("dashboard", "/dashboard/"),
        Stop("cycles", "/cycles/"),
        Stop("cycle", "/cycles/", (FIRST,)),
        Stop("cycle-wizard", "/cycles/new/"),
        Stop("projects", "/projects/"),
        Stop("project", "/projects/", (FIRST,)),
        Stop("imports", "/imports/"),
        Stop("import", "/imports/", (FIRST,)),
        Stop("engagements", "/engagements/"),
        Stop("engagement", "/engagements/", (FIRST,)),
        Stop("engagement-new", "/engagements/new/"),
        Stop("rule-books", "/rule-books/"),
        Stop("rule-book", "/rule-books/", (FIRST,)),
        Stop("jobs", "/jobs/"),
        Stop("tasks", "/tasks/"),
        Stop("task-to-accept", "/tasks/?state=bureau", (FIRST,)),
        Stop("task-closed", "/tasks/?state=closed", (FIRST,)),
        Stop("review-performance", "/reviews/?show=all", (FIRST,)),
        Stop("search", "/search/?q=中心"),
        Stop("audit-performance", "/audit/"),
    ),
    "auditor": (
        Stop("my-work-auditor", "/"),
        Stop("queue-auditor", "/reviews/?show=all"),
        Stop("engagement-auditor", "/engagements/", (FIRST,)),
    ),
    "leader": (Stop("my-work-leader", "/"), Stop("dashboard-leader", "/dashboard/")),
    "sysadmin": (
        Stop("my-work-sysadmin", "/"),
        Stop("people", "/people/"),
        Stop("person", "/people/", (FIRST,)),
        Stop("person-new", "/people/new/"),
    ),
    "secadmin": (
        Stop("people-security", "/people/"),
        Stop("person-security", "/people/", (FIRST,)),
    ),
    "auditadmin": (Stop("audit", "/audit/"),),
}
