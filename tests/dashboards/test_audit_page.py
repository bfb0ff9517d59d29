"""The audit trail is read by the audit administrator and the performance section, and proved whole."""

from datetime import timedelta

import pytest
from django.urls import reverse

from dashboards.audit_words import ACTIONS
from foundation import audit, clock, jobs
from foundation.models import AuditEvent
from organisation.models import Division
from tests.append_only import changes_allowed
from tests.conftest import sign_in


def events(client, **query):
    answer = client.get(reverse("audit_list"), query)
    assert answer.status_code == 200
    return [row["event"] for row in answer.context["rows"]]


@pytest.fixture
def recorded(city):
    audit.record(
        "tables.cells_saved",
        city.road_unit,
        actor=city.clerk,
        before={"indicator.K001.actual": "50", "nested": {"deep": "<i>old</i>"}},
        after={"indicator.K001.actual": "52", "nested": {"deep": "new"}},
        reason="corrected",
        division_id=city.division.pk,
    )


def test_doors_of_the_trail(client, city):
    for name, person in city.people.items():
        if name == "former":
            continue
        sign_in(client, person)
        expected = 200 if name in ("auditadmin", "performance", "performance2") else 403
        assert client.get(reverse("audit_list")).status_code == expected, name
        verified = client.post(reverse("audit_verify")).status_code
        assert verified == (302 if name == "auditadmin" else 403), name


def test_an_event_shows_who_what_before_and_after(client, city, recorded):
    page = sign_in(client, city.auditadmin).get(reverse("audit_list"))
    text = page.content.decode()
    newest = page.context["rows"][0]
    assert newest["event"].actor_name == "clerk"
    changes = {change.name: (change.before, change.after) for change in newest["changes"]}
    assert ("50", "52") in [pair for name, pair in changes.items() if name.endswith("· K001")]
    assert changes["nested.deep"] == ("<i>old</i>", "new")
    assert "&lt;i&gt;old&lt;/i&gt;" in text
    assert "corrected" in text
    assert city.road_unit.name in text


def test_every_action_of_the_trail_has_its_word(client, city, recorded):
    for action in AuditEvent.objects.values_list("action", flat=True).distinct():
        assert action in ACTIONS


def test_the_address_filters(client, city, recorded):
    sign_in(client, city.auditadmin)
    (event,) = events(client, person="clerk", action="tables.cells_saved")
    assert events(client, text=city.road_unit.name[:2])
    assert event in events(client, target=f"{event.target_kind}:{event.target_id}")
    today = clock.today()
    assert event in events(client, **{"from": today.isoformat(), "until": today.isoformat()})
    assert not events(client, **{"from": (today + timedelta(days=1)).isoformat()})
    assert not events(client, until=(today - timedelta(days=1)).isoformat())
    assert not events(client, person="nobody of that name")
    assert event not in events(client, person="system")
    assert events(client, person="\x00", action="no.such", target=":", **{"from": "yesterday"})


def test_another_bureaus_events_are_not_there(client, city):
    division = Division.objects.create(code="370783", name="寿光市", is_bureau=True)
    audit.record("cycles.opened", None, actor=None, after={"year": 2022}, division_id=division.pk)
    audit.record("cycles.closed", None, actor=None)
    sign_in(client, city.auditadmin)
    assert {event.division_id for event in events(client)} == {city.division.pk}


def test_the_performance_section_sees_nothing_of_no_division(client, city):
    audit.record("cycles.closed", None, actor=None)
    assert not events(sign_in(client, city.performance), action="cycles.closed")
    assert events(sign_in(client, city.auditadmin), action="cycles.closed")


def test_the_trail_has_pages_and_costs_the_same_however_long(client, city, django_assert_max_num_queries):
    sign_in(client, city.performance)
    client.get("/")
    for size in (1, 120):
        audit.record_many(
            audit.Entry(action="tables.exported", actor=city.clerk, division_id=city.division.pk)
            for _number in range(size)
        )
        with django_assert_max_num_queries(8):
            page = client.get(reverse("audit_list"))
    first = [row["event"].sequence for row in page.context["rows"]]
    second = [event.sequence for event in events(client, after=page.context["page"].following)]
    assert len(first) == 50
    assert second[0] == first[-1] - 1


def test_the_whole_trail_is_verified_by_a_job(client, city, recorded):
    sign_in(client, city.auditadmin)
    address = client.post(reverse("audit_verify"))["Location"]
    jobs.run_until_idle()
    page = client.get(address)
    assert page.context["job"].result["whole"]
    last = client.get(reverse("audit_list")).context["last_check"]
    assert last.count == AuditEvent.objects.count()


def test_a_broken_trail_is_said_with_its_first_bad_event(client, city, recorded):
    broken = AuditEvent.objects.order_by("sequence")[3]
    with changes_allowed():
        AuditEvent.objects.filter(pk=broken.pk).update(reason="edited")
    sign_in(client, city.auditadmin)
    address = client.post(reverse("audit_verify"))["Location"]
    jobs.run_until_idle()
    page = client.get(address)
    assert page.context["job"].result == {
        "whole": False,
        "count": broken.sequence - 1,
        "first_bad": broken.sequence,
        "digest": page.context["job"].result["digest"],
    }
    assert "notice-error" in page.content.decode()
    assert not client.get(reverse("audit_list")).context["last_check"].whole
