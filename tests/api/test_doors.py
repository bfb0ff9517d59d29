"""Doors and people: who may knock at which address of the API, and what answers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver

from foundation.api import ApiDoor
from tests.conftest import sign_in
from tests.factories import make_table

pytestmark = pytest.mark.django_db
JSON = "application/json"

PEOPLE = [
    "anonymous", "clerk", "clerk2", "head", "department", "department2", "section", "performance", "leader",
    "auditor", "auditor2", "former", "sysadmin", "auditadmin",
]  # fmt: skip

# One line a door; a column a person. The table of the scene is at its department, the task with its unit.
DOORS = """
                                          anonymous clerk clerk2 head department department2 section performance leader auditor auditor2 former sysadmin auditadmin
GET   me/                                 401       200   200    200  200        200         200     200         200    200     200      401    200      200
GET   nodes/                              401       200   200    200  200        200         200     200         200    200     200      401    200      200
GET   cycles/                             401       200   200    200  200        200         200     200         200    200     200      401    200      200
GET   cycles/{cycle}/                     401       200   200    200  200        200         200     200         200    200     200      401    404      404
POST  cycles/{cycle}/recompute/           401       403   403    403  403        403         403     202         403    403     403      401    404      404
POST  cycles/{cycle}/raise-rectifications/ 401      403   403    403  403        403         403     202         403    403     403      401    404      404
GET   projects/                           401       200   200    200  200        200         200     200         200    200     200      401    200      200
GET   projects/{project}/                 401       200   404    200  200        404         200     200         200    200     404      401    404      404
GET   tables/                             401       200   200    200  200        200         200     200         200    200     200      401    200      200
GET   tables/{table}/                     401       200   404    200  200        404         200     200         200    200     404      401    404      404
GET   tables/{table}/checks/              401       200   404    200  200        404         200     200         200    200     404      401    404      404
GET   tables/{table}/decisions/           401       200   404    200  200        404         200     200         200    200     404      401    404      404
GET   tables/{table}/remarks/             401       200   404    200  200        404         200     200         200    200     404      401    404      404
POST  tables/{table}/remarks/             401       403   404    409  201        404         409     409         403    409     404      401    404      404
PATCH tables/{table}/cells/               401       409   404    403  403        404         403     403         403    403     404      401    404      404
POST  tables/{table}/explanations/        401       409   404    403  403        404         403     403         403    403     404      401    404      404
POST  tables/{table}/submit/              401       409   404    403  403        404         403     403         403    403     404      401    404      404
POST  tables/{table}/withdraw/            401       200   404    403  403        404         403     403         403    403     404      401    404      404
POST  tables/{table}/decide/              401       403   404    409  200        404         409     409         403    409     404      401    404      404
POST  remarks/{remark}/settle/            401       403   404    403  200        404         403     403         403    403     404      401    404      404
GET   tasks/                              401       200   200    200  200        200         200     200         200    200     200      401    200      200
GET   tasks/{task}/                       401       200   404    200  200        404         200     200         200    404     404      401    404      404
POST  tasks/{task}/acknowledge/           401       200   404    403  403        404         403     403         403    404     404      401    404      404
POST  tasks/{task}/reply/                 401       200   404    403  403        404         403     403         403    404     404      401    404      404
POST  tasks/{task}/pass-on/               401       403   404    403  409        404         403     403         403    404     404      401    404      404
POST  tasks/{task}/send-back/             401       403   404    403  409        404         409     409         403    404     404      401    404      404
POST  tasks/{task}/accept/                401       403   404    403  403        404         409     409         403    404     404      401    404      404
POST  tasks/{task}/funds/                 401       403   404    403  403        404         409     409         403    404     404      401    404      404
GET   dashboard/                          401       200   200    200  200        200         200     200         200    403     403      401    404      404
GET   jobs/{job}/                         401       404   404    404  404        404         200     200         404    404     404      401    200      404
GET   anything-else/                      401       404   404    404  404        404         404     404         404    404     404      401    404      404
"""  # noqa: E501


def doors() -> list[Any]:
    found = []
    for line in DOORS.strip().splitlines()[1:]:
        method, address, *answers = line.split()
        found.append(pytest.param(method, address, list(map(int, answers)), id=f"{method} {address}"))
    return found


def body_of(address: str, scene: Any) -> Any:
    """What somebody would send whose turn it is."""
    table, task = scene.table, scene.task
    seen = {"stage": table.stage, "revision": table.revision, "digest": table.digest}
    return {
        "remarks/": {"cell": "problems", "text": "Please say more."},
        "cells/": [{"cell": "problems", "value": "None."}],
        "explanations/": {"check": "L29", "cell": "", "text": "It is known."},
        "submit/": {"version": table.version},
        "withdraw/": {"version": table.version},
        "decide/": {"action": "approve", **seen},
        "acknowledge/": {"version": task.version},
        "reply/": {
            "version": task.version, "state": "done", "measures": "Paid and mended.", "done_on": "2022-07-30",
        },
        "pass-on/": {"version": task.version},
        "send-back/": {"version": task.version, "text": "Say more."},
        "accept/": {"version": task.version, "result": "passed"},
        "funds/": {
            "kind": "recover", "fund_source": "general", "amount": "1.00", "document_no": "1",
            "executed_on": "2022-07-30",
        },
    }.get(address.partition("}/")[2], {})  # fmt: skip


def names_of(scene: Any) -> dict[str, str]:
    names = {name: getattr(scene, name).public_id for name in ("cycle", "table", "remark", "task", "job")}
    return names | {"project": scene.table.project.public_id}


@pytest.mark.parametrize(("method", "address", "expected"), doors())
def test_each_person_gets_the_answer_of_the_table(as_, scene, method, address, expected):
    told = []
    for name in PEOPLE:
        with transaction.atomic():
            answer = as_(name).generic(
                method, address.format(**names_of(scene)), *_json(body_of(address, scene)), content_type=JSON
            )
            told.append(answer.status_code)
            if answer.status_code >= 400:
                assert answer["Content-Type"] == "application/problem+json"
            transaction.set_rollback(True)
    assert dict(zip(PEOPLE, told, strict=True)) == dict(zip(PEOPLE, expected, strict=True))


def _json(body: Any) -> list[str]:
    return [json.dumps(body)]


def test_unknown_and_invisible_answer_the_same_word_for_word(as_, scene):
    """For whoever may not see it, a thing that exists and one that does not are one."""
    caller = as_("clerk2")
    for param in doors():
        method, address, _expected = param.values
        if "{" not in address or "cycle" in address:
            continue
        body = _json(body_of(address, scene))
        hidden = caller.generic(method, address.format(**names_of(scene)), *body, content_type=JSON)
        unknown = caller.generic(
            method, address.format(**dict.fromkeys(names_of(scene), "2" * 12)), *body, content_type=JSON
        )
        nothing = caller.generic(
            method, address.format(**dict.fromkeys(names_of(scene), "no-id%00")), *body, content_type=JSON
        )
        told = [{**answer.json(), "request_id": ""} for answer in (hidden, unknown, nothing)]
        assert told[0] == told[1] == told[2], address
        assert told[0]["status"] == 404


def test_every_address_of_the_api_stands_in_the_table():
    """A door without a line in DOORS is not tested."""

    def patterns(resolver: Any, prefix: str = "") -> Any:
        for each in resolver.url_patterns:
            path = prefix + str(each.pattern)
            if isinstance(each, URLPattern):
                view = getattr(each.callback, "cls", None)
                if view is not None and issubclass(view, ApiDoor) and view.schema is not None:
                    actions = getattr(each.callback, "actions", None) or {"get": ""}
                    yield from ((method.upper(), path) for method in actions if method != "head")
            else:
                yield from patterns(each, path)

    found = {(method, _readable(path)) for method, path in patterns(get_resolver())}
    known = {tuple(param.values[:2]) for param in doors()}
    known = {(method, re.sub(r"{\w+}", "{}", address)) for method, address in known}
    assert found == known - {("GET", "anything-else/")}


def _readable(path: str) -> str:
    path = re.sub(r"\(\?P<public_id>[^)]*\)", "{}", path)
    return path.removeprefix("api/v1/").replace("^", "").replace("$", "").replace("\\Z", "")


def test_an_auditor_sees_only_what_is_assigned_and_while_it_is(city, as_, scene):
    other = make_table(city.road_unit)
    caller = as_("auditor")
    assert [row["public_id"] for row in caller.get("tables/").json()["results"]] == [scene.table.public_id]
    assert [row["public_id"] for row in caller.get("projects/").json()["results"]] == [
        scene.table.project.public_id
    ]
    assert caller.get(f"tables/{other.public_id}/").status_code == 404
    scene.engagement.ends_on = scene.engagement.starts_on = scene.engagement.starts_on.replace(year=2020)
    scene.engagement.save()
    assert caller.get(f"tables/{scene.table.public_id}/").status_code == 404
    assert caller.get("tables/").json()["results"] == []


def test_a_session_opens_the_same_doors_but_writes_only_with_the_token_of_its_pages(city, scene):
    client = sign_in(Client(enforce_csrf_checks=True), city.department)
    address = f"/api/v1/tables/{scene.table.public_id}/"
    assert client.get(address).status_code == 200
    refused = client.post(
        f"{address}remarks/", '{"text": "Why?"}', JSON, headers={"Idempotency-Key": "one-of-a-session"}
    )
    told = refused.json()
    assert (refused.status_code, told["code"]) == (403, "csrf_token_missing")
    assert "X-CSRFToken" in told["detail"]
