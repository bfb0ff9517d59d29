"""Alive, ready, and figures only for those who may measure."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import DatabaseError
from django.test import Client, override_settings

from foundation import clock, health
from foundation.models import Job


@pytest.fixture
def client() -> Client:
    return Client()


def test_a_living_process_says_so_without_the_database(client: Client):
    assert client.get("/health/live").content == b"alive\n"


@pytest.mark.django_db
def test_ready_when_the_database_takes_a_write_and_is_migrated(client: Client):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert answer.json()["oldest_waiting_job_seconds"] == 0


@pytest.mark.django_db
def test_a_database_that_refuses_writes_is_not_ready(client: Client):
    with patch.object(health, "_probe_write", side_effect=DatabaseError("read-only")):
        answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["faults"]) == (503, ["database"])
    assert answer["Retry-After"]


@pytest.mark.django_db
def test_missing_migrations_are_not_ready(client: Client):
    with patch.object(health, "_is_migrated", return_value=False):
        answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["faults"]) == (503, ["migrations"])


@pytest.mark.django_db
def test_a_late_job_is_told_but_takes_no_pages_away(client: Client):
    Job.objects.create(kind="test", key="late", created_at=clock.now() - timedelta(seconds=400))
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["warnings"]) == (200, ["jobs"])
    assert 400 <= answer.json()["oldest_waiting_job_seconds"] < 460


@pytest.mark.django_db
def test_the_answer_names_no_version(client: Client):
    assert set(client.get("/health/ready").json()) == {
        "ready",
        "faults",
        "warnings",
        "oldest_waiting_job_seconds",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("::1", 200), ("10.0.3.7", 200), ("10.0.4.7", 404), ("", 404), ("x", 404)],
)
@override_settings(METRICS_ALLOW=["127.0.0.1", "::1", "10.0.3.0/24"])
def test_only_listed_addresses_read_the_metrics(client: Client, address: str, status: int):
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == status


@pytest.mark.django_db
def test_metrics_count_jobs_by_state(client: Client):
    Job.objects.create(kind="test", key="one", created_at=clock.now())
    text = client.get("/metrics").content.decode()
    assert 'beacon_jobs{state="queued"} 1.0' in text
    assert 'beacon_jobs{state="failed"} 0.0' in text
    assert "beacon_oldest_waiting_job_seconds" in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "forwarded", "status"),
    [
        (0, "127.0.0.1", 404),  # nobody of ours wrote that
        (1, "127.0.0.1, 203.0.113.9", 404),  # the asker wrote the left one
        (1, "203.0.113.9, 127.0.0.1", 200),
        (2, "127.0.0.1, 203.0.113.9", 200),
        (3, "127.0.0.1", 404),  # fewer than our proxies would have written
    ],
)
def test_an_invented_forwarded_address_opens_nothing(
    client: Client, proxies: int, forwarded: str, status: int
):
    with override_settings(TRUSTED_PROXIES=proxies):
        answer = client.get("/metrics", REMOTE_ADDR="203.0.113.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert answer.status_code == status
