"""Redis is away in a production installation: pages work, writes commit, what is owed waits until it is back."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.test import Client
from rest_framework.authtoken.models import Token

from foundation.models import AuditEvent, Job, JobState, OutboxMessage
from monitoring.models import IndicatorRow
from tests import factories
from tests.conftest import sign_in
from tests.services.harness import url_of_test_database
from tests.services.production import Production
from tools import services

pytestmark = [pytest.mark.once, pytest.mark.redis, pytest.mark.slow, pytest.mark.timeout(300)]
PATIENCE_SECONDS = 3


@pytest.fixture
def redis_port() -> int:
    """Where Redis would be; nothing listens there yet."""
    return services.free_port()


@pytest.fixture
def installation(
    transactional_db: None, redis_port: int, collected: Path, tmp_path: Path
) -> Iterator[Production]:
    started = Production(
        tmp_path,
        database_url=url_of_test_database(),
        redis_url=f"redis://127.0.0.1:{redis_port}/0",
        secret_key=django_settings.SECRET_KEY,  # sessions made here are known there
        static=collected,
    )
    yield started
    started.end()


def session_of(person: Any) -> str:
    return sign_in(Client(), person).cookies[django_settings.SESSION_COOKIE_NAME].value


def token_of(person: Any) -> str:
    return Token.objects.create(user=person).key


@contextmanager
def silence(port: int) -> Iterator[None]:
    """Something that takes connections and says nothing, as a host that hangs."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(50)
        yield


@contextmanager
def nothing(port: int) -> Iterator[None]:
    """Nobody listens."""
    yield


@pytest.mark.parametrize("instead", [nothing, silence])
def test_pages_and_writes_go_on_without_redis_and_the_work_is_done_when_it_is_back(
    installation, redis_port, city, instead
):
    table = factories.make_table(city.road_unit)
    row = IndicatorRow.objects.filter(table=table, level="").order_by("position").first()
    cell = f"indicator.{row.indicator.code}.actual"
    with instead(redis_port):
        installation.start_web()

        page = installation.ask(f"/tables/{table.public_id}/", session=session_of(city.clerk))
        assert page.status == 200
        assert row.name in page.text
        assert installation.ask("/health/ready").status == 200

        saved = installation.ask(
            f"/api/v1/tables/{table.public_id}/cells/",
            token=token_of(city.clerk),
            body=[{"cell": cell, "value": "52.5"}],
            method="PATCH",
            Idempotency_Key=uuid4().hex,
        )
        assert saved.status == 200, saved.text
        row.refresh_from_db()
        assert str(row.actual) == "52.5000"
        assert AuditEvent.objects.filter(target_id=str(table.pk), actor_name=str(city.clerk)).exists()

        owed = installation.ask(
            f"/api/v1/cycles/{table.cycle.public_id}/recompute/",
            token=token_of(city.performance),
            body={},
            Idempotency_Key=uuid4().hex,
        )
        assert owed.status in {200, 201, 202}, owed.text
        assert [each.seconds < PATIENCE_SECONDS for each in (page, saved, owed)] == [True] * 3
        assert Job.objects.get(kind="recompute_cycle").state == JobState.QUEUED
        news = OutboxMessage.objects.create(
            topic="projects.changed",
            key="test",
            payload={"division": city.division.pk, "year": 2021},
            created_at=table.cycle.opened_at,
        )

    worker = installation.start("deploy/run", "worker")
    beat = installation.start("deploy/run", "beat")
    installation.wait_for(lambda: "annot connect" in worker.log.read_text(), "the worker misses Redis")
    with services.running_redis(redis_port):
        installation.wait_for(
            lambda: Job.objects.get(kind="recompute_cycle").state == JobState.DONE, "the job is done"
        )
        assert Job.objects.get(kind="recompute_cycle").attempts == 1
        installation.wait_for(
            lambda: OutboxMessage.objects.get(pk=news.pk).delivered_at is not None, "the news is delivered"
        )
    assert worker.is_alive()
    assert beat.is_alive()
