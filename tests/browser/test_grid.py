"""The grid of a monitoring table under the hands of a clerk: keys, blocks, and whatever an office day brings."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.bureau import Bureau
from tests.browser.conftest import Visit
from tests.browser.pages.table import TablePage, saves
from tests.browser.visitor import Visitor
from tests.factories import GOOD_CELLS

GROUND = "desk"
pytestmark = [pytest.mark.browser, pytest.mark.slow]

ACTUAL, SECOND, THIRD = (f"indicator.K00{number}.actual" for number in (1, 2, 3))
EXPECTED, SECOND_EXPECTED = "indicator.K001.expected_value", "indicator.K002.expected_value"
CAUSES, CAUSE_TEXT = "indicator.K001.causes", "indicator.K001.cause_text"
LIKELIHOOD, MEASURE = "indicator.K001.likelihood", "indicator.K001.measure"


@pytest.fixture(scope="module")
def free_tables(browser: Browser, bureau: Bureau) -> Iterator[str]:
    """Addresses of tables that nobody has touched, each given once."""
    clerk = Visitor(browser, bureau, "clerk", "en").sign_in()
    rows = clerk.go("/tables/").locator("a[data-open]")
    paths = [rows.nth(place).get_attribute("href") for place in range(rows.count())]
    clerk.leave()
    return iter([path for path in paths if path])


@pytest.fixture
def path(free_tables: Iterator[str]) -> str:
    return next(free_tables)


@pytest.fixture
def clerk(visit: Visit) -> Visitor:
    return visit("clerk")


@pytest.fixture
def table(clerk: Visitor, path: str) -> TablePage:
    return TablePage.open(clerk, path)


# Keys


def test_arrows_enter_and_tab_go_from_cell_to_cell(table: TablePage):
    table.field(ACTUAL).focus()
    for keys, arrived in (
        (("ArrowDown",), SECOND),
        (("ArrowUp",), ACTUAL),
        (("ArrowUp",), ACTUAL),
        (("ArrowRight",), "indicator.K001.completion"),
        (("ArrowLeft",), ACTUAL),
        (("Control+ArrowRight",), EXPECTED),
        (("Control+ArrowLeft",), ACTUAL),
        (("Enter", "Enter"), THIRD),
        (("Shift+Enter",), SECOND),
        (("End",), "indicator.K002.measure"),
        (("Home",), SECOND),
        (("Control+Home",), ACTUAL),
        (("Control+End",), "indicator.K003.measure"),
        (("Control+Home", "Tab"), EXPECTED),
        (("Shift+Tab",), ACTUAL),
    ):
        table.press(*keys)
        assert table.active() == arrived, keys


def test_what_is_typed_replaces_and_escape_brings_back(table: TablePage):
    table.type_into(CAUSE_TEXT, "Rain in May")
    table.press("Enter")
    table.saved()
    table.field(CAUSE_TEXT).focus()
    table.press("F2")
    table.page.keyboard.type(" and June")
    assert table.value(CAUSE_TEXT) == "Rain in May and June"
    table.press("Escape")
    assert table.value(CAUSE_TEXT) == "Rain in May"
    table.page.keyboard.type("Floods")
    assert table.value(CAUSE_TEXT) == "Floods"
    table.leave_cell()
    table.saved()
    table.expect_stored({CAUSE_TEXT: "Floods"})


def test_arrows_belong_to_the_text_of_an_open_cell(table: TablePage):
    table.type_into(ACTUAL, "52")
    table.press("F2", "ArrowLeft")
    table.page.keyboard.type("0")
    assert (table.active(), table.value(ACTUAL)) == (ACTUAL, "502")
    table.press("Enter")
    assert table.active() == SECOND


def test_a_digit_picks_a_choice_and_the_list_opens_by_key(table: TablePage):
    table.field(LIKELIHOOD).focus()
    table.press("2")
    assert table.value(LIKELIHOOD) == "possible"
    table.press("0")
    assert table.value(LIKELIHOOD) == ""
    table.press("1")
    causes = table.cell(CAUSES)
    table.field(CAUSES).focus()
    table.press("F2", "ArrowDown", "Space", "Escape")
    expect(causes.locator("input[type=checkbox]").nth(1)).to_be_checked()
    assert table.active() == CAUSES
    table.press("1")
    expect(causes.locator("input[type=checkbox]:checked")).to_have_count(2)
    table.leave_cell()
    table.saved()
    table.expect_stored({LIKELIHOOD: "certain"})


def test_keys_that_compose_a_character_move_nothing(table: TablePage):
    table.field(CAUSE_TEXT).focus()
    keyboard = table.page.context.new_cdp_session(table.page)
    keyboard.send("Input.imeSetComposition", {"text": "gong'lu", "selectionStart": 7, "selectionEnd": 7})
    for key, code in (("ArrowDown", 40), ("Enter", 13), ("Escape", 27)):
        for kind in ("rawKeyDown", "keyUp"):
            keyboard.send(
                "Input.dispatchKeyEvent",
                {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code},
            )
        assert table.active() == CAUSE_TEXT, key
    keyboard.send("Input.insertText", {"text": "公路"})
    assert table.value(CAUSE_TEXT) == "公路"
    table.press("Enter")
    assert table.active() == "indicator.K002.cause_text"
    table.saved()
    table.expect_stored({CAUSE_TEXT: "公路"})


def test_the_history_of_a_cell_is_one_key_away(table: TablePage):
    table.type_into(ACTUAL, "40")
    table.press("Enter")
    table.saved()
    table.type_into(ACTUAL, "52")
    table.press("Enter")
    table.saved()
    table.field(ACTUAL).focus()
    table.press("Shift+F2")
    history = table.page.get_by_role("dialog")
    expect(history.locator("del").first).to_have_text("40")
    expect(history.locator("ins").first).to_have_text("52")
    table.press("Escape")
    expect(history).to_be_hidden()


# What comes back with a save


def test_completion_and_lights_come_with_the_save(table: TablePage, clerk: Visitor):
    table.type_into(ACTUAL, "52")
    table.press("Enter")
    expect(table.cell("indicator.K001.completion")).to_contain_text("52.00%")
    expect(table.cell("indicator.K001.completion")).to_contain_text(clerk.words("Green"))
    expect(table.cell("indicator.K001.deviation")).to_contain_text("%")
    expect(table.save_state()).to_have_text(re.compile(r"\d\d:\d\d:\d\d$"))
    table.type_into(ACTUAL, "10")
    table.press("Enter")
    expect(table.cell("indicator.K001.completion")).to_contain_text(clerk.words("Red"))
    expect(table.page.locator("[data-part=status]")).to_contain_text(clerk.words("Red"))


@pytest.mark.parametrize(("typed", "kept"), [("５２．５", "52.5"), (" 1,234.50 ", "1234.5"), ("－３", "-3")])
def test_figures_are_read_as_people_write_them(
    visit: Visit, free_tables: Iterator[str], typed: str, kept: str
):
    table = TablePage.open(visit("clerk"), next(free_tables))
    table.type_into(ACTUAL, typed)
    table.press("Enter")
    table.saved()
    expect(table.field(ACTUAL)).to_have_value(kept)
    table.expect_stored({ACTUAL: kept})


def test_a_text_in_a_number_stays_as_it_was_typed_and_says_what_is_wrong(table: TablePage, clerk: Visitor):
    table.type_into("fund.general.expected", "about ninety")
    table.press("Enter")
    cell = table.cell("fund.general.expected")
    expect(cell).to_have_class(re.compile("error"))
    expect(table.field("fund.general.expected")).to_have_value("about ninety")
    expect(table.field("fund.general.expected")).to_have_attribute("aria-invalid", "true")
    expect(cell.locator(".visually-hidden")).not_to_be_empty()
    expect(table.save_state()).to_have_attribute("data-kind", "invalid")
    table.type_into("fund.general.expected", "90")
    table.press("Enter")
    table.saved()
    expect(cell).not_to_have_class(re.compile("error"))
    table.expect_stored({"fund.general.expected": "90.00"})


# Blocks


def test_a_block_of_a_worksheet_lands_in_the_cells_to_fill_each_with_its_verdict(
    table: TablePage, clerk: Visitor
):
    table.paste(ACTUAL, "52\t100\n９６\t97\nninety-two\t90\n")
    expect(table.page.locator("#toasts")).to_contain_text(clerk.words("Cells filled: ") + "6")
    expect(table.cell(THIRD)).to_have_class(re.compile("error"))
    expect(table.field(THIRD)).to_have_value("ninety-two")
    expect(table.field(SECOND)).to_have_value("96")
    table.expect_stored(
        {ACTUAL: "52", EXPECTED: "100", SECOND: "96", SECOND_EXPECTED: "97", THIRD: "ninety-two"}
    )


def test_undo_takes_a_pasted_block_back_in_one_go(table: TablePage):
    table.type_into(ACTUAL, "11")
    table.press("Enter")
    table.saved()
    table.paste(ACTUAL, "52\n96\n92")
    table.saved()
    table.press("Control+z")
    assert [table.value(each) for each in (ACTUAL, SECOND, THIRD)] == ["11", "", ""]
    table.saved()
    table.press("Control+y")
    assert [table.value(each) for each in (ACTUAL, SECOND, THIRD)] == ["52", "96", "92"]
    table.saved()
    table.expect_stored({ACTUAL: "52", SECOND: "96", THIRD: "92"})


def test_a_block_is_selected_copied_and_pasted_by_keys_alone(table: TablePage):
    table.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    table.paste(ACTUAL, "52\n96")
    table.field(ACTUAL).focus()
    table.press("Shift+ArrowDown", "Control+c")
    assert table.page.evaluate("() => navigator.clipboard.readText()") == "52\n96"
    table.field(EXPECTED).focus()
    table.press("Control+v")
    assert [table.value(each) for each in (EXPECTED, SECOND_EXPECTED)] == ["52", "96"]
    table.field(LIKELIHOOD).focus()
    table.press("1", "Shift+ArrowDown", "Shift+ArrowDown", "Control+d")
    assert table.value("indicator.K003.likelihood") == "certain"
    table.leave_cell()
    table.saved()
    table.expect_stored({SECOND_EXPECTED: "96", "indicator.K003.likelihood": "certain"})


# Two people, no network, no session


def test_two_people_in_one_cell_see_both_values_and_choose(visit: Visit, path: str):
    first, second = (TablePage.open(visit(name), path) for name in ("clerk", "clerk2"))
    first.type_into(ACTUAL, "50")
    first.press("Enter")
    first.saved()
    second.type_into(ACTUAL, "60")
    second.press("Enter")
    notice = second.page.locator("#grid-notices .notice")
    expect(notice.locator("[data-theirs]")).to_have_text("50")
    expect(notice.locator("[data-mine]")).to_have_text("60")
    expect(notice.locator("[data-by]")).to_have_text("clerk")
    first.expect_stored({ACTUAL: "50"})
    second.visitor.button("Put mine", within=notice).click()
    expect(notice).to_have_count(0)
    second.saved()
    first.expect_stored({ACTUAL: "60"})
    first.type_into(ACTUAL, "70")
    first.press("Enter")
    notice = first.page.locator("#grid-notices .notice")
    first.visitor.button("Keep theirs", within=notice).click()
    assert first.value(ACTUAL) == "60"
    first.expect_stored({ACTUAL: "60"})


def test_two_people_in_different_cells_do_not_disturb_each_other(visit: Visit, path: str):
    first, second = (TablePage.open(visit(name), path) for name in ("clerk", "clerk2"))
    first.type_into(ACTUAL, "50")
    first.press("Enter")
    first.saved()
    second.type_into(SECOND, "96")
    second.press("Enter")
    second.saved()
    first.expect_stored({ACTUAL: "50", SECOND: "96"})


def test_a_page_that_has_not_seen_what_the_other_saved_may_not_submit(visit: Visit, path: str):
    first, second = (TablePage.open(visit(name), path) for name in ("clerk", "clerk2"))
    for address, text in ((ACTUAL, "50"), (ACTUAL, "52")):
        first.type_into(address, text)
        first.press("Enter")
        first.saved()
    second.type_into(SECOND, "96")
    second.press("Enter")
    second.saved()
    kept = second.page.request.get(path).text()
    stands = re.search(r'name="version" value="(\d+)"', kept)
    assert stands
    version = "form[data-submit-table] input[name=version]"
    expect(second.page.locator(version)).not_to_have_value(stands[1])
    first.page.reload()
    expect(first.page.locator(version)).to_have_value(stands[1])
    first.type_into(THIRD, "92")
    first.press("Enter")
    first.saved()
    expect(first.page.locator(version)).to_have_value(str(int(stands[1]) + 1))


def test_without_the_network_everything_is_kept_and_then_sent_in_order(table: TablePage, clerk: Visitor):
    sent = saves(table.page)
    with clerk.offline():
        for address, text in ((THIRD, "92"), (ACTUAL, "51"), (SECOND, "96"), (ACTUAL, "52")):
            table.type_into(address, text)
            table.press("Enter")
        expect(table.save_state()).to_have_attribute("data-kind", "waiting")
        expect(table.save_state()).to_contain_text("3")
    table.saved()
    arrived = [(edit["cell"], edit["value"]) for body in sent for edit in body["edits"]]
    assert arrived == [(THIRD, "92"), (ACTUAL, "52"), (SECOND, "96")]
    table.expect_stored({ACTUAL: "52", SECOND: "96", THIRD: "92"})


def test_a_session_that_ended_loses_nothing(table: TablePage, clerk: Visitor):
    clerk.context.clear_cookies()
    table.type_into(ACTUAL, "52")
    table.press("Enter")
    notice = table.page.locator("#grid-notices .notice")
    expect(notice).to_contain_text(clerk.words("You are signed out. What you typed is kept on this page."))
    table.type_into(SECOND, "96")
    table.press("Enter")
    with clerk.context.expect_page() as opened:
        clerk.link("Sign in in a new tab", within=notice).click()
    door = opened.value
    door.locator("#id_username").fill("clerk")
    door.locator("#id_password").fill("lighthouse-370782")
    door.locator("#id_password").press("Enter")
    door.wait_for_url("**/")
    door.close()
    table.page.bring_to_front()
    retry = clerk.button("Send again", within=notice)
    if retry.is_visible():
        retry.click()
    table.saved()
    expect(notice).to_have_count(0)
    table.expect_stored({ACTUAL: "52", SECOND: "96"})


def test_leaving_the_page_in_the_middle_of_a_word_loses_nothing(table: TablePage, clerk: Visitor, path: str):
    table.type_into(CAUSE_TEXT, "Rain")
    clerk.go("/")
    table = TablePage.open(clerk, path)
    assert table.value(CAUSE_TEXT) == "Rain"
    table.type_into(ACTUAL, "52")
    table.page.close()
    clerk.page = clerk.context.new_page()
    # The closing page's last request may still be on its way when the new one is served.
    table = TablePage.open(clerk, path)
    for _look in range(20):
        if table.value(ACTUAL) == "52":
            break
        table.page.wait_for_timeout(250)
        table = TablePage.open(clerk, path)
    assert table.value(ACTUAL) == "52"


def test_what_could_not_be_sent_survives_a_reload(table: TablePage, clerk: Visitor):
    table.page.route("**/cells/", lambda route: route.abort())
    table.type_into(ACTUAL, "52")
    table.press("Enter")
    expect(table.save_state()).to_have_attribute("data-kind", "waiting")
    table.page.unroute("**/cells/")
    table.page.route("**/cells/", lambda route: route.abort(), times=1)
    table.page.reload()
    table.ready()
    assert table.value(ACTUAL) == "52"
    table.saved()
    table.expect_stored({ACTUAL: "52"})


# The end


def test_a_submitted_table_is_read_and_no_longer_typed_into(table: TablePage, clerk: Visitor):
    submit = table.page.locator("form[data-submit-table] button")
    expect(submit).to_be_disabled()
    for address, text in GOOD_CELLS.items():
        field = table.field(address)
        if field.evaluate("(field) => field.tagName") == "SELECT":
            field.select_option(text)
        else:
            table.type_into(address, text)
    table.leave_cell()
    table.saved()
    for explanation in table.page.locator("[data-part=checks] textarea").all():
        explanation.fill("The project serves the villages; benefits are measured with its second stage.")
        explanation.blur()
    table.saved()
    expect(submit).to_be_enabled()
    submit.click()
    expect(table.page.locator("form[data-table-form]")).to_have_count(0)
    expect(table.page.locator(".page-lead .tag").first).to_contain_text(clerk.words("Department review"))
    expect(table.page.locator("table.grid input, table.grid select, table.grid textarea")).to_have_count(0)
