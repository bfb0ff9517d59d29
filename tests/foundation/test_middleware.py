from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.utils import translation

from foundation import context
from foundation.errors import BadInput, Fault, RuleError, StalePage
from foundation.middleware import request_id_of
from foundation.proxies import TrustedProxyMiddleware, address_of

pytestmark = [pytest.mark.urls("tests.foundation.urls_of_refusals"), pytest.mark.django_db]

JSON = {"accept": "application/json"}
SWAP = {"hx-request": "true"}
REFUSALS = [
    ("rule", 409, "window_closed"),
    ("stale", 409, "stale"),
    ("input", 422, "bad_input"),
    ("invalid", 422, "bad_input"),
    ("data", 422, "bad_input"),
    ("forbidden", 403, "forbidden"),
    ("unknown", 404, "not_found"),
    ("down", 503, "unavailable"),
    ("gone", 503, "unavailable"),
]


@pytest.fixture
def visitor():
    with translation.override("en"):
        yield Client(headers={"accept-language": "en"}, raise_request_exception=False)


@pytest.fixture
def clerk(visitor):
    """A visitor who is signed in."""
    visitor.force_login(
        get_user_model().objects.create_user("clerk", password="x"),
        "django.contrib.auth.backends.ModelBackend",
    )
    return visitor


@pytest.mark.parametrize(("name", "status", "code"), REFUSALS)
def test_a_refusal_is_a_page_for_people(visitor, name, status, code):
    answer = visitor.get(f"/page/{name}/")
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    text = answer.content.decode()
    assert "<h1>" in text
    assert "secret" not in text
    assert "10.0.0.3" not in text


@pytest.mark.parametrize(("name", "status", "code"), REFUSALS)
@pytest.mark.parametrize("address", ["/page/", "/api/v1/plain/", "/api/v1/"])
def test_a_refusal_is_a_problem_for_programs(visitor, name, status, code, address):
    answer = visitor.get(f"{address}{name}/", headers=JSON if address == "/page/" else {})
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:beacon:problem:{code}")
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer["X-Request-Id"]
    assert "secret" not in answer.content.decode()


@pytest.mark.parametrize(("name", "status", "code"), REFUSALS)
def test_a_refused_swap_says_its_sentence_and_replaces_nothing_typed(visitor, name, status, code):
    answer = visitor.get(f"/page/{name}/", headers=SWAP)
    assert answer.status_code == status
    if status == 422:  # the only refusal that HTMX is told to swap in
        assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#toasts", "beforeend")
        assert "<html" not in answer.content.decode()
    else:
        assert answer.json()["detail"]


def test_a_page_names_the_rule_and_the_way_back(visitor):
    answer = visitor.get("/page/rule/", headers={"referer": "http://testserver/html/"})
    assert "The window closed on 2022-07-15." in answer.content.decode()
    assert 'href="http://testserver/html/"' in answer.content.decode()


@pytest.mark.parametrize(
    "referer", ["https://evil.example/", "javascript:alert(1)", "", "http://testserver/page/rule/"]
)
def test_the_way_back_never_leads_elsewhere_or_in_a_circle(visitor, referer):
    answer = visitor.get("/page/rule/", headers={"referer": referer})
    assert 'class="btn btn-outline" href="/"' in answer.content.decode()


def test_every_fault_is_named_with_its_place(visitor):
    for headers in ({}, SWAP):
        text = visitor.get("/page/input/", headers=headers).content.decode()
        assert "B7" in text
        assert "Type a number." in text
        assert "Nothing else." in text
    errors = visitor.get("/page/input/", headers=JSON).json()["errors"]
    assert errors == [{"where": "B7", "message": "Type a number."}, {"where": "", "message": "Nothing else."}]
    errors = visitor.get("/page/invalid/", headers=JSON).json()["errors"]
    assert {"where": "amount", "message": "Too much."} in errors
    assert {"where": "", "message": "Not this."} in errors


def test_nested_faults_of_the_api_are_flattened(visitor):
    answer = visitor.get("/api/v1/nested/")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"where": "rows[1].amount", "message": "Too much."},
        {"where": "", "message": "No."},
    ]


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("throttled", 429, "throttled"),
        ("method", 405, "method_not_allowed"),
        ("parse", 400, "parse_error"),
        ("api_forbidden", 403, "forbidden"),
        ("api_unknown", 404, "not_found"),
        ("private", 401, "not_authenticated"),
    ],
)
def test_what_rest_framework_refuses_has_the_same_shape(visitor, name, status, code):
    answer = visitor.get(f"/api/v1/{name}/")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["code"] == code


def test_unknown_and_invisible_read_the_same(visitor):
    answers = [
        visitor.get(f"/api/v1/{name}/", headers={"x-request-id": "same-id-1"})
        for name in ("unknown", "api_unknown")
    ]
    assert answers[0].content == answers[1].content


def test_who_must_wait_is_told_how_long(visitor):
    assert visitor.get("/api/v1/throttled/")["Retry-After"] == "8"
    for address in ("/page/down/", "/api/v1/down/"):
        assert visitor.get(address)["Retry-After"] == "5"
    assert visitor.get("/page/down/", headers=SWAP)["Retry-After"] == "5"
    assert "WWW-Authenticate" in visitor.get("/api/v1/private/")


def test_a_fault_of_ours_stays_one_and_shows_no_inside(visitor):
    answer = visitor.get("/page/bug/")
    assert answer.status_code == 500
    assert "a fault of ours" not in answer.content.decode()
    assert "Something went wrong" in answer.content.decode()


def test_a_fault_of_ours_is_a_problem_to_a_program(visitor):
    answer = visitor.get("/api/v1/bug/")
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "internal"
    assert "a fault of ours" not in answer.content.decode()


def test_the_page_of_a_database_that_is_down_does_not_ask_it(visitor, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert visitor.get("/page/down/").status_code == 503


def test_a_session_that_cannot_be_read_is_503_and_no_fault_of_ours(clerk, monkeypatch):
    def fail(self):
        raise OperationalError("the database system is starting up")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)
    answer = clerk.get("/html/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_an_address_that_makes_no_sense_is_400(visitor):
    with override_settings(ALLOWED_HOSTS=["only.example"], DEBUG=False):
        assert visitor.get("/html/").status_code == 400


def test_refusals_are_said_in_the_language_of_the_page(visitor):
    refusal = RuleError("late", "At most %(n)s.", n=3)
    assert (str(refusal), refusal.code) == ("At most 3.", "late")
    assert "100%" in str(RuleError("x", "100% done"))
    assert StalePage().code == "stale"
    assert str(BadInput([Fault("A1", "No."), Fault("", "Nor this.")])) == "A1: No.; Nor this."


# Who acts, from where


def test_the_context_knows_who_asks_and_forgets_afterwards(clerk):
    answer = clerk.get("/who/", REMOTE_ADDR="10.0.0.7", headers={"x-request-id": "abc-12345"})
    assert answer.json() == {"actor": "clerk", "ip": "10.0.0.7", "request_id": "abc-12345"}
    assert answer["X-Request-Id"] == "abc-12345"
    assert context.current() == context.Context(find_actor=context.current().find_actor)


def test_nobody_signed_in_is_nobody(visitor):
    assert visitor.get("/who/").json()["actor"] == "None"


@pytest.mark.parametrize(
    "given",
    ["", "short", "x" * 41, "a b c d e f", "abc\r\nX-Evil: 1", "<script>alert</script>", "编号编号编号编号"],
)
def test_an_odd_request_id_is_replaced(given):
    request = RequestFactory().get("/", HTTP_X_REQUEST_ID=given)
    assert len(request_id_of(request)) == 32


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "found"),
    [
        (0, "6.6.6.6", "10.0.0.7", "10.0.0.7"),
        (1, "1.2.3.4", "10.0.0.1", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "10.0.0.1", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.2", "10.0.0.1", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.1", "10.0.0.1"),
        (1, "", "10.0.0.1", "10.0.0.1"),
        (1, "<script>", "10.0.0.1", "10.0.0.1"),
        (1, "1.2.3.4:5678", "10.0.0.1", "1.2.3.4"),
        (1, "[2001:db8::1]:443", "10.0.0.1", "2001:db8::1"),
        (0, "", "", ""),
        (0, "", "unix:", ""),
    ],
)
def test_the_caller_cannot_choose_the_address_it_comes_from(settings, proxies, forwarded, remote, found):
    settings.TRUSTED_PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR=remote, **headers)
    TrustedProxyMiddleware(lambda request: HttpResponse())(request)
    assert address_of(request.META["REMOTE_ADDR"]) == found


def test_a_job_acts_for_a_person_until_it_ends(clerk):
    user = get_user_model().objects.get()
    with context.acting_as(user, request_id="r-1") as here:
        assert (context.actor(), context.request_id(), here.actor) == (user, "r-1", user)
        with context.acting_as(None, system="system:sweep"):
            assert context.actor() is None
            assert context.current().system == "system:sweep"
        assert context.actor() == user
    assert context.actor() is None


# Private answers and idle sessions


def test_what_a_signed_in_person_sees_is_kept_by_no_cache(clerk):
    for address in ("/html/", "/who/", "/page/rule/", "/page/forbidden/"):
        assert clerk.get(address)["Cache-Control"] == "no-store", address
    assert "Cache-Control" not in clerk.get("/download/")
    assert clerk.get("/cached/")["Cache-Control"] == "private, max-age=5"


def test_what_anybody_may_see_may_be_kept(visitor):
    assert "Cache-Control" not in visitor.get("/html/")


NOON = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)


def actor_after(client, minutes: float, **headers) -> str:
    with time_machine.travel(NOON + timedelta(minutes=minutes), tick=False):
        return client.get("/who/", headers=headers).json()["actor"]


@pytest.fixture
def arrived(visitor):
    with time_machine.travel(NOON, tick=False):
        visitor.force_login(
            get_user_model().objects.create_user("clerk", password="x"),
            "django.contrib.auth.backends.ModelBackend",
        )
        visitor.get("/who/")
    return visitor


def test_half_an_hour_without_an_action_signs_out(arrived):
    assert actor_after(arrived, 29) == "clerk"
    assert actor_after(arrived, 58) == "clerk"
    assert actor_after(arrived, 88) == "None"
    assert actor_after(arrived, 88) == "None"


def test_asking_in_the_background_is_no_action(arrived):
    for minute in range(1, 30):
        assert actor_after(arrived, minute, x_background="1") == "clerk"
    assert actor_after(arrived, 30, x_background="1") == "None"


def test_the_idle_time_can_be_set(arrived, settings):
    settings.SESSION_IDLE_SECONDS = 120
    assert actor_after(arrived, 1.9) == "clerk"
    assert actor_after(arrived, 4) == "None"


def test_the_session_is_not_written_with_every_click(arrived, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def writes(seconds: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            actor_after(arrived, seconds / 60)
        return sum("UPDATE" in query["sql"] for query in queries)

    assert [writes(1), writes(30), writes(61), writes(62)] == [0, 0, 1, 0]
