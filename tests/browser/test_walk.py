"""The whole loop, in a browser, by its people: from a workbook of projects to a rectification closed.

The tests of one language are one story and run in the order they stand; a step cannot walk where an earlier fell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from foundation.clock import ZONE
from projects import import_format as form
from tests.browser.bureau import Bureau, serving
from tests.browser.conftest import Visit, ground_of
from tests.browser.pages.board import tile, tiles
from tests.browser.pages.clerk import Answers, explain_by_keyboard, fill_by_keyboard
from tests.browser.pages.importing import counts, offer, take
from tests.browser.pages.reviewing import approve_in_bulk, approve_one, remark_on, twice_on_two_pages
from tests.browser.pages.table import TablePage
from tests.browser.pages.wizard import choose_period, exempt, open_it
from tests.browser.visitor import JOB_MS, Visitor
from tests.browser.words import LANGUAGES, Words

GROUND = "young"
KEPT = "37078222T000010000072"  # 市第二中学办公设备购置: a fifth of its money spent by June, and one indicator due
NAME = "市第二中学办公设备购置"
EXEMPT = "37078222T000010000267"
EXEMPT_REASON = "已并入部门整体绩效监控"
PROJECTS = 10
RECOVERED = "10,372.90"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass
class Story:
    """What the steps know of each other."""

    language: str
    words: Words
    fallen: str = ""
    table: str = ""
    cycle: str = ""
    task: str = ""
    seen: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module", params=LANGUAGES)
def story(request: pytest.FixtureRequest) -> Story:
    return Story(request.param, Words(request.param))


@pytest.fixture(scope="module")
def bureau(
    request: pytest.FixtureRequest, story: Story, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bureau]:
    """A young bureau for each language."""
    with serving(ground_of(request, tmp_path_factory), tmp_path_factory.mktemp("bureau")) as found:
        yield found
        assert found.complaints() == []


@pytest.fixture(autouse=True)
def in_order(request: pytest.FixtureRequest, story: Story) -> Iterator[None]:
    if story.fallen:
        pytest.fail(f"the story ended at {story.fallen}")
    before = request.session.testsfailed
    yield
    if request.session.testsfailed > before:
        story.fallen = request.node.name


@pytest.fixture
def enter(visit: Visit, story: Story) -> Visit:
    """enter("clerk"): the person signs in, in the language of the story."""
    return lambda name, **given: visit(name, story.language, **given)


# 1. The performance section imports what the budget system has, and opens a cycle


def test_1_the_budget_and_its_payments_come_in_by_file(enter: Visit, story: Story):
    performance = enter("performance")
    performance.go("/")
    performance.link("Imports").click()
    offer(performance, "city.xlsx")
    found = counts(performance)
    assert found[form.PROJECTS.name] == ["10", "0", "0", "2"], found
    assert found[form.UNITS.name][0] == "0", "the units are known already"
    expect(performance.page.locator("#secret tbody tr")).to_have_count(2)
    performance.picture("import")
    take(performance)
    offer(performance, "payments.csv")
    take(performance)
    offer(performance, "payments.csv")
    again = performance.words.around("The very same file was imported before, at %(at)s.")
    expect(performance.page.locator("#import")).to_contain_text(again)
    assert {tuple(figures[:2]) for figures in counts(performance).values()} == {("0", "0")}
    performance.go("/projects/")
    expect(performance.page.locator("main a[data-open]")).to_have_count(PROJECTS)


def test_2_a_cycle_is_opened_and_covers_every_funded_project(enter: Visit, story: Story):
    performance = enter("performance")
    performance.go("/cycles/")
    performance.link("Open a cycle").first.click()
    page = performance.page
    choose_period(performance, 6)
    expect(page.locator("#id_opens_filling")).not_to_have_value("")
    expect(page.locator("#id_closes_third_party")).not_to_have_value("")
    performance.picture("wizard")
    performance.button("Next").click()
    page.locator("#id_exemptions").fill(f"{EXEMPT} nonsense-less")
    performance.button("Back").click()
    expect(page.locator("#id_opens_filling")).to_be_visible()
    performance.button("Next").click()
    expect(page.locator("#id_exemptions")).to_have_value(f"{EXEMPT} nonsense-less")
    exempt(performance, EXEMPT, EXEMPT_REASON)
    open_it(performance)
    covered = performance.words(
        "%(funded)s projects have a budget: %(included)s are in the cycle, %(exempt)s are exempt with a reason.",
        funded=PROJECTS, included=PROJECTS - 1, exempt=1,
    )  # fmt: skip
    expect(page.locator("#coverage")).to_contain_text(covered)
    story.cycle = performance.where()
    performance.go("/tables/")
    expect(page.locator("main a[data-open]")).to_have_count(PROJECTS - 1)


# 3. The clerk fills the table, without a mouse


def test_3_the_clerk_fills_a_table_by_keyboard_and_submits_it(enter: Visit, story: Story, bureau: Bureau):
    clerk = enter("clerk")
    clerk.go(f"/tables/?text={KEPT}")
    clerk.press("j", "Enter")
    clerk.page.wait_for_url("**/tables/*/")
    story.table = clerk.where()
    table = TablePage(clerk).ready()
    clerk.picture("table-to-fill")
    status, submit = (
        table.page.locator("[data-part=status]"),
        table.page.locator("form[data-submit-table] button"),
    )
    expect(submit).to_be_disabled()
    answers = Answers.of(bureau, KEPT)
    due = next(code for code, row in answers.indicators.items() if row["value"])
    assert_provenance(table, due)
    fill_by_keyboard(table, answers)
    expect(table.cell(f"indicator.{due}.completion")).to_contain_text(clerk.words("Red"))
    expect(status).to_contain_text(clerk.words("Red"))
    refused_while_an_error_stands(table, due, answers.indicators[due]["value"])
    explain_by_keyboard(table, answers.texts["explanation"])
    expect(submit).to_be_enabled()
    clerk.picture("table-filled")
    table.tab_to("form[data-submit-table] button")
    table.press("Enter")
    told = clerk.words("Submitted. You can withdraw it until the first reviewer has decided.")
    expect(clerk.page.get_by_text(told)).to_be_visible()
    bureau.run("tests.browser.meanwhile", "fill", KEPT)


def assert_provenance(table: TablePage, due: str) -> None:
    """Locked cells say where they come from; the share that the system filled stands at the head."""
    for address in ("fund.general.initial", "fund.general.executed", f"indicator.{due}.target"):
        expect(table.cell(address)).to_have_attribute("data-source", re.compile("budget|payments"))
    expect(table.page.locator("[data-part=status]")).to_contain_text(re.compile(r"[6-9]\d\.\d\d%"))


def refused_while_an_error_stands(table: TablePage, due: str, value: str) -> None:
    """A figure that is none: the check names it and leads back to its cell, and the server refuses too."""
    visitor, cell = table.visitor, f"indicator.{due}.actual"
    table.type_into(cell, "a dozen")
    table.press("Enter")
    error = table.page.locator("#checks li.error a")
    expect(error).to_have_count(1)
    # The button is shut; whoever sends the form all the same gets the list.
    table.page.evaluate(
        "() => { document.querySelector('form[data-submit-table] button').disabled = false; }"
    )
    table.page.locator("form[data-submit-table] button").click()
    expect(table.page.locator(".notice-error").first).to_be_visible()
    table.ready()
    table.tab_to("#checks li.error a")
    table.press("Enter")
    assert table.active() == cell
    table.page.keyboard.type(value)
    table.press("Enter")
    expect(error).to_have_count(0)
    table.saved()
    expect(table.cell(f"indicator.{due}.completion")).to_contain_text(visitor.words("Red"))


# 4. The department's reviewer remarks and returns, the clerk corrects, the reviewer approves


def test_4_the_department_returns_a_table_and_then_approves_it_and_the_rest(
    enter: Visit, story: Story, bureau: Bureau
):
    department, clerk = enter("department"), enter("clerk")
    department.go("/reviews/")
    department.page.get_by_role("link", name=NAME).click()
    review = department.where()
    department.picture("review")
    remark_on(department, "objective_progress", "完成10台还是11台？请与台账核对。")
    page = department.page
    page.locator("#id_code").select_option("R04")
    page.locator("#decide textarea").fill("偏差原因说明过于简单，请补充具体环节和下一步时间安排。")
    department.button("Return to the unit").click()
    expect(page.locator(".notice-success")).to_contain_text(
        department.words("“%(table)s” went back to the unit.", table=NAME)
    )
    corrects_and_submits_again(clerk, story)
    page.goto(review)
    expect(page.locator(".page-lead")).to_contain_text(department.words("revision %(revision)s", revision=2))
    twice_on_two_pages(department, review)
    approve_in_bulk(department, expected=3)
    bureau.run("tests.browser.meanwhile", "department")


def corrects_and_submits_again(clerk: Visitor, story: Story) -> None:
    """The bell leads to the table; the remark stands there and leads to its cell."""
    clerk.go("/")
    expect(clerk.page.locator(".tool-count")).to_be_visible()
    clerk.go("/notifications/")
    clerk.page.locator("main ol a, main ul a", has_text="R04").first.click()
    clerk.page.wait_for_url(f"**{story.table}*")
    table = TablePage(clerk).ready()
    expect(clerk.page.locator("#remarks")).to_contain_text("请与台账核对")
    clerk.page.locator("#remarks a[data-goto]").first.click()
    assert table.active() == "objective_progress"
    table.press("Control+a")
    clerk.page.keyboard.type("截至6月底已购置办公设备10台，与固定资产台账一致，其余29台7月完成招标。")
    table.leave_cell()
    table.saved()
    clerk.page.locator("form[data-submit-table] button").click()
    told = clerk.words("Submitted. You can withdraw it until the first reviewer has decided.")
    expect(clerk.page.get_by_text(told)).to_be_visible()


# 5. Section, performance section and third party decide in their turn; whose turn it is not is told so


def test_5_section_performance_and_third_party_decide_in_their_turn(
    enter: Visit, story: Story, bureau: Bureau
):
    review = story.table.replace("/tables/", "/reviews/")
    performance, section, auditor = enter("performance"), enter("section"), enter("auditor")
    performance.go(review)
    expect(performance.page.locator("#decide button")).to_have_count(0)
    expect(performance.page.locator("#decide")).to_contain_text(
        performance.words.around("The table is now: %(stage)s. It is not your turn.")
    )
    answer = auditor.page.goto(review)
    assert answer is not None
    assert answer.status == 404, "nothing is assigned to the auditor yet"
    engage(performance)
    approve_one(section, review)
    approve_in_bulk(section, expected=3)
    bureau.run("tests.browser.meanwhile", "section")
    approve_one(performance, review)
    approve_in_bulk(performance, expected=PROJECTS - 2)
    auditor.go("/reviews/")
    expect(auditor.page.locator("main a[data-open]")).to_have_count(1)
    auditor.go("/tables/")
    expect(auditor.page.locator("main a[data-open]")).to_have_count(1)
    auditor.go(review)
    auditor.button("Approve with this score").click()
    expect(auditor.page.locator("#decide .errorlist")).to_have_count(2)
    auditor.page.locator("#decide textarea").fill("现场核对固定资产台账10台，与填报一致。")
    auditor.page.locator("#id_score").fill("86.5")
    auditor.picture("third-party")
    auditor.button("Approve with this score").click()
    passed = auditor.words.around("“%(table)s” has passed the whole chain.")
    expect(auditor.page.locator(".notice-success", has_text=passed)).to_be_visible()


def engage(performance: Visitor) -> None:
    """Commission the institution, put its auditor on it, assign the one table."""
    page, today = performance.page, datetime.now(ZONE).date()
    performance.go("/engagements/")
    performance.link("New engagement").first.click()
    page.locator("#id_institution").select_option(label="潍坊诚信会计师事务所有限公司")
    page.locator("#id_contract_no").fill("诸财绩委〔2022〕6号")
    page.locator("#id_starts_on").fill(today.isoformat())
    page.locator("#id_ends_on").fill((today + timedelta(days=30)).isoformat())
    performance.button("Commission").click()
    performance.button("Add").click()
    expect(page.locator("#auditors .plain-list li")).to_have_count(1)
    page.locator("#id_codes").fill(KEPT)
    performance.button("Assign").click()
    expect(page.locator("#assigned tbody tr")).to_have_count(1)


# 6. and 7. Computed for the whole cycle, and what is red is put right


def test_6_the_whole_cycle_is_computed_by_a_job_and_stays_what_it_was(enter: Visit, story: Story):
    performance = enter("performance")
    page = performance.go(story.cycle)
    before = page.locator(".tiles").inner_text()
    lights = page.locator("#lights .panel-body").inner_text()
    performance.button("Recompute").click()
    expect(page.locator(".notice-success")).to_contain_text(
        performance.words("The cycle is being recomputed.")
    )
    done = performance.words("Done")
    expect(page.locator("#jobs [role=status]").first).to_have_text(done, timeout=JOB_MS)
    performance.go(story.cycle)
    assert page.locator(".tiles").inner_text() == before
    assert page.locator("#lights .panel-body").inner_text() == lights
    performance.picture("cycle")
    performance.go("/jobs/")
    expect(page.locator("main tbody tr")).not_to_have_count(0)


def test_7_red_lights_raise_tasks_once_and_one_is_put_right(enter: Visit, story: Story):
    performance, clerk, department = enter("performance"), enter("clerk"), enter("department")
    raised = raise_tasks(performance, story.cycle)
    assert raised > 0
    assert raise_tasks(performance, story.cycle) == raised, "a second run raises nothing twice"
    clerk.go(f"/tasks/?q={KEPT}")
    clerk.page.locator("main a[data-open]").first.click()
    story.task = clerk.where()
    reply_with_evidence(clerk)
    department.go(story.task)
    with department.page.expect_download() as download:
        department.page.get_by_role("link", name="整改佐证材料.pdf").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    department.page.locator("#review textarea").fill("同意。")
    department.button("Pass on to the bureau").click()
    expect(department.page.locator(".notice-success")).to_be_visible()
    accept_and_close(performance, story)
    clerk.go("/notifications/")
    closed = clerk.words.around("The rectification task is closed: %(project)s.")
    expect(clerk.page.locator("main").get_by_text(closed)).to_be_visible()


def raise_tasks(performance: Visitor, cycle: str) -> int:
    """Let the job run; how many tasks there are then."""
    page = performance.go(cycle)
    performance.button("Raise rectifications").click()
    expect(page.locator("#jobs [role=status]").first).to_have_text(performance.words("Done"), timeout=JOB_MS)
    performance.go("/tasks/")
    return page.locator("main a[data-open]").count()


def reply_with_evidence(clerk: Visitor) -> None:
    page = clerk.page
    clerk.button("Sign for it").click()
    expect(page.locator(".notice-success")).to_be_visible()
    page.locator("#reply #id_state").select_option("done")
    page.locator("#reply #id_measures").fill("已完成29台办公设备的招标采购，剩余资金申请收回。")
    page.locator("#reply #id_done_on").fill(datetime.now(ZONE).date().isoformat())
    page.locator("#reply #id_responsible").fill("王建国")
    pdf = {"name": "整改佐证材料.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.locator("#reply input[type=file]").set_input_files(pdf)  # type: ignore[arg-type]
    clerk.picture("task-reply")
    clerk.button("Send the reply").click()
    expect(page.locator(".notice-success")).to_contain_text(clerk.words("Your reply is with the department."))
    expect(page.locator("#replies")).to_contain_text("整改佐证材料.pdf")


def accept_and_close(performance: Visitor, story: Story) -> None:
    page = performance.go(story.task)
    page.locator("#funds #id_kind").select_option("recover")
    page.locator("#funds #id_amount").fill("10,372.90")
    page.locator("#funds #id_document_no").fill("诸财预〔2022〕452号")
    page.locator("#funds #id_executed_on").fill(datetime.now(ZONE).date().isoformat())
    performance.button("Record the fund action").click()
    expect(page.locator("#funds tbody")).to_contain_text(RECOVERED)
    page.locator("#acceptance #id_verified_amount").fill("10372.90")
    page.locator("#acceptance #id_text").fill("已核对指标文件和支付记录，同意销号。")
    performance.button("Record the verdict").click()
    expect(page.locator(".page-actions .tag").first).to_have_text(performance.words("Closed", context="task"))
    performance.picture("task-closed")


# 8. The numbers, and the way from each to its rows


def test_8_every_number_of_the_dashboard_leads_to_its_rows(enter: Visit, story: Story):
    performance = enter("performance")
    page = performance.go("/dashboard/")
    assert tile(performance, "Projects covered") == PROJECTS - 1
    assert tile(performance, "Tables completed") == PROJECTS - 1
    expect(page.locator("#money")).to_contain_text("1.04")
    performance.picture("dashboard")
    for name in ("Tables completed", "Red lights", "Overdue tasks"):
        count = tile(performance, name)
        tiles(performance, name).click()
        expect(page.locator("main a[data-open]")).to_have_count(count)
        page.go_back()
    for visitor in (enter("department"), enter("clerk"), enter("leader"), enter("head")):
        own = visitor.go("/dashboard/").locator(".board-tiles")
        expect(own).to_be_visible()
        count = tile(visitor, "Tables completed")
        tiles(visitor, "Tables completed").click()
        expect(visitor.page.locator("main a[data-open]")).to_have_count(count)
        story.seen[visitor.name] = str(count)
    assert story.seen == {"department": "4", "clerk": "4", "leader": str(PROJECTS - 1), "head": "1"}


# 9. Nothing of it is forgotten


def test_9_the_trail_shows_who_did_what_with_before_and_after(enter: Visit, story: Story):
    auditor = enter("auditadmin")
    page = auditor.go("/audit/")
    for action, after in (
        ("reviews.returned", "R04"),
        ("tasks.funds_recorded", RECOVERED.replace(",", "")),
        ("tasks.accepted", ""),
        ("cycles.opened", ""),
        ("projects.payments_imported", ""),
    ):
        with_word = page.locator("select[name=action] option", has_text=re.compile("."))
        values = [with_word.nth(place).get_attribute("value") for place in range(with_word.count())]
        assert action in values, values
        auditor.go(f"/audit/?action={action}")
        expect(page.locator("table.trail tbody tr").first).to_be_visible()
        if after:
            expect(page.locator("table.trail tbody")).to_contain_text(after)
    auditor.go(f"/audit/?action=tables.cells_saved&text={NAME}")
    closed = page.locator("table.trail details:not([open]) > summary")
    while closed.count():
        closed.first.click()
    expect(page.locator("table.trail del").first).to_be_visible()
    expect(page.locator("table.trail ins", has_text="其余29台7月完成招标").first).to_be_visible()
    auditor.picture("audit")
    auditor.go("/audit/")
    auditor.button("Verify the whole trail").click()
    expect(page.locator("main .tag[role=status]").first).to_have_text(auditor.words("Done"), timeout=JOB_MS)
    auditor.go("/audit/")
    expect(page.locator(".page-lead")).to_contain_text(
        auditor.words.around("Verified whole: %(count)s events, %(at)s.")
    )


# And once more: January to September, beside what January to June left


def test_10_the_next_cycle_stands_on_the_one_before(enter: Visit, story: Story):
    performance, clerk = enter("performance"), enter("clerk")
    performance.go("/cycles/new/")
    choose_period(performance, 9)
    performance.button("Next").click()
    exempt(performance, EXEMPT, EXEMPT_REASON)
    open_it(performance)
    clerk.go(f"/tables/?text={KEPT}&stage=filling")
    expect(clerk.page.locator("main a[data-open]")).to_have_count(1)
    clerk.page.locator("main a[data-open]").click()
    table = TablePage(clerk).ready()
    assert clerk.where() != story.table
    expect(table.cell("fund.general.previous_executed")).to_have_text("1.31")
    expect(table.cell("fund.general.executed")).not_to_have_text("1.31")
    clerk.go(story.table)
    expect(clerk.page.locator("main")).to_contain_text("20.21%")
