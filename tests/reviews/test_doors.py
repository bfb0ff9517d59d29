"""Doors and people: who may knock at which address of the review chain, and what answers."""

from datetime import timedelta

import pytest
from django.urls import get_resolver, reverse

from foundation import clock
from reviews import engagements, remarks, urls
from tests.conftest import sign_in
from tests.reviews import steps

PEOPLE = [
    "anonymous", "clerk", "clerk2", "head", "department", "department2", "section", "performance", "leader",
    "auditor", "auditor2", "former", "sysadmin",
]  # fmt: skip

# One line a door; a column a person. 302 of the anonymous and of the deactivated leads to the sign-in.
DOORS = """
                          anonymous clerk clerk2 head department department2 section performance leader auditor auditor2 former sysadmin
GET  review_queue         302       200   200    200  200        200         200     200         200    200     200      302    200
GET  review_page          302       302   404    200  200        404         200     200         200    200     404      302    404
POST review_decide        302       403   404    409  422        404         409     409         403    409     404      302    404
POST review_bulk          302       422   422    422  422        422         422     422         422    422     422      302    422
GET  review_bulk_result   302       404   404    404  404        404         404     404         404    404     404      302    404
POST remark_add           302       403   404    409  302        404         409     409         403    409     404      302    404
POST remark_settle        302       403   404    403  302        404         403     403         403    403     404      302    404
POST table_submit         302       409   404    403  403        404         403     403         403    403     404      302    404
POST review_withdraw      302       409   404    403  403        404         403     403         403    403     404      302    404
GET  engagement_list      302       403   403    403  403        403         403     200         200    200     200      302    403
GET  engagement_new       302       403   403    403  403        403         403     200         403    403     403      302    403
GET  engagement_page      302       404   404    404  404        404         404     200         200    200     404      302    404
POST engagement_period    302       404   404    404  404        404         404     422         403    403     404      302    404
POST engagement_auditor   302       404   404    404  404        404         404     404         404    404     404      302    404
POST engagement_assign    302       404   404    404  404        404         404     422         403    403     404      302    404
POST engagement_sample    302       404   404    404  404        404         404     422         403    403     404      302    404
POST engagement_release   302       404   404    404  404        404         404     404         404    404     404      302    404
POST engagement_end       302       404   404    404  404        404         404     302         403    403     404      302    404
"""  # noqa: E501

OPEN_ADDRESSES = ("review_queue", "review_bulk", "engagement_list", "engagement_new")


def doors():
    for line in DOORS.strip().splitlines()[1:]:
        method, name, *answers = line.split()
        yield method, name, dict(zip(PEOPLE, map(int, answers), strict=True))


@pytest.fixture
def scene(city):
    """A table at the department with a remark, assigned to a running engagement of `auditor`."""
    table = steps.submit(steps.ready(city.road_unit, city.clerk), city.clerk)
    remark = remarks.add(table, cell="problems", text="Why?", by=city.department)
    today = clock.today()
    engagement = engagements.create(
        table.cycle,
        city.institution,
        starts_on=today,
        ends_on=today + timedelta(days=9),
        by=city.people["performance"],
    )
    engagements.add_auditor(engagement, city.auditor, by=city.people["performance"])
    engagements.assign_codes(engagement, [table.project.code], by=city.people["performance"])
    return {"table": table, "remark": remark, "engagement": engagement}


def address_of(name, scene):
    if name in OPEN_ADDRESSES:
        return reverse(name)
    if name == "review_bulk_result":
        return reverse(name, args=["2" * 12])
    thing = (
        "remark" if name == "remark_settle" else "engagement" if name.startswith("engagement") else "table"
    )
    return reverse(name, args=[scene[thing].public_id])


def body_of(name, scene):
    """What a person at the department's turn would send; the text is left out, so that nothing moves."""
    table = scene["table"]
    if name == "review_decide":
        seen = {"at": table.stage, "revision": table.revision, "digest": table.digest}
        return {**seen, "action": "return", "code": "R01", "text": ""}
    if name == "remark_add":
        return {"cell": "problems", "text": "Why?"}
    if name == "table_submit":
        return {"stage": "filling"}
    if name == "review_withdraw":
        return {"stage": table.stage, "version": table.version - 1}
    return {}


@pytest.mark.parametrize(
    ("method", "name", "answers"), doors(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_who_gets_which_answer(client, city, scene, method, name, answers):
    got = {}
    # Whom the door lets in comes last: what they do there must not decide about the others.
    for person in sorted(PEOPLE, key=lambda name: answers[name] < 400):
        if person == "anonymous":
            client.logout()
        else:
            sign_in(client, city.people[person])
        send = client.get if method == "GET" else client.post
        got[person] = send(
            address_of(name, scene), body_of(name, scene) if method == "POST" else {}
        ).status_code
    assert got == answers


def test_every_door_has_a_line():
    named = {name for _method, name, _answers in doors()}
    assert named == {pattern.name for pattern in urls.urlpatterns}
    assert get_resolver().url_patterns


@pytest.mark.parametrize(
    ("method", "name", "answers"), doors(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_door_opens_by_its_own_method_only(client, city, scene, method, name, answers):
    sign_in(client, city.people["performance"])
    send = client.post if method == "GET" and name != "engagement_new" else client.put
    assert send(address_of(name, scene)).status_code == 405


@pytest.mark.parametrize(
    ("method", "name"), [(method, name) for method, name, _answers in doors() if name not in OPEN_ADDRESSES]
)
def test_an_identifier_that_is_none_is_not_found(client, city, method, name):
    sign_in(client, city.people["performance"])
    for public_id in ("zzzzzzzzzzzz", "0", "%00", "a" * 300, "' or 1=1"):
        address = reverse(name, args=["zzzzzzzzzzzz"]).replace("zzzzzzzzzzzz", public_id)
        assert (client.get if method == "GET" else client.post)(address).status_code == 404, public_id
