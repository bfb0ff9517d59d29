"""A rectification from the notice to the money, through the API."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.models import AuditEvent
from rectification.models import FundAction, Reply, Task

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"
DONE = {"state": "done", "measures": "The invoice was paid and the road opened.", "done_on": "2022-08-01"}


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def act(as_, scene):
    """act("clerk", "reply", …) with the version of the task as it stands, unless another is given."""

    def acting(name, what, **body):
        body.setdefault("version", Task.objects.get(pk=scene.task.pk).version)
        body = {key: value for key, value in body.items() if value is not ...}
        kind = "multipart" if "file" in body else "json"
        return as_(name).post(f"tasks/{scene.task.public_id}/{what}/", body, format=kind)

    return acting


def test_a_task_is_answered_judged_and_closed_and_money_comes_back(city, act, scene):
    assert act("clerk", "acknowledge").json()["state"] == "acknowledged"
    proof = SimpleUploadedFile("银行回单.pdf", PDF, "application/pdf")
    told = act("clerk", "reply", **DONE, amount="123456.78", file=proof).json()
    assert told["state"] == "department"
    assert told["replies"][0]["amount"] == "123456.78"
    assert told["replies"][0]["files"][0]["file_name"] == "银行回单.pdf"
    assert act("department", "pass-on").json()["state"] == "bureau"
    moved = act(
        "section", "funds", version=..., kind="recover", fund_source="general", amount="900000.00",
        document_no="诸财〔2022〕88号", executed_on="2022-08-02",
    )  # fmt: skip
    assert moved.json()["fund_actions"][0]["amount"] == "900000.00"
    more = act(
        "section", "funds", version=..., kind="cut", fund_source="general", amount="0.01", document_no="2",
        executed_on="2022-08-02",
    )  # fmt: skip
    assert (more.status_code, more.json()["code"]) == (409, "more_than_left")
    closed = act("performance", "accept", result="passed", verified_amount="123456.78").json()
    assert closed["state"] == "closed"
    assert closed["replies"][0]["acceptance"]["verified_amount"] == "123456.78"
    assert [step["action"] for step in closed["steps"]] == [
        "raise",
        "acknowledge",
        "reply",
        "pass_on",
        "accept",
    ]
    assert AuditEvent.objects.filter(action__startswith="tasks.").count() == 7


def test_the_dashboard_tells_what_was_recovered(act, as_, scene):
    act("clerk", "acknowledge")
    act(
        "section", "funds", version=..., kind="recover", fund_source="general", amount="5000.00",
        document_no="1", executed_on="2022-08-02",
    )  # fmt: skip
    assert as_("leader").get("dashboard/").json()["funds"][0]["amount"] == "5000.00"
    assert as_("clerk").get("dashboard/").json()["funds"][0]["amount"] == "5000.00"
    assert as_("department2").get("dashboard/").json()["funds"][0]["amount"] == "0.00"


def test_a_reply_as_json_needs_no_file_but_then_does_not_close_the_task(act):
    assert act("clerk", "reply", **DONE).status_code == 200
    act("department", "pass-on")
    answer = act("performance", "accept", result="passed")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_evidence")
    back = act("performance", "accept", result="failed", text="Send the bank's receipt.")
    assert back.json()["state"] == "returned"


def test_a_task_somebody_acted_on_meanwhile_is_stale(act, scene):
    act("clerk", "acknowledge")
    answer = act("clerk", "reply", **DONE, version=scene.task.version)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale")
    assert not Reply.objects.exists()


def test_nobody_judges_their_own_reply(city, act):
    from organisation.appointments import appoint

    act("clerk", "reply", **DONE)
    appoint(city.clerk, "department", city.roads, by=None)
    assert act("clerk", "pass-on").status_code == 403


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"measures": "Short."}, "measures"),
        ({"done_on": None}, "done_on"),
        ({"amount": "-1.00"}, "amount"),
        ({"amount": "1.001"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "99999999999999.99"}, "amount"),
        ({"state": "perhaps"}, "state"),
        ({"done_on": "2022-02-30"}, "done_on"),
        ({"version": 0}, "version"),
        ({"file": SimpleUploadedFile("virus.exe", b"MZ")}, "file"),
        ({"file": SimpleUploadedFile("empty.pdf", b"")}, "file"),
        ({"file": "no file"}, "file"),
    ],
)
def test_what_cannot_be_accepted_is_named(act, given, where):
    answer = act("clerk", "reply", **{**DONE, **given})
    assert answer.status_code == 422, answer.content
    assert where in {each["where"] for each in answer.json()["errors"]} | _without_place(answer)
    assert not Reply.objects.exists()


def _without_place(answer):
    """A bound of the model is told without the name of the field."""
    return {"amount"} if [each["where"] for each in answer.json()["errors"]] == [""] else set()


def test_a_document_is_recorded_once(act):
    act("clerk", "acknowledge")
    given = {
        "kind": "cut",
        "fund_source": "general",
        "amount": "1.00",
        "document_no": "7",
        "executed_on": "2022-08-02",
    }
    assert act("performance", "funds", version=..., **given).status_code == 200
    again = act("performance", "funds", version=..., **given)
    assert (again.status_code, again.json()["code"]) == (409, "recorded_already")
    assert FundAction.objects.count() == 1
