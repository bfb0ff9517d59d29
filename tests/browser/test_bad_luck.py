"""What can go wrong while somebody types, other than what test_grid asks: the right to it ends."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.bureau import Bureau
from tests.browser.conftest import Visit
from tests.browser.pages.table import TablePage
from tests.browser.words import LANGUAGES

GROUND = "desk"
ACTUAL = "indicator.K001.actual"
END = """
from organisation.appointments import end_appointment
from organisation.models import Appointment
for post in Appointment.objects.filter(user__username="{name}", ends_on=None):
    end_appointment(post, by=None)
"""
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(200)]


@pytest.mark.parametrize(("name", "language"), list(zip(("clerk", "clerk2"), LANGUAGES, strict=True)))
def test_a_clerk_whose_appointment_ends_keeps_the_text_and_is_told(
    visit: Visit, bureau: Bureau, name: str, language: str
):
    clerk = visit(name, language)
    clerk.go("/tables/").locator("a[data-open]").first.click()
    table = TablePage(clerk).ready()
    bureau.run("django", "shell", "--no-imports", "-c", END.format(name=name))
    table.type_into(ACTUAL, "57")
    table.press("Enter")
    told = table.page.locator("#grid-notices .notice")
    expect(told).to_be_visible()
    expect(told).to_contain_text(clerk.words("This page does not exist, or it is not open to you."))
    assert table.value(ACTUAL) == "57", "what was typed stands in its cell"
    answer = clerk.page.goto("/tables/")
    assert answer is not None
    assert answer.status == 200
    expect(clerk.page.locator("main a[data-open]")).to_have_count(0)
