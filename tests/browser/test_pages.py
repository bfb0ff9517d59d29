"""Every page, found by following links as its people do: it answers, speaks one language, and everybody can use it.

A page that nobody's links lead to is missed here; one that axe complains of is named with the complaint; so is one
that a phone has to be pushed sideways for.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.browser.visitor import OFFICE, PHONE, Visitor
from tests.browser.words import LANGUAGES

GROUND = "demo"
PEOPLE = (
    "performance", "clerk", "department", "section", "auditor", "head", "leader",
    "sysadmin", "secadmin", "auditadmin",
)  # fmt: skip
# Pages of everybody, and what one finds on them by following links.
PAGES = {
    "my_work", "dashboard", "notification_list", "password_change", "search",
    "table_list", "table_page", "review_queue", "review_page", "task_list", "task_page",
    "cycle_list", "cycle_page", "cycle_new", "cycle_extend", "cycle_close", "project_list",
    "project_page", "rule_book_list", "rule_book_page",
    "engagement_list", "engagement_page", "engagement_new", "import_list", "import_page",
    "job_list", "job_page", "audit_list", "people_list", "person_page", "person_new",
}  # fmt: skip
# They show each person something else: in Chinese they are looked at with the eyes of each.
OF_EACH_PERSON = {"my_work", "table_page"}
NOT_FOLLOWED = {"sign_out", "schema", "api_docs"}
WCAG = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]


class Tour:
    """One language's way through the product; `complaints` are what was wrong, each with its page and person."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.seen: set[str] = set()
        self.complaints: list[str] = []

    def follow(self, visitor: Visitor) -> None:
        """Breadth first from My work: one address of each route, until no link leads to a route not yet seen."""
        addresses, visited = ["/"], set()
        again = OF_EACH_PERSON if self.language == "zh-hans" else {"my_work"}
        while addresses:
            address = addresses.pop(0)
            name = route_of(address)
            if not name or name in visited or (name in self.seen and name not in again):
                continue
            visited.add(name)
            page = visitor.go(address)
            self.judge(page, f"{name} of {visitor.name} in {self.language}")
            addresses += links_of(page)
        self.seen |= visited

    def judge(self, page: Page, where: str) -> None:
        """Everything that is asked of any page."""
        found = Axe().run(page, options=WCAG)
        for violation in found.response["violations"]:
            nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
            self.complaints.append(f"{where}: {violation['id']}: {violation['help']}: {nodes}")
        if (headings := page.locator("h1").count()) != 1:
            self.complaints.append(f"{where}: {headings} headings of the first level")
        if page.locator("html").get_attribute("lang") != ("zh-Hans" if self.language == "zh-hans" else "en"):
            self.complaints.append(f"{where}: the page says that it is in another language")
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        if page.evaluate(TOO_WIDE):
            self.complaints.append(f"{where}: a phone has to be pushed sideways")
        page.set_viewport_size(OFFICE)  # type: ignore[arg-type]


def links_of(page: Page) -> Iterator[str]:
    """The product's own addresses that the page links to; files to fetch are left out."""
    hrefs = page.eval_on_selector_all("a[href]:not([download])", "found => found.map(each => each.href)")
    home = urlsplit(page.url).netloc
    for href in hrefs:
        parts = urlsplit(href)
        if parts.netloc == home:
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def route_of(address: str) -> str:
    """The name of the page at an address; empty for what is a file, or no page to go to."""
    path = urlsplit(address).path
    try:
        name = resolve(path).view_name
    except Resolver404:
        return ""
    is_file = "." in path.rsplit("/", 1)[-1] or name in {"evidence_file", "reply_file", "import_template"}
    return "" if is_file or name in NOT_FOLLOWED else name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_linked_and_everybody_can_use_it(visit: Visit, language: str):
    tour = Tour(language)
    for name in PEOPLE:
        visitor = visit(name, language)
        tour.follow(visitor)
    tour.seen -= {"notification_open"}
    assert tour.complaints == []
    assert tour.seen == PAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_door_and_the_refusals_are_pages_like_the_others(visit: Visit, language: str):
    tour = Tour(language)
    stranger = visit(language=language, signed_in=False)
    stranger.page.goto("/sign-in/")
    stranger.choose_language()
    tour.judge(stranger.page, "the door")
    clerk = visit("clerk", language)
    for path, status in (("/people/", 403), ("/tables/nothing-here/", 404), ("/nowhere/", 404)):
        answer = clerk.page.goto(path)
        assert answer is not None
        assert answer.status == status
        tour.judge(clerk.page, f"{path} of a clerk")
    assert tour.complaints == []
