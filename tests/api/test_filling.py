"""Filling a table through the API: yuan at the door, a result for each cell, never another's work overwritten."""

from __future__ import annotations

from decimal import Decimal

import pytest

from foundation.models import AuditEvent
from monitoring.filling import Edit, save_cells
from monitoring.models import CellOrigin, Explanation, MonitoringTable
from monitoring.tables import assess
from tests import factories
from tests.reviews import steps

pytestmark = pytest.mark.django_db


@pytest.fixture
def save(as_, table):
    def saving(*edits, by="clerk", **extra):
        body = [dict(zip(("cell", "value", "seen"), edit, strict=False)) for edit in edits]
        return as_(by).patch(f"tables/{table.public_id}/cells/", body, **extra)

    return saving


def results(answer):
    assert answer.status_code == 200, answer.content
    return [(each["cell"], each["state"], each["value"]) for each in answer.json()["results"]]


def test_amounts_are_yuan_to_the_fen(save, table):
    answer = save(("fund.general.expected", "987654.32"))
    assert results(answer) == [("fund.general.expected", "saved", "987654.32")]
    assert table.funds.get().expected == Decimal("987654.32")
    assert answer.json()["figures"]["expected"] == "987654.32"


def test_each_cell_has_its_own_result_and_none_holds_up_another(save, table):
    answer = save(
        ("indicator.K001.actual", "52.5"),
        ("fund.general.expected", "a lot"),
        ("fund.general.expected", "-1.00"),
        ("fund.general.expected", "0.001"),
        ("nowhere", "1"),
        ("indicator.K009.actual", "1"),
        ("attainable", True),
        ("indicator.K001.causes", ["staff", "funding"]),
        ("indicator.K001.likelihood", None),
        ("execution_plan_on", "2022-13-01"),
    )
    assert [state for _cell, state, _value in results(answer)] == [
        "saved", "invalid", "invalid", "invalid", "invalid", "invalid", "saved", "saved", "unchanged", "invalid",
    ]  # fmt: skip
    told = answer.json()["results"]
    assert all(each["message"] for each in told if each["state"] == "invalid")
    # What was there is told in the units of the door, also beside a refusal.
    assert told[1]["value"] == "1000000.00"
    assert told[7]["value"] == "funding,staff"
    row = table.indicators.get(indicator__code="K001")
    assert (row.actual, row.causes) == (Decimal("52.5"), ["funding", "staff"])


def test_what_the_rules_say_comes_back_with_the_save(save, table):
    before = assess([table])[0]
    answer = save(*factories.GOOD_CELLS.items()).json()
    assert answer["errors_open"] < len(before.errors)
    assert answer["figures"]["weighted_completion"] is not None
    assert AuditEvent.objects.filter(action="tables.cells_saved").count() == 1


def test_a_cell_another_person_changed_is_a_conflict_and_stays(city, save, table):
    second = factories.make_person("second", "clerk", city.road_unit)
    save_cells(table, [Edit("manager", "Wang Wu"), Edit("fund.general.expected", "88")], by=second)
    answer = save(
        ("manager", "Li Si", "Zhang San"),
        ("fund.general.expected", "770000.00", "1000000.00"),
        ("phone", "0536-1", "0536-6000001"),
    )
    assert results(answer) == [
        ("manager", "conflict", "Wang Wu"),
        ("fund.general.expected", "conflict", "880000.00"),
        ("phone", "saved", "0536-1"),
    ]
    assert answer.json()["results"][0]["by"] == "second"


def test_what_was_read_is_what_may_be_seen(as_, save, table):
    """Every cell as the table tells it is a `seen` that fits: a client needs to know no other form."""
    told = as_("clerk").get(f"tables/{table.public_id}/").json()["cells"]
    answer = save(*((cell["cell"], "1", cell["value"]) for cell in told))
    assert "conflict" not in {state for _cell, state, _value in results(answer)}


def test_numbers_come_as_text(save):
    for value in (1, 1.5, {"a": 1}, [1], [["a"]]):
        answer = save(("indicator.K001.actual", value))
        assert answer.status_code == 422, value
        assert answer.json()["errors"][0]["where"].startswith("[0].value")


def test_who_and_when_cannot_be_claimed(city, as_, table):
    body = [{"cell": "manager", "value": "Li Si", "by": "leader", "at": "2020-01-01", "kind": "system"}]
    as_("clerk").patch(f"tables/{table.public_id}/cells/", body)
    origin = CellOrigin.objects.get(table=table, cell="manager")
    assert (origin.by, origin.kind) == (city.clerk, "typed")
    assert origin.at.year > 2020


def test_a_table_under_review_is_closed_to_its_clerk(city, as_):
    table = steps.submit(steps.ready(city.road_unit, city.clerk), city.clerk)
    answer = as_("clerk").patch(f"tables/{table.public_id}/cells/", [{"cell": "manager", "value": "Li Si"}])
    assert (answer.status_code, answer.json()["code"]) == (409, "not_editable")


@pytest.mark.parametrize("body", [[], {}, "text", None, [1], [{"cell": "manager"}], [{"value": "1"}], [[]]])
def test_a_body_of_another_shape_is_refused(as_, table, body):
    answer = as_("clerk").patch(f"tables/{table.public_id}/cells/", body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_more_than_five_hundred_cells_at_once_are_too_many(save):
    assert save(*(("manager", str(number)) for number in range(501))).status_code == 422


def test_a_warning_is_explained_and_the_explanation_taken_back(city, as_):
    table = factories.fill(factories.make_table(city.road_unit), city.clerk)
    finding = assess(
        [MonitoringTable.objects.select_related("cycle__rule_book", "project", "unit").get(pk=table.pk)]
    )[0].unexplained[0]
    address = f"tables/{table.public_id}/explanations/"
    given = {"check": finding.check_id, "cell": finding.cell, "text": "The season begins in August."}
    told = as_("clerk").post(address, given).json()["findings"]
    assert given["text"] in [each["explanation"] for each in told]
    short = as_("clerk").post(address, {**given, "text": "Yes"})
    assert (short.status_code, short.json()["code"]) == (422, "bad_input")
    as_("clerk").post(address, {**given, "text": ""})
    assert not Explanation.objects.exists()
