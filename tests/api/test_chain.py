"""The chain through the API: what was seen travels with each act, and what has moved is not decided on."""

from __future__ import annotations

import pytest

from foundation.models import AuditEvent, Job
from monitoring.models import MonitoringTable
from reviews.models import Decision, Remark
from tests.reviews import steps

pytestmark = pytest.mark.django_db


def seen(table):
    table = MonitoringTable.objects.get(pk=table.pk)
    return {"stage": table.stage, "revision": table.revision, "digest": table.digest}


@pytest.fixture
def ready(city):
    return steps.ready(city.road_unit, city.clerk)


@pytest.fixture
def submitted(city, ready):
    return steps.submit(ready, city.clerk)


def act(caller, table, name, **body):
    return caller.post(f"tables/{table.public_id}/{name}/", body)


def test_a_table_walks_the_whole_chain(city, as_, ready):
    told = act(as_("clerk"), ready, "submit", version=ready.version).json()
    assert told["decision"]["action"] == "submit"
    assert told["table"]["stage"] == "department"
    for name, following in (
        ("department", "section"),
        ("section", "performance"),
        ("performance", "completed"),
    ):
        stand = told["table"]
        told = act(
            as_(name), ready, "decide", action="approve",
            stage=stand["stage"], revision=stand["revision"], digest=stand["digest"],
        ).json()  # fmt: skip
        assert told["table"]["stage"] == following
    decisions = as_("leader").get(f"tables/{ready.public_id}/decisions/").json()
    assert [(each["action"], each["actor"]) for each in decisions] == [
        ("submit", "clerk"), ("approve", "department"), ("approve", "section"), ("approve", "performance"),
    ]  # fmt: skip
    assert AuditEvent.objects.filter(action__startswith="reviews.").count() == 4


def test_submitting_is_refused_with_every_cell_that_stands_against_it(as_, table):
    answer = act(as_("clerk"), table, "submit", version=table.version)
    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "checks_stand")
    assert {"indicator.K001.actual", "objective_progress"} <= {each["where"] for each in told["errors"]}
    assert all(each["message"] for each in told["errors"])


def test_a_version_from_before_the_last_save_does_not_submit(as_, ready):
    caller = as_("clerk")
    saved = caller.patch(
        f"tables/{ready.public_id}/cells/", [{"cell": "indicator.K001.actual", "value": "52.5"}]
    ).json()
    assert (saved["version_before"], saved["version"]) == (ready.version, ready.version + 1)
    stale = act(caller, ready, "submit", version=saved["version_before"])
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    assert act(caller, ready, "submit", version=saved["version"]).status_code == 200


def test_a_return_needs_reason_and_text_and_comes_back_to_its_tier(city, as_, submitted):
    caller = as_("department")
    bare = act(caller, submitted, "decide", action="return", **seen(submitted))
    assert bare.status_code == 422
    assert {each["where"] for each in bare.json()["errors"]} == {"code", "text"}
    unknown = act(caller, submitted, "decide", action="return", code="R99", text="Why?", **seen(submitted))
    assert [each["where"] for each in unknown.json()["errors"]] == ["code"]
    told = act(
        caller, submitted, "decide", action="return", code="R01", text="K001 is wrong.", **seen(submitted)
    )
    assert told.json()["table"]["stage"] == "returned"
    table = steps.fresh(submitted)
    again = act(as_("clerk"), table, "submit", version=table.version).json()["table"]
    assert (again["stage"], again["revision"]) == ("department", 2)


def test_a_stale_decision_is_refused_and_says_who_was_there_before(city, as_, submitted):
    before = seen(submitted)
    assert act(as_("department"), submitted, "decide", action="approve", **before).status_code == 200
    again = act(as_("department"), submitted, "decide", action="approve", **before)
    assert (again.status_code, again.json()["code"]) == (409, "stale")
    assert "department" in again.json()["detail"]
    assert Decision.objects.filter(table=submitted).count() == 2


@pytest.mark.parametrize(
    "changed",
    [{"digest": "0" * 64}, {"revision": 7}, {"stage": "section"}, {"digest": ""}, {"digest": "0" * 16}],
)
def test_another_state_than_the_one_read_is_not_decided_on(as_, submitted, changed):
    answer = act(as_("department"), submitted, "decide", action="approve", **{**seen(submitted), **changed})
    assert answer.status_code == 409
    assert answer.json()["code"] in ("stale", "wrong_tier")


def test_four_eyes_are_told_apart_from_the_wrong_role(city, as_, submitted):
    from organisation.appointments import appoint

    appoint(city.clerk, "department", city.roads, by=None)
    own = act(as_("clerk"), submitted, "decide", action="approve", **seen(submitted))
    assert (own.status_code, own.json()["code"]) == (403, "own_submission")
    none = act(as_("leader"), submitted, "decide", action="approve", **seen(submitted))
    assert (none.status_code, none.json()["code"]) == (403, "no_reviewer")
    assert none.json()["detail"] != own.json()["detail"]


def test_withdrawing_ends_with_the_first_decision(city, as_, submitted):
    answer = act(as_("clerk"), submitted, "withdraw", version=submitted.version)
    assert answer.json()["table"]["stage"] == "filling"
    table = steps.submit(steps.fresh(submitted), city.clerk)
    act(as_("department"), table, "decide", action="approve", **seen(table))
    table = steps.fresh(table)
    late = act(as_("clerk"), table, "withdraw", version=table.version)
    assert (late.status_code, late.json()["code"]) == (409, "already_decided")


def test_an_auditor_gives_opinion_and_score(city, as_, scene):
    table = steps.walk_to(scene.table, "third_party", city)
    bare = act(as_("auditor"), table, "decide", action="approve", **seen(table))
    assert {each["where"] for each in bare.json()["errors"]} == {"text", "score"}
    given = {"action": "approve", "text": "Well kept.", **seen(table)}
    assert act(as_("auditor"), table, "decide", score="100.5", **given).status_code == 422
    assert act(as_("auditor2"), table, "decide", score="88", **given).status_code == 404
    told = act(as_("auditor"), table, "decide", score="88.5", **given).json()
    assert (told["decision"]["score"], told["table"]["stage"]) == ("88.5000", "completed")


def test_a_remark_stands_until_it_is_settled(city, as_, submitted):
    caller = as_("department")
    told = caller.post(
        f"tables/{submitted.public_id}/remarks/", {"cell": "fund.general.executed", "text": "Why?"}
    )
    assert (told.status_code, told.json()["author"]) == (201, "department")
    nowhere = caller.post(f"tables/{submitted.public_id}/remarks/", {"cell": "nowhere", "text": "Why?"})
    assert (nowhere.status_code, nowhere.json()["errors"][0]["where"]) == (422, "cell")
    address = f"remarks/{told.json()['public_id']}/settle/"
    assert caller.post(address).json()["settled_by"] == "department"
    assert caller.post(address).json()["code"] == "settled_already"
    (listed,) = as_("clerk").get(f"tables/{submitted.public_id}/remarks/").json()
    assert listed["settled_at"]
    assert Remark.objects.count() == 1


def test_long_work_is_owed_once_and_told_by_its_job(city, as_, table):
    caller = as_("performance")
    first = caller.post(f"cycles/{table.cycle.public_id}/recompute/")
    second = caller.post(f"cycles/{table.cycle.public_id}/recompute/")
    assert (first.status_code, first.json()["state"]) == (202, "queued")
    assert first.json()["public_id"] == second.json()["public_id"]
    assert caller.post(f"cycles/{table.cycle.public_id}/raise-rectifications/").status_code == 202
    assert Job.objects.filter(actor=city.people["performance"]).count() == 2
    told = caller.get(f"jobs/{first.json()['public_id']}/").json()
    assert (told["kind"], told["result"]) == ("recompute_cycle", None)
