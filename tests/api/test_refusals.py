"""Repeated, hostile, unreadable and foreign requests: each gets a clear answer, none a 500."""

from __future__ import annotations

import json

import pytest
from django.db import OperationalError

from foundation.models import IdempotencyKey
from monitoring.models import MonitoringTable
from reviews.models import Decision, Remark
from tests.reviews import steps

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def submitted(city):
    return steps.submit(steps.ready(city.road_unit, city.clerk), city.clerk)


def decision_on(table):
    return {"action": "approve", "stage": table.stage, "revision": table.revision, "digest": table.digest}


class TestRepeating:
    KEY = {"Idempotency-Key": "the-key-of-one-click"}

    def test_a_request_sent_twice_acts_once_and_answers_the_same(self, as_, submitted):
        caller, address = as_("department"), f"tables/{submitted.public_id}/decide/"
        first = caller.post(address, decision_on(submitted), headers=self.KEY)
        second = caller.post(address, decision_on(submitted), headers=self.KEY)
        assert (first.status_code, first.content) == (second.status_code, second.content)
        assert second["Idempotency-Replayed"] == "true"
        assert Decision.objects.filter(table=submitted, action="approve").count() == 1

    def test_the_key_with_another_body_or_address_is_refused(self, as_, submitted):
        caller, address = as_("department"), f"tables/{submitted.public_id}/remarks/"
        caller.post(address, {"text": "Why?"}, headers=self.KEY)
        other = caller.post(address, {"text": "How?"}, headers=self.KEY)
        elsewhere = caller.post(address.replace("remarks", "decide"), {"text": "Why?"}, headers=self.KEY)
        assert other.status_code == elsewhere.status_code == 422
        assert other.json()["errors"][0]["where"] == "Idempotency-Key"
        assert Remark.objects.count() == 1

    def test_a_refused_request_may_be_put_right_under_its_key(self, as_, submitted):
        caller, address = as_("department"), f"tables/{submitted.public_id}/remarks/"
        assert caller.post(address, {"text": ""}, headers=self.KEY).status_code == 422
        assert caller.post(address, {"text": "Why?"}, headers=self.KEY).status_code == 201

    @pytest.mark.parametrize("key", ["", "short", "x" * 101, "钥匙钥匙钥匙钥匙", "with blank in it"])
    def test_a_write_without_a_good_key_does_nothing(self, as_, submitted, key):
        answer = as_("department").post(
            f"tables/{submitted.public_id}/remarks/", {"text": "Why?"}, headers={"Idempotency-Key": key}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required")
        assert not Remark.objects.exists()

    def test_a_file_is_part_of_what_was_asked(self, as_, scene, settings, tmp_path):
        from django.core.files.uploadedfile import SimpleUploadedFile

        settings.MEDIA_ROOT = tmp_path
        caller, address = as_("clerk"), f"tasks/{scene.task.public_id}/reply/"

        def send(content):
            body = {
                "version": 1, "state": "done", "measures": "Paid and mended.", "done_on": "2022-08-01",
                "file": SimpleUploadedFile("proof.pdf", content),
            }  # fmt: skip
            return caller.post(address, body, format="multipart", headers=self.KEY)

        first, again, other = send(b"%PDF-1"), send(b"%PDF-1"), send(b"%PDF-2")
        assert (first.status_code, again.status_code, other.status_code) == (200, 200, 422)
        assert first.json() == again.json()


HOSTILE = {
    "NaN": "NaN",
    "a number beyond floats": "1e400",
    "a trillion": "1000000000000",
    "minus infinity": "-Infinity",
    "many digits": "9" * 5000,
    "a lone surrogate": r'"\ud800"',
    "a surrogate inside": r'"abc\udfffdef"',
    "NUL": r'"a\u0000b"',
    "a megabyte": json.dumps("字" * 350_000),
    "a deep list": "[" * 100_000 + "]" * 100_000,
    "an object": '{"$ne": null}',
    "a list": '["a", "b"]',
    "a formula": "\"=cmd|'/c calc'!A0\"",
    "bidi": r'"\u202eabc"',
    "nothing": "null",
    "true": "true",
}

# Where each body takes one value: address, body with a place for it.
PLACES = {
    "cell": ("PATCH", "tables/{table}/cells/", '[{"cell": "fund.general.expected", "value": %s}]'),
    "text cell": ("PATCH", "tables/{table}/cells/", '[{"cell": "problems", "value": %s}]'),
    "address": ("PATCH", "tables/{table}/cells/", '[{"cell": %s, "value": "1"}]'),
    "seen": ("PATCH", "tables/{table}/cells/", '[{"cell": "problems", "value": "1", "seen": %s}]'),
    "check": ("POST", "tables/{table}/explanations/", '{"check": %s, "text": "It is known."}'),
    "explained cell": ("POST", "tables/{table}/explanations/", '{"check": "L29", "cell": %s, "text": "Known."}'),
    "explanation": ("POST", "tables/{table}/explanations/", '{"check": "L29", "text": %s}'),
    "version": ("POST", "tables/{table}/submit/", '{"version": %s}'),
    "whole body": ("POST", "tables/{table}/submit/", "%s"),
    "remark": ("POST", "tables/{under_review}/remarks/", '{"cell": "", "text": %s}'),
    "remarked cell": ("POST", "tables/{under_review}/remarks/", '{"cell": %s, "text": "Why?"}'),
    "digest": (
        "POST", "tables/{under_review}/decide/",
        '{"action": "approve", "stage": "department", "revision": 1, "digest": %s}',
    ),
    "opinion": (
        "POST", "tables/{under_review}/decide/",
        '{"action": "return", "stage": "department", "revision": 1, "digest": "", "code": "R01", "text": %s}',
    ),
    "code": (
        "POST", "tables/{under_review}/decide/",
        '{"action": "return", "stage": "department", "revision": 1, "digest": "", "code": %s, "text": "Why?"}',
    ),
    "score": (
        "POST", "tables/{under_review}/decide/",
        '{"action": "approve", "stage": "department", "revision": 1, "digest": "", "score": %s}',
    ),
    "measures": (
        "POST", "tasks/{task}/reply/", '{"version": 1, "state": "done", "done_on": "2022-08-01", "measures": %s}',
    ),
    "amount": (
        "POST", "tasks/{task}/reply/",
        '{"version": 1, "state": "done", "done_on": "2022-08-01", "measures": "Paid and mended.", "amount": %s}',
    ),
    "day": (
        "POST", "tasks/{task}/reply/", '{"version": 1, "state": "done", "measures": "Paid and mended.", "done_on": %s}',
    ),
    "document": (
        "POST", "tasks/{task}/funds/",
        '{"kind": "cut", "fund_source": "general", "amount": "1", "executed_on": "2022-08-01", "document_no": %s}',
    ),
}  # fmt: skip


@pytest.fixture
def names(city, scene):
    table = steps.ready(city.road_unit, city.clerk)
    return {"table": table.public_id, "under_review": scene.table.public_id, "task": scene.task.public_id}


@pytest.mark.parametrize("place", PLACES)
def test_no_value_breaks_anything(as_, names, place):
    method, address, body = PLACES[place]
    caller = as_(
        "department" if "under_review" in address else "performance" if "funds" in address else "clerk"
    )
    for value in HOSTILE.values():
        answer = caller.generic(method, address.format(**names), body % value, content_type=JSON)
        assert answer.status_code < 500, (place, value[:50], answer.content[:300])
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
            assert answer.json()["code"]
    # Whatever was taken can be read again.
    for address in (
        "tables/",
        f"tables/{names['table']}/",
        f"tables/{names['under_review']}/remarks/",
        "tasks/",
    ):
        assert as_("clerk").get(address).status_code == 200


@pytest.mark.parametrize(
    "value", ["NaN", "1e400", "1000000000000", "9" * 5000, r'"\ud800"', r'"a\u0000b"', "[[]]"]
)
def test_a_cell_that_cannot_be_is_refused_before_it_reaches_the_table(as_, names, value):
    body = PLACES["cell"][2].replace("fund.general.expected", "indicator.K001.actual") % value
    answer = as_("clerk").patch(f"tables/{names['table']}/cells/", body, content_type=JSON)
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("value", ["1e12", "NaN", "Infinity", "99999999999999999999", "１２.3.4", "-1"])
def test_an_amount_that_cannot_be_kept_is_told_of_at_its_cell(as_, names, value):
    body = [{"cell": "fund.general.expected", "value": value}]
    (told,) = as_("clerk").patch(f"tables/{names['table']}/cells/", body).json()["results"]
    assert (told["state"], told["value"]) == ("invalid", "1000000.00")
    assert told["message"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"version": 1', JSON, 400),
        (b"", JSON, 422),
        (b"\xff\xfe", JSON, 400),
        (b'{"version": 1}', "text/plain", 415),
        (b"version=1", "application/x-www-form-urlencoded", 415),
        (b'{"version": 1}', "application/json; charset=nonsense", (200, 409)),
        (b"--x--", "multipart/form-data; boundary=x", 415),
        (b'{"version": 1}', "", 415),
    ],
)
def test_a_body_that_cannot_be_read_is_told_so(as_, names, body, content_type, status):
    answer = as_("clerk").generic("POST", f"tables/{names['table']}/submit/", body, content_type=content_type)
    assert answer.status_code in (status if isinstance(status, tuple) else (status,)), answer.content
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json"


def test_a_broken_multipart_body_is_told_so(as_, names):
    for kind in ("multipart/form-data", "multipart/form-data; boundary=ü"):
        answer = as_("clerk").generic("POST", f"tasks/{names['task']}/reply/", b"--x\r\n", content_type=kind)
        assert answer.status_code == 400, answer.content


def test_a_request_of_eight_megabytes_is_too_large(as_, names):
    body = json.dumps([{"cell": "problems", "value": "x" * 8_000_000}])
    answer = as_("clerk").generic("PATCH", f"tables/{names['table']}/cells/", body, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (400, "too_large")


def test_refusals_are_in_the_language_asked_for(as_, table):
    def told(language):
        headers = {"Accept-Language": language}
        answer = as_("clerk").post(
            f"tables/{table.public_id}/submit/", {"version": table.version}, headers=headers
        )
        return answer.json()

    english, chinese = told("en"), told("zh-CN,zh;q=0.9")
    assert english["code"] == chinese["code"] == "checks_stand"
    assert english["detail"].isascii()
    assert not chinese["detail"].isascii()
    assert english["errors"][0]["message"] != chinese["errors"][0]["message"]


def test_a_method_or_a_form_of_answer_that_is_not_offered_is_told_so(as_, table):
    caller = as_("clerk")
    assert caller.delete(f"tables/{table.public_id}/").json()["code"] == "method_not_allowed"
    assert caller.get("tables/", headers={"Accept": "text/html"}).json()["status"] == 406
    assert caller.options("tables/").status_code == 405
    for address in ("", "nothing/", "tables", f"tables/{table.public_id}", "tables/../../etc/passwd"):
        answer = caller.get(f"/api/v1/{address}")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_a_wrong_token_is_told_so(as_):
    answer = as_("anonymous").get("me/", headers={"Authorization": "Token 0123456789"})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
    assert answer.json()["code"] == "authentication_failed"


def test_too_many_writes_in_a_minute_have_to_wait_but_reading_goes_on(as_, table, settings):
    settings.API_WRITES_PER_MINUTE = 2
    caller = as_("clerk")
    statuses = [
        caller.post(f"tables/{table.public_id}/submit/", {"version": 99}).status_code for _ in range(3)
    ]
    assert statuses == [409, 409, 429]
    refused = caller.post(f"tables/{table.public_id}/submit/", {})
    assert refused.json()["code"] == "throttled"
    assert 0 < int(refused["Retry-After"]) <= 60
    assert caller.get("tables/").status_code == 200
    assert as_("department").post(f"tables/{table.public_id}/submit/", {"version": 99}).status_code == 403


def test_a_database_that_does_not_answer_is_a_503_and_nothing_is_kept(as_, submitted, monkeypatch):
    from reviews import remarks

    def fail(*args, **kwargs):
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(remarks, "read_text", fail)
    answer = as_("department").post(f"tables/{submitted.public_id}/remarks/", {"text": "Why?"})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert not IdempotencyKey.objects.exists()


def test_ids_of_other_things_do_not_open_doors(as_, scene):
    caller = as_("performance")
    assert caller.get(f"tables/{scene.task.public_id}/").status_code == 404
    assert caller.get(f"tasks/{scene.table.public_id}/").status_code == 404
    pk = MonitoringTable.objects.get().pk
    assert caller.get(f"tables/{pk}/").status_code == 404
