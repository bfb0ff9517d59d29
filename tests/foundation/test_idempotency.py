"""A request sent twice acts once, and is answered twice the same."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.template import Context, Template
from django.test import RequestFactory
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate

from foundation import clock
from foundation.errors import BadInput, RuleError
from foundation.idempotency import (
    FIELD,
    IdempotentWriteMixin,
    KeyReused,
    new_request_key,
    once,
    once_per_form,
)
from foundation.models import IdempotencyKey, OutboxMessage
from organisation.models import User
from tests.factories import make_person

KEY = "a-key-of-some-length"


@pytest.fixture
def clerk(db: None) -> User:
    return make_person("clerk")


def leave_a_trace(answer: Any = None) -> tuple[int, Any]:
    """An effect that can be counted."""
    OutboxMessage.objects.create(topic="tests.effect", created_at=clock.now())
    return 201, answer


def traces() -> int:
    return OutboxMessage.objects.filter(topic="tests.effect").count()


@pytest.mark.django_db
class TestOnce:
    def test_the_second_time_gets_the_first_answer_and_has_no_effect(self, clerk: User):
        first = once(clerk, KEY, b"body", lambda: leave_a_trace({"amount": Decimal("1.20"), "names": ["甲"]}))
        second = once(clerk, KEY, b"body", lambda: pytest.fail("It acted twice."))
        assert first == second == (201, {"amount": "1.20", "names": ["甲"]})
        assert traces() == 1

    def test_another_body_under_the_same_key_is_refused(self, clerk: User):
        once(clerk, KEY, {"a": 1, "b": 2}, leave_a_trace)
        with pytest.raises(KeyReused):
            once(clerk, KEY, {"a": 1, "b": 3}, leave_a_trace)
        assert once(clerk, KEY, {"b": 2, "a": 1}, leave_a_trace) == (201, None)
        assert traces() == 1

    def test_keys_are_each_persons_own(self, clerk: User):
        once(clerk, KEY, b"", leave_a_trace)
        once(make_person("head"), KEY, b"", leave_a_trace)
        assert traces() == 2

    def test_a_refused_act_keeps_nothing_so_that_it_may_be_repeated(self, clerk: User):
        def refuse() -> tuple[int, Any]:
            leave_a_trace()
            raise RuleError("closed", "The cycle is closed.")

        with pytest.raises(RuleError):
            once(clerk, KEY, b"", refuse)
        assert (traces(), IdempotencyKey.objects.count()) == (0, 0)
        assert once(clerk, KEY, b"", leave_a_trace) == (201, None)


@pytest.mark.django_db(transaction=True)
class TestSideBySide:
    def test_ten_at_once_have_one_effect_and_one_answer(self, clerk: User):
        answers: list[Any] = []
        start = threading.Barrier(10)

        def ask() -> None:
            start.wait(10)
            try:
                answers.append(once(clerk, KEY, b"", lambda: leave_a_trace({"done": True})))
            finally:
                connection.close()

        threads = [threading.Thread(target=ask) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert answers == [(201, {"done": True})] * 10
        assert traces() == 1

    @pytest.mark.postgres
    def test_a_request_still_under_way_is_not_waited_for_for_ever(self, clerk: User):
        inside, may_end = threading.Event(), threading.Event()

        def slow() -> tuple[int, Any]:
            inside.set()
            may_end.wait(20)
            return leave_a_trace()

        def ask() -> None:
            try:
                once(clerk, KEY, b"", slow)
            finally:
                connection.close()

        thread = threading.Thread(target=ask)
        thread.start()
        assert inside.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        with pytest.raises(RuleError) as refused:
            once(clerk, KEY, b"", leave_a_trace)
        may_end.set()
        thread.join(20)
        connection.close()
        assert refused.value.code == "request_in_progress"
        assert traces() == 1


class EntrySerializer(serializers.Serializer[Any]):
    amount = serializers.DecimalField(max_digits=10, decimal_places=2)


class EntryViewSet(IdempotentWriteMixin, viewsets.ViewSet):
    def list(self, request: Request) -> Response:
        return Response([])

    def create(self, request: Request) -> Response:
        entry = EntrySerializer(data=request.data)
        entry.is_valid(raise_exception=True)
        leave_a_trace()
        return Response(entry.validated_data, 201)

    @action(detail=False, methods=["post"])
    def upload(self, request: Request) -> Response:
        leave_a_trace()
        return Response({"bytes": len(request.data["file"].read())})


@pytest.mark.django_db
class TestTheApi:
    @pytest.fixture
    def call(self, clerk: User):
        def send(
            act: str = "create", body: Any = None, *, key: str | None = KEY, user: Any = clerk, **given: Any
        ) -> Any:
            method = "get" if act == "list" else "post"
            headers = {"Idempotency-Key": key} if key else {}
            request = getattr(APIRequestFactory(), method)(
                "/api/v1/entries/", body, headers=headers, **{"format": "json", **given}
            )
            force_authenticate(request, user=user)
            response = EntryViewSet.as_view({method: act})(request)
            response.render()
            return response

        return send

    def test_a_write_without_a_key_is_told_to_bring_one(self, call):
        for key in (None, "short", "with space in it", "x" * 101):
            response = call(body={"amount": "1.20"}, key=key)
            assert (response.status_code, response.data["code"]) == (400, "idempotency_key_required")
            assert "Idempotency-Key" in response.data["detail"]
        assert traces() == 0

    def test_reading_needs_none(self, call):
        assert call("list", key=None).status_code == 200

    def test_a_repeated_write_is_answered_in_the_same_words_and_says_so(self, call):
        first, second = call(body={"amount": "1.20"}), call(body={"amount": "1.20"})
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.content == second.content == b'{"amount":"1.20"}'
        assert ("Idempotency-Replayed" in first, second["Idempotency-Replayed"]) == (False, "true")
        assert traces() == 1

    def test_the_same_key_with_another_body_or_address_is_422(self, call):
        call(body={"amount": "1.20"})
        assert call(body={"amount": "1.30"}).status_code == 422
        assert traces() == 1

    def test_what_was_refused_may_be_sent_again_put_right(self, call):
        assert call(body={"amount": "one"}).status_code == 422
        assert call(body={"amount": "1.20"}).status_code == 201

    def test_files_count_by_their_content(self, call):
        def send(content: bytes) -> Any:
            file = SimpleUploadedFile("evidence.pdf", content)
            return call("upload", {"file": file, "note": "甲"}, format="multipart")

        assert [send(b"12345").data, send(b"12345").data] == [{"bytes": 5}, {"bytes": 5}]
        assert send(b"54321").status_code == 422
        assert traces() == 1

    def test_a_stranger_is_sent_away_before_anything_is_kept(self, call):
        assert call(body={"amount": "1.20"}, user=AnonymousUser()).status_code in (401, 403)
        assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db
class TestForms:
    def post(self, clerk: User, **fields: Any) -> Any:
        request = RequestFactory().post("/tables/abc/submit/", fields)
        request.user = clerk
        return request

    def test_a_double_click_goes_to_the_same_page_and_acts_once(self, clerk: User):
        key = new_request_key()

        def act() -> str:
            leave_a_trace()
            return "/tables/abc/"

        for token in ("masked one way", "masked another way"):
            request = self.post(clerk, comment="agreed", csrfmiddlewaretoken=token, **{FIELD: key})
            assert once_per_form(request, act) == "/tables/abc/"
        assert traces() == 1

    def test_a_form_sent_again_with_other_content_is_refused(self, clerk: User):
        key = new_request_key()
        once_per_form(self.post(clerk, comment="agreed", **{FIELD: key}), lambda: None)
        with pytest.raises(BadInput):
            once_per_form(self.post(clerk, comment="not agreed", **{FIELD: key}), lambda: None)

    @pytest.mark.parametrize("fields", [{}, {FIELD: ""}, {FIELD: "x" * 101}, {FIELD: "\x00" * 20}])
    def test_a_form_without_a_key_is_refused(self, clerk: User, fields: dict[str, str]):
        with pytest.raises(BadInput):
            once_per_form(self.post(clerk, **fields), lambda: pytest.fail("It acted."))

    def test_the_hidden_field_carries_a_new_key_each_time(self):
        template = Template("{% load request_keys %}{% request_key_field %}")
        first, second = template.render(Context()), template.render(Context())
        assert first.startswith(f'<input type="hidden" name="{FIELD}" value="')
        assert first != second
