"""What the API tells: yuan and ratios as text, public ids only, fifty rows a page in few queries."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitoring.models import MonitoringTable
from monitoring.recompute import recompute
from organisation.models import User
from projects.models import BudgetAdjustment
from rectification.models import Finding, Task
from tests import factories
from tests.factories import make_table
from tests.reviews import steps

pytestmark = pytest.mark.django_db


def queries_of(caller, address):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = caller.get(address)
    assert answer.status_code == 200, answer.content
    return len(captured)


class TestMe:
    def test_tells_the_person_and_what_they_hold_today(self, as_):
        told = as_("clerk").get("me/").json()
        assert told["username"] == "clerk"
        assert told["division"] == {"code": "370782", "name": "诸城市"}
        held = told["appointments"]
        assert [(each["role"], each["kind"], each["node"]["code"]) for each in held] == [
            ("clerk", "unit", "219001")
        ]

    def test_an_institution_has_no_code_but_its_name(self, as_):
        told = as_("auditor").get("me/").json()["appointments"]
        assert told[0]["node"] == {"code": "", "name": "诚信会计师事务所"}

    def test_nodes_are_those_the_person_reaches(self, as_):
        def codes(name):
            told = as_(name).get("nodes/").json()
            return {kind: [node["code"] for node in nodes] for kind, nodes in told.items()}

        assert codes("clerk") == {"sections": [], "departments": [], "units": ["219001"]}
        assert codes("department") == {"sections": [], "departments": ["219"], "units": ["219001", "219002"]}
        assert codes("leader")["departments"] == ["105", "219"]


class TestCycles:
    def test_tells_windows_and_time_progress_in_order(self, as_, table):
        told = as_("clerk").get("cycles/").json()
        assert told["next"] is None
        (cycle,) = told["results"]
        assert (cycle["year"], cycle["month"], cycle["time_progress"]) == (2022, 6, "0.500000")
        assert cycle["windows"][0]["stage"] == "filling"

    def test_coverage_is_told_to_those_who_see_the_whole(self, city, as_, table):
        late = factories.make_project(city.school_unit)
        address = f"cycles/{table.cycle.public_id}/"
        told = as_("leader").get(address).json()["coverage"]
        assert (told["funded"], told["included"], told["missing"], told["complete"]) == (2, 1, 1, False)
        assert [project["code"] for project in told["missing_projects"]] == [late.code]
        assert as_("department").get(address).json()["coverage"] is None


class TestProjects:
    def test_tells_lines_months_adjustments_and_indicators(self, city, as_):
        project = factories.make_project(
            city.road_unit, initial="100000000.01", change="-0.01", paid="33333333.33"
        )
        line = project.lines.get()
        BudgetAdjustment.objects.create(
            line=line, document_no="诸财预〔2022〕7号", on="2022-01-20", amount=Decimal("-0.01"), kind="cut"
        )
        told = as_("clerk").get(f"projects/{project.public_id}/").json()
        (line,) = told["lines"]
        assert (line["source"], line["initial"]) == ("general", "100000000.01")
        assert line["adjustments"][0]["amount"] == "-0.01"
        assert line["months"][0] == {
            "month": 1, "change": "-0.01", "received": "100000000.00", "paid": "33333333.33",
        }  # fmt: skip
        assert len(line["months"]) == 12
        assert [row["target_low"] for row in told["indicators"]] == ["100.0000", "95.0000", "90.0000"]

    def test_is_filtered_by_codes_and_words(self, city, as_):
        road = factories.make_project(city.road_unit, name="Bridge of the north")
        factories.make_project(city.school_unit)
        caller = as_("leader")

        def codes(query):
            return [each["code"] for each in caller.get(f"projects/?{query}").json()["results"]]

        assert codes("text=bridge") == codes("department=219") == codes("unit=219001") == [road.code]
        assert codes("department=nobody") == codes("year=2021") == []


class TestTables:
    def test_a_row_has_its_figures_as_text(self, as_, table):
        (row,) = as_("clerk").get("tables/").json()["results"]
        assert row["public_id"] == table.public_id
        assert row["figures"]["adjusted"] == "1000000.00"
        assert row["figures"]["execution_rate"] == "0.500000"
        assert row["figures"]["weighted_completion"] is None
        assert re.fullmatch(r"0\.\d{6}", row["share_filled"])

    def test_one_table_tells_rows_cells_and_origins(self, city, as_, filled_table):
        told = as_("clerk").get(f"tables/{filled_table.public_id}/").json()
        assert told["funds"][0]["expected"] == "1000000.00"
        assert [row["actual"] for row in told["indicators"]] == ["52.0000", "96.0000", "92.0000"]
        cells = {cell["cell"]: cell for cell in told["cells"]}
        assert cells["fund.general.expected"]["value"] == "1000000.00"
        assert cells["fund.general.expected"]["origin"]["kind"] == "suggested"
        assert cells["indicator.K001.actual"]["value"] == "52"
        assert cells["attainable"]["value"] == "1"
        assert cells["indicator.K001.actual"]["origin"]["by"] == "clerk"

    def test_is_filtered_by_what_the_list_page_knows(self, city, as_, filled_table):
        red = make_table(city.school_unit, paid="0")
        caller = as_("leader")

        def found(query):
            return [each["public_id"] for each in caller.get(f"tables/?{query}").json()["results"]]

        assert found("light=red") == found("department=105") == found("unit=105001") == [red.public_id]
        assert (
            found("stage=filling")
            == found(f"cycle={red.cycle.public_id}")
            == [filled_table.public_id, red.public_id]
        )
        assert found(f"text={red.project.code.lower()}") == [red.public_id]
        assert found("mismatch=money_ahead&department=219") == []
        assert found("stage=completed") == found("cycle=222222222222") == []

    @pytest.mark.parametrize(
        "query", ["light=pink", "stage=0", "mismatch=x", "cursor=nonsense", "unit=" + "9" * 50]
    )
    def test_a_filter_that_cannot_be_is_refused_by_name(self, as_, table, query):
        answer = as_("leader").get(f"tables/?{query}")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["where"] == query.partition("=")[0]

    def test_checks_are_told_with_their_cells_and_what_to_do(self, as_, table):
        told = as_("clerk").get(f"tables/{table.public_id}/checks/").json()
        assert told["blocking"] > 0
        first = told["findings"][0]
        assert first["severity"] == "error"
        assert first["cell"]
        assert first["message"]


class TestPages:
    def test_fifty_rows_and_the_way_to_the_next(self, city, as_):
        ids = steps.many_under_review(city.road_unit, 103, by=city.clerk)
        caller, seen, address = as_("department"), [], "tables/"
        sizes = []
        while address:
            page = caller.get(address).json()
            sizes.append(len(page["results"]))
            seen += [row["public_id"] for row in page["results"]]
            address = page["next"]
        assert sizes == [50, 50, 3]
        assert len(set(seen)) == 103 == len(ids)

    def test_a_cursor_that_is_not_visible_is_no_place(self, city, as_):
        hidden = make_table(city.school_unit)
        answer = as_("clerk").get(f"tables/?cursor={hidden.public_id}")
        unknown = as_("clerk").get("tables/?cursor=222222222222")
        assert answer.status_code == unknown.status_code == 422
        assert answer.json()["errors"] == unknown.json()["errors"]

    def test_filters_stay_on_the_way_to_the_next_page(self, city, as_):
        steps.many_under_review(city.road_unit, 60, by=city.clerk)
        following = as_("department").get("tables/?stage=department").json()["next"]
        assert "stage=department" in following
        assert len(as_("department").get(following).json()["results"]) == 10


class TestTasks:
    def test_a_task_tells_what_was_found(self, as_, scene):
        rows = as_("clerk").get("tasks/").json()["results"]
        assert [row["public_id"] for row in rows][1] == scene.task.public_id
        told = as_("clerk").get(f"tasks/{scene.task.public_id}/").json()
        assert told["problem_name"] != told["problem"]
        assert told["finding"]["amount"] == "900000.00"
        assert told["finding"]["table"] == scene.table.public_id
        assert told["finding"]["facts"]["budget_light"] == "red"
        assert [step["action"] for step in told["steps"]] == ["raise"]
        assert told["overdue"] is False

    def test_is_filtered_by_state_lateness_and_whose_turn_it_is(self, as_, scene):
        def found(name, query):
            return len(as_(name).get(f"tasks/?{query}").json()["results"])

        assert (
            found("clerk", "mine=true") == found("clerk", "state=open") == found("clerk", "state=issued") == 2
        )
        assert (
            found("department", "mine=true")
            == found("clerk", "state=closed")
            == found("clerk", "late=1")
            == 0
        )
        assert found("leader", f"problem={scene.task.problem}&department=219&unit=219001") == 1
        Task.objects.update(complete_due_at="2020-01-01T00:00:00Z")
        assert found("clerk", "late=true") == 2


class TestDashboard:
    def test_tells_sums_of_what_the_person_holds_whole(self, city, as_, scene):
        make_table(city.school_unit, paid="400000.00")
        told = as_("leader").get("dashboard/").json()
        assert (told["level"], told["cycle"], told["time_progress"]) == (
            "division",
            scene.cycle.public_id,
            "0.500000",
        )
        numbers = told["numbers"]
        assert numbers["tables"] == 2
        assert [numbers[name] for name in ("adjusted", "executed", "execution_rate")] == [
            "2000000.00", "500000.00", "0.250000",
        ]  # fmt: skip
        assert numbers["stages"]["department"] == numbers["stages"]["filling"] == 1
        assert numbers["lights"]["red"] == 1
        assert told["at_risk"] == "1000000.00"
        assert told["coverage"] == {"included": 2, "exempt": 0, "missing": 0}
        assert (told["tasks"], told["tasks_open"], told["tasks_overdue"]) == ({"issued": 2}, 2, 0)
        assert told["funds"][0] == {"kind": "recover", "count": 0, "amount": "0.00"}
        rates = {row["code"]: row["numbers"]["execution_rate"] for row in told["nodes"]}
        assert (told["nodes_level"], rates) == ("department", {"105": "0.400000", "219": "0.100000"})

    @pytest.mark.parametrize(
        ("name", "level", "tables", "nodes"),
        [
            ("section", "section", 2, ["105", "219"]),
            ("department", "department", 1, ["219001"]),
            ("clerk", "unit", 1, ["219001"]),
            ("clerk2", "unit", 0, []),
        ],
    )
    def test_nobody_sees_sums_over_what_is_not_theirs(self, city, as_, scene, name, level, tables, nodes):
        make_table(city.school_unit)
        told = as_(name).get(f"dashboard/?cycle={scene.cycle.public_id}").json()
        assert (told["level"], told["numbers"]["tables"]) == (level, tables)
        assert [row["code"] for row in told["nodes"]] == nodes
        assert told["coverage"] is None

    def test_agrees_with_the_tables_after_a_recompute(self, city, as_, scene):
        recompute(scene.cycle)
        numbers = as_("department").get("dashboard/").json()["numbers"]
        (row,) = as_("department").get("tables/").json()["results"]
        for name in ("adjusted", "executed", "execution_rate"):
            assert numbers[name] == row["figures"][name]


ADDRESSES = [
    "me/", "nodes/", "cycles/", "cycles/{cycle}/", "projects/", "projects/{project}/", "tables/", "tables/{table}/",
    "tables/{table}/checks/", "tables/{table}/decisions/", "tables/{table}/remarks/", "tasks/", "tasks/{task}/",
    "dashboard/", "jobs/{job}/",
]  # fmt: skip


def addresses(scene):
    names = {
        "cycle": scene.cycle.public_id, "project": scene.table.project.public_id, "table": scene.table.public_id,
        "task": scene.task.public_id, "job": scene.job.public_id,
    }  # fmt: skip
    return [address.format(**names) for address in ADDRESSES]


def test_no_answer_holds_a_number_of_the_database(as_, scene):
    """No `id`, no `…_id` but the public one and the request's."""
    caller = as_("performance")
    for address in addresses(scene):
        names = set(re.findall(r'"(\w*)":', json.dumps(caller.get(address).json())))
        assert not {name for name in names if name == "id" or name.endswith("_id")} - {"public_id"}, address


def test_the_number_of_queries_does_not_grow_with_the_rows(city, as_, scene):
    caller = as_("performance")
    few = {address: queries_of(caller, address) for address in addresses(scene)}
    for number in range(4):
        make_table(city.school_unit, name=f"School {number}")
    tables = MonitoringTable.objects.order_by("pk")
    for table in tables[1:]:
        finding = Finding.objects.get(pk=scene.task.finding_id)
        finding.pk, finding.public_id, finding.project_id, finding.table = (
            None,
            str(table.pk),
            table.project_id,
            table,
        )
        finding.save()
        task = Task.objects.get(pk=scene.task.pk)
        task.pk, task.public_id, task.project_id, task.finding = (
            None,
            str(table.pk),
            table.project_id,
            finding,
        )
        task.save()
    for indicator in range(9):
        factories.make_indicator(scene.table.project, name=f"More {indicator}")
    many = {address: queries_of(caller, address) for address in addresses(scene)}
    assert many == few
    assert max(many.values()) <= 15, many


def test_the_person_is_read_anew_with_every_request(city, as_, table):
    caller = as_("clerk")
    assert len(caller.get("tables/").json()["results"]) == 1
    User.objects.filter(pk=city.clerk.pk).update(is_active=False)
    assert caller.get("tables/").status_code == 401
