"""The API's description of itself is true: it validates, names every refusal, and holds against made-up requests."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from config.wsgi import application
from tests.conftest import sign_in

WRITES = {"post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def described() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(described: Any) -> Any:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def test_the_schema_validates_without_a_warning(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))


def test_every_operation_says_what_it_does_and_how_it_refuses(described):
    for method, path, operation in operations(described):
        assert operation.get("description"), path
        assert {"401", "406", "503"} <= operation["responses"].keys(), path
        if "{" in path:
            assert "404" in operation["responses"], path
        for status, response in operation["responses"].items():
            kinds = set(response.get("content", {}))
            assert kinds == ({"application/json"} if status < "300" else {"application/problem+json"}), path
        headers = {each["name"] for each in operation.get("parameters", []) if each["in"] == "header"}
        assert headers == ({"Idempotency-Key"} if method in WRITES else set()), path


def test_no_field_is_a_number_of_the_database(described):
    for name, component in described["components"]["schemas"].items():
        fields = set(component.get("properties", {}))
        assert not {field for field in fields if field == "id" or field.endswith("_id")} - {
            "public_id",
            "request_id",
        }, name


def test_money_rates_and_measures_are_text(described):
    for name, component in described["components"]["schemas"].items():
        for field, schema in component.get("properties", {}).items():
            assert schema.get("type") != "number", f"{name}.{field}"


@pytest.mark.django_db
def test_schema_and_documentation_are_told_to_people_of_the_house_only(client, as_):
    schema = client.get("/api/v1/schema/")
    assert (schema.status_code, schema["Content-Type"]) == (401, "application/problem+json")
    for address in ("/api/v1/docs/", "/api/v1/docs/?script="):
        page = client.get(address)
        assert (page.status_code, page["Location"].partition("?")[0]) == (302, "/sign-in/")
    assert as_("clerk").get("schema/").status_code == 200


@pytest.mark.django_db
def test_schema_and_documentation_open_without_anything_inline(client, city):
    sign_in(client, city.clerk)
    assert client.get("/api/v1/schema/").status_code == 200
    page = client.get("/api/v1/docs/")
    html = page.content.decode()
    assert "default-src 'self'" in page["Content-Security-Policy"]
    assert "unsafe-inline" not in page["Content-Security-Policy"]
    assert not re.search(r"<style|<script>|\sstyle=|\son\w+=", html)
    script = re.search(r'<script src="(/api/v1/docs/[^"]*)"', html)
    assert script
    assert client.get(script[1])["Content-Type"] == "application/javascript"


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_documentation_shows_every_address_in_a_browser_under_the_policy(
    live_server, chromium_path, described, city
):
    session = sign_in(Client(), city.clerk).cookies["sessionid"].value
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        page = browser.new_page()
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{live_server.url}/api/v1/docs/")
        page.wait_for_selector(".opblock", timeout=60_000)
        assert page.locator(".opblock").count() == len(list(operations(described)))
        page.locator(".opblock-summary").first.click()
        page.wait_for_selector(".opblock.is-open .responses-wrapper")
        browser.close()
    assert said == []
    assert {url for url in asked if not url.startswith((live_server.url, "data:"))} == set()


@pytest.fixture
def kept_connection() -> Any:
    """Requests that do not pass through Django's own test client leave the test its connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.once
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("kept_connection")
@pytest.mark.django_db
@pytest.mark.parametrize("name", ["clerk", "department", "performance", "auditor"])
def test_made_up_requests_are_answered_as_described_and_never_with_a_500(as_, scene, name, settings):
    settings.API_WRITES_PER_MINUTE = 1_000_000
    token = as_(name)._credentials["HTTP_AUTHORIZATION"]
    schema = schemathesis.openapi.from_wsgi(
        "/api/v1/schema/?format=json", application, headers={"Authorization": token}
    )
    checks = [
        schemathesis.checks.not_a_server_error,
        *(
            check
            for check in schemathesis.checks.CHECKS.get_all()
            if check.__name__
            in ("status_code_conformance", "content_type_conformance", "response_schema_conformance")
        ),
    ]
    for found in schema.get_all_operations():
        _try(found.ok(), token, real_id(scene, found.ok().path), checks)


def real_id(scene: Any, path: str) -> str:
    kinds = {"cycles": scene.cycle, "projects": scene.table.project, "tables": scene.table, "tasks": scene.task,
             "remarks": scene.remark, "jobs": scene.job}  # fmt: skip
    kind = path.split("/")[3]
    return kinds[kind].public_id if kind in kinds else ""


def _try(operation: Any, token: str, public_id: str, checks: list[Any]) -> None:
    @given(case=operation.as_strategy(), real=st.booleans())
    @tries(
        max_examples=8,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any, real: bool) -> None:
        if real and public_id and case.path_parameters:
            case.path_parameters["public_id"] = public_id
        with transaction.atomic():
            response = case.call(headers={"Authorization": token})
            transaction.set_rollback(True)
        case.validate_response(response, checks=checks)

    check()
