"""The pages of tables: who sees what, how a table saves itself, and what the list costs."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from monitoring.filling import Edit, save_cells
from monitoring.models import CycleWindow, Explanation, MonitoringTable
from monitoring.recompute import recompute
from monitoring.stages import CycleState, Stage
from monitoring.tables import assess
from tests.conftest import sign_in
from tests.factories import default_indicators, fill, make_table

pytestmark = pytest.mark.django_db


def post_cells(client, table, *edits, explanations=(), **more):
    body = {"edits": [dict(edit) for edit in edits], "explanations": list(explanations), **more}
    return client.post(
        reverse("cell_save", args=[table.public_id]),
        json.dumps(body),
        content_type="application/json",
        headers={"accept": "application/json"},
    )


def edit(cell, value, seen=None):
    return {"cell": cell, "value": value, "seen": seen}


def page_of(client, table):
    return client.get(reverse("table_page", args=[table.public_id]))


# Who sees a table


DOORS = ["table_page", "cell_history", "table_form_xlsx"]
PEOPLE = {
    200: ["clerk", "head", "department", "section", "performance", "leader"],
    404: ["clerk2", "clerk3", "department2", "auditor", "sysadmin", "secadmin", "auditadmin"],
}


def test_a_table_opens_only_to_those_it_belongs_to(client, city, table):
    for status, names in PEOPLE.items():
        for name in names:
            sign_in(client, city.people[name])
            answers = {door: client.get(reverse(door, args=[table.public_id])).status_code for door in DOORS}
            assert answers == dict.fromkeys(DOORS, status), name


def test_whoever_is_not_signed_in_is_asked_to(client, table):
    response = page_of(client, table)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("sign_in"))


def test_only_the_unit_gets_fields_to_type_into(client, city, table):
    sign_in(client, city.clerk)
    assert 'name="indicator.K001.actual"' in page_of(client, table).content.decode()
    sign_in(client, city.department)
    page = page_of(client, table).content.decode()
    assert "data-table-form" not in page
    assert 'data-cell="indicator.K001.actual"' in page


def test_the_page_says_why_it_is_locked(client, city, table):
    CycleWindow.objects.filter(cycle=table.cycle, stage=Stage.FILLING).update(
        opens_at=timezone.now() - timedelta(days=9), closes_at=timezone.now() - timedelta(days=2)
    )
    sign_in(client, city.clerk)
    page = page_of(client, table)
    assert page.context["lock"].code == "too_late"
    assert page.context["lock"].message in page.content.decode()
    assert "data-table-form" not in page.content.decode()


def test_a_table_with_sixty_indicators_costs_no_more_queries(client, city, django_assert_max_num_queries):
    many = [
        {**default_indicators()[0], "name": f"Indicator {number}", "weight": "1.5", "code": f"M{number:03d}"}
        for number in range(60)
    ]
    few, long = make_table(city.road_unit), make_table(city.road_unit, indicators=many)
    sign_in(client, city.clerk)
    page_of(client, few)
    for table in (few, long):
        with django_assert_max_num_queries(15):
            assert page_of(client, table).status_code == 200


def test_what_a_cell_holds_is_never_markup(client, city, table):
    hostile = '<script>alert(1)</script>" onfocus="x'
    save_cells(table, [Edit("problems", hostile), Edit("indicator.K001.cause_text", hostile)], by=city.clerk)
    for person in (city.clerk, city.department):
        sign_in(client, person)
        page = page_of(client, table).content.decode()
        assert "<script>alert" not in page
        assert 'onfocus="x' not in page


# Saving cell by cell


def test_a_save_costs_few_statements_however_long_the_table(client, city, django_assert_max_num_queries):
    many = [
        {**default_indicators()[0], "name": f"Indicator {number}", "weight": "1.5", "code": f"M{number:03d}"}
        for number in range(60)
    ]
    long = make_table(city.road_unit, indicators=many)
    sign_in(client, city.clerk)
    page_of(client, long)
    # Two of the statements begin and end the transaction, three are the audit trail.
    for cell, value, most in (
        ("problems", "The tender was late.", 16),
        ("problems", "The tender was late again.", 15),
        ("indicator.M000.actual", "20", 20),
        ("indicator.M000.actual", "52", 19),
    ):
        with django_assert_max_num_queries(most):
            assert post_cells(client, long, edit(cell, value)).json()["results"][0]["state"] == "saved"


def test_a_save_brings_back_what_the_rules_say(client, city, table):
    sign_in(client, city.clerk)
    answer = post_cells(client, table, edit("indicator.K001.actual", "40", "")).json()
    assert answer["results"][0] | {"state": "saved", "text": "40"} == answer["results"][0]
    assert "40.00%" in answer["computed"]["indicator.K001.completion"]
    assert set(answer["parts"]) == {"status", "checks", "submit"}
    assert "indicator.K001.actual" not in answer["marks"]
    assert answer["marks"]["indicator.K002.actual"][0] == "needed"
    assert answer["blocking"] > 0


def test_a_save_says_which_version_it_found_and_which_it_left(client, city, filled_table):
    sign_in(client, city.clerk)
    finding = assess([filled_table])[0].unexplained[0]
    told = {"check": finding.check_id, "cell": finding.cell, "text": "The tender was repeated."}
    answer = post_cells(client, filled_table, edit("indicator.K001.actual", "40"), explanations=[told]).json()
    table = MonitoringTable.objects.get(pk=filled_table.pk)
    assert (answer["version_before"], answer["version"]) == (filled_table.version, table.version)
    assert table.version > filled_table.version
    shown = f'name="version" value="{table.version}"'
    assert shown in page_of(client, table).content.decode()


def test_money_changes_the_row_and_the_total(client, city, table):
    sign_in(client, city.clerk)
    answer = post_cells(client, table, edit("fund.general.expected", "80", "100.00")).json()
    assert answer["computed"]["fund.general.expected_rate"] == "80.00%"
    assert answer["computed"]["fund.total.carry_over"] == "20.00"


def test_a_value_nobody_can_read_holds_up_no_other(client, city, table):
    sign_in(client, city.clerk)
    answer = post_cells(
        client,
        table,
        edit("fund.general.expected", "-3"),
        edit("indicator.K001.actual", "40"),
        edit("no.such", "1"),
    ).json()
    assert [result["state"] for result in answer["results"]] == ["invalid", "saved", "invalid"]
    assert answer["results"][0]["message"]


def test_a_conflict_shows_both_values_and_who(client, city, table):
    sign_in(client, city.clerk)
    save_cells(table, [Edit("problems", "The tender was late.")], by=city.clerk)
    answer = post_cells(client, table, edit("problems", "None.", "")).json()
    result = answer["results"][0]
    assert (result["state"], result["text"], result["by"]) == ("conflict", "The tender was late.", "clerk")


def test_the_same_save_twice_changes_nothing_the_second_time(client, city, table):
    sign_in(client, city.clerk)
    states = [post_cells(client, table, edit("indicator.K001.actual", "40", "")) for _ in range(2)]
    assert [answer.json()["results"][0]["state"] for answer in states] == ["saved", "unchanged"]


def test_explanations_travel_with_the_cells(client, city, filled_table):
    sign_in(client, city.clerk)
    finding = assess([filled_table])[0].unexplained[0]
    about = {"check": finding.check_id, "cell": finding.cell}
    given = [{**about, "text": "Three indicators are what the programme has."}]
    answer = post_cells(client, filled_table, explanations=given).json()
    assert answer["results"][0]["state"] == "saved"
    assert Explanation.objects.get(table=filled_table).check_id == finding.check_id
    for wrong in ({**about, "text": "no"}, {"check": "L36", "cell": "x", "text": "Nobody asked for this."}):
        refused = post_cells(client, filled_table, explanations=[wrong]).json()
        assert refused["results"][0]["state"] == "invalid"


def test_a_save_without_a_session_is_told_so_and_nothing_is_written(client, table):
    response = post_cells(client, table, edit("problems", "x"))
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    table.refresh_from_db()
    assert table.problems == ""


def test_a_page_of_somebody_else_saves_nothing(client, city, table):
    sign_in(client, city.clerk)
    response = post_cells(client, table, edit("problems", "x"), person=city.department.pk)
    assert (response.status_code, response.json()["code"]) == (409, "other_person")


def test_only_the_clerk_of_the_unit_may_save(client, city, table):
    for name, status in (("department", 403), ("head", 403), ("performance", 403), ("clerk2", 404)):
        sign_in(client, city.people[name])
        assert post_cells(client, table, edit("problems", "x")).status_code == status, name


UNREADABLE = [
    "", "null", "[]", "{", '"x"', '{"edits": {}}', '{"edits": [{"cell": 1}]}', '{"edits": [null]}', '{"person": "x"}',
    '{"edits": [{"cell": "problems", "value": {"a": {"b": "x"}}, "seen": 4}]}', "[" * 2000, "\ud800",
]  # fmt: skip


def test_an_unreadable_body_is_refused_with_words(client, city, table):
    sign_in(client, city.clerk)
    address = reverse("cell_save", args=[table.public_id])
    for body in UNREADABLE:
        sent = body.encode("utf-8", "surrogatepass")
        response = client.post(
            address, sent, content_type="application/json", headers={"accept": "application/json"}
        )
        assert response.status_code == 422, body[:40]
    table.refresh_from_db()
    assert table.problems == ""


def test_a_table_under_review_refuses_with_its_reason(client, city, table):
    MonitoringTable.objects.filter(pk=table.pk).update(stage=Stage.DEPARTMENT, digest="x")
    sign_in(client, city.clerk)
    response = post_cells(client, table, edit("problems", "x"))
    assert (response.status_code, response.json()["code"]) == (409, "not_editable")
    assert "data-table-form" not in page_of(client, table).content.decode()


def test_a_closed_cycle_is_only_to_read(client, city, table):
    type(table.cycle).objects.update(state=CycleState.CLOSED, closed_at=timezone.now())
    sign_in(client, city.clerk)
    assert post_cells(client, table, edit("problems", "x")).json()["code"] == "cycle_closed"


# Without the script


def form_of(client, table):
    """What a browser without the script would post: every field as the page shows it."""
    return {"shown": page_of(client, table).context["shown"]}


def test_the_page_works_as_one_plain_form(client, city, table):
    sign_in(client, city.clerk)
    fields = form_of(client, table)
    shown = json.loads(fields["shown"])
    typed = {**shown, "indicator.K001.actual": "52", "indicator.K001.causes": ["", "staff", "funding"]}
    response = client.post(reverse("table_page", args=[table.public_id]), {**typed, **fields}, follow=True)
    assert response.status_code == 200
    row = table.indicators.get(indicator__code="K001")
    assert (row.actual, row.causes) == (52, ["funding", "staff"])
    assert table.indicators.get(indicator__code="K002").actual is None


def test_a_plain_form_tells_of_a_conflict_and_keeps_both_texts(client, city, table):
    sign_in(client, city.clerk)
    fields = form_of(client, table)
    save_cells(table, [Edit("problems", "The tender was late.")], by=city.clerk)
    response = client.post(
        reverse("table_page", args=[table.public_id]), {"problems": "None at all.", **fields}, follow=True
    )
    told = [str(message) for message in response.context["messages"]]
    assert any("None at all." in text and "The tender was late." in text for text in told)
    table.refresh_from_db()
    assert table.problems == "The tender was late."


# History


def test_the_history_of_a_cell_tells_who_and_from_what_to_what(client, city, table):
    for text in ("40", "45"):
        save_cells(table, [Edit("indicator.K001.actual", text)], by=city.clerk)
    sign_in(client, city.department)
    address = reverse("cell_history", args=[table.public_id])
    page = client.get(address, {"cell": "indicator.K001.actual", "part": "1"}).content.decode()
    assert page.index("<ins>45") < page.index("<ins>40")
    assert "clerk" in page
    assert "≥ 100 km" in page
    assert client.get(address, {"cell": "no.such.cell"}).status_code == 200


# The list


def test_the_list_costs_the_same_at_every_length(client, city, django_assert_max_num_queries):
    make_table(city.road_unit)
    sign_in(client, city.performance)
    client.get(reverse("table_list"))
    for number in (1, 12):
        for _ in range(number):
            make_table(city.school_unit)
        with django_assert_max_num_queries(15):
            assert client.get(reverse("table_list")).status_code == 200


def test_the_list_is_paged_by_place(client, city, monkeypatch):
    tables = [make_table(city.road_unit) for _ in range(5)]
    monkeypatch.setattr("monitoring.paging.page_of.__kwdefaults__", {"size": 2, "newest_first": False})
    sign_in(client, city.clerk)
    seen, address = [], reverse("table_list")
    query = {}
    for _ in range(3):
        page = client.get(address, query).context["page"]
        seen += [table.pk for table in page.rows]
        query = {"after": page.following}
    assert seen == [table.pk for table in tables]
    back = client.get(address, {"before": str(tables[4].pk)}).context["page"]
    assert [table.pk for table in back.rows] == [tables[2].pk, tables[3].pk]


def test_filters_live_in_the_address_and_narrow_the_list(client, city):
    red, green = (
        make_table(city.road_unit, paid="10000"),
        make_table(city.bridge_unit, name="Bridge over the Wei"),
    )
    recompute(red.cycle)
    sign_in(client, city.performance)

    def found(**query):
        return {table.pk for table in client.get(reverse("table_list"), query).context["tables"]}

    assert found() == {red.pk, green.pk}
    assert found(light="red") == {red.pk}
    assert found(budget="green") == {green.pk}
    assert found(unit=str(city.bridge_unit.pk)) == {green.pk}
    assert found(text="bridge wei") == {green.pk}
    assert found(stage="completed") == set()
    assert found(light="mauve", unit="x", after="zzz") == {red.pk, green.pk}


def test_a_clerk_sees_the_tables_of_the_own_unit_only(client, city):
    mine, theirs = make_table(city.road_unit), make_table(city.bridge_unit)
    sign_in(client, city.clerk)
    shown = client.get(reverse("table_list"), {"department": str(theirs.department_id)}).context["tables"]
    assert [table.pk for table in shown] == [mine.pk]


# Projects


def test_a_project_opens_only_to_those_it_belongs_to(client, city, table):
    for name, status in (
        ("clerk", 200),
        ("leader", 200),
        ("clerk2", 404),
        ("department2", 404),
        ("sysadmin", 404),
    ):
        sign_in(client, city.people[name])
        response = client.get(reverse("project_page", args=[table.project.public_id]))
        assert response.status_code == status, name


def test_the_list_of_projects_keeps_its_query_ceiling(client, city, django_assert_max_num_queries):
    for _ in range(8):
        make_table(city.road_unit)
    sign_in(client, city.people["section"])
    with django_assert_max_num_queries(15):
        page = client.get(reverse("project_list"), {"text": "project"})
    assert len(page.context["projects"]) == 8


def test_a_filled_table_may_be_submitted(client, city, table):
    sign_in(client, city.clerk)
    assert page_of(client, table).context["blocking"] > 0
    fill(table, city.clerk)
    assert page_of(client, table).context["checks"].errors == []
