"""The database goes away under a production installation and comes back."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.services.production import Production
from tools import services
from tools.services import PostgresCluster

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.slow,
    pytest.mark.django_db,  # of an engine, though the database is one of its own
    pytest.mark.timeout(300),
]
AT_ONCE = 6


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgresCluster]:
    with services.own_postgres() as own:
        if own is None:
            pytest.skip("no initdb on this machine")
        yield own


@pytest.fixture(scope="module")
def prepared(
    cluster: PostgresCluster, redis_url: str, collected: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Production, dict[str, str]]]:
    """The installation with nothing started yet, and the session and token of its one person."""
    folder = tmp_path_factory.mktemp("production")
    installation = Production(
        folder,
        database_url=cluster.url,
        redis_url=redis_url,
        secret_key="k3y-of-this-test-" * 4,
        static=collected,
    )
    installation.run("deploy/run", "prepare")
    person = json.loads(installation.run(sys.executable, "-m", "tests.services.seed"))
    yield installation, person
    installation.end()


@pytest.fixture
def installation(
    prepared: tuple[Production, dict[str, str]], cluster: PostgresCluster
) -> Iterator[Production]:
    yield prepared[0]
    prepared[0].end()
    if not cluster.is_up():
        cluster.start()


def owe_news(cluster: PostgresCluster) -> int:
    """Write a message into the outbox, as a change of the budget does; returns its number."""
    with psycopg.connect(cluster.url) as connection:
        row = connection.execute(
            "INSERT INTO foundation_outboxmessage (topic, key, payload, created_at, attempts, last_error) "
            "VALUES ('projects.changed', 'test', %s, now(), 0, '') RETURNING id",
            [json.dumps({"division": 1, "year": 2022})],
        ).fetchone()
    assert row
    return row[0]


def is_delivered(cluster: PostgresCluster, number: int) -> bool:
    with psycopg.connect(cluster.url) as connection:
        row = connection.execute(
            "SELECT delivered_at FROM foundation_outboxmessage WHERE id = %s", [number]
        ).fetchone()
    return bool(row and row[0])


def at_once(question: Any) -> list[Any]:
    """Answers to the same question asked by several people: each thread of the server has a connection of its own."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda _number: question(), range(AT_ONCE)))


def test_pages_say_that_the_database_is_away_and_work_again_at_the_first_request_after(
    prepared, installation, cluster
):
    person = prepared[1]
    page = {"session": person["session"]}
    api = {"token": person["token"]}
    installation.start_web()
    assert {each.status for each in at_once(lambda: installation.ask("/cycles/", **page))} == {200}
    assert installation.ask("/api/v1/cycles/", **api).status == 200

    cluster.stop()
    english = at_once(lambda: installation.ask("/cycles/", **page))
    assert {each.status for each in english} == {503}
    for each in english:
        assert '<html lang="en">' in each.text
        assert "The database does not answer at the moment. Nothing was changed" in each.text
        assert each.headers["retry-after"] == "5"
        assert each.headers["content-type"].startswith("text/html")
        assert "set-cookie" not in each.headers  # nobody is signed out by it
        assert each.seconds < 10
    chinese = installation.ask("/cycles/", language="zh-CN", **page)
    assert chinese.status == 503
    assert '<html lang="zh-Hans">' in chinese.text
    assert "数据库" in chinese.text
    assert "The database" not in chinese.text

    for language, words in (("en", "The database does not answer"), ("zh-CN", "数据库")):
        problem = installation.ask("/api/v1/cycles/", language=language, **api)
        assert problem.status == 503
        assert problem.headers["content-type"] == "application/problem+json"
        assert (problem.json["code"], problem.json["status"]) == ("unavailable", 503)
        assert words in problem.json["detail"]
        assert problem.headers["retry-after"] == "5"
    assert installation.ask("/api/v1/cycles/", **page).status == 503
    assert installation.ask("/health/live").status == 200
    assert installation.ask("/health/ready").status == 503
    assert installation.ask("/metrics").status == 503

    cluster.start()
    assert {each.status for each in at_once(lambda: installation.ask("/cycles/", **page))} == {200}
    assert installation.ask("/api/v1/cycles/", **api).status == 200
    assert installation.ask("/health/ready").status == 200


def test_a_restart_between_two_clicks_is_not_noticed(prepared, installation, cluster):
    page = {"session": prepared[1]["session"]}
    installation.start_web()
    assert {each.status for each in at_once(lambda: installation.ask("/cycles/", **page))} == {200}
    cluster.stop("immediate")
    cluster.start()
    assert {each.status for each in at_once(lambda: installation.ask("/cycles/", **page))} == {200}


@pytest.mark.parametrize(
    "commands",
    [
        [("deploy/run", "worker"), ("deploy/run", "beat")],
        [(sys.executable, "manage.py", "work")],
    ],
    ids=["celery", "polling"],
)
def test_a_worker_goes_on_where_it_was(installation, cluster, commands):
    started = [installation.start(*command) for command in commands]
    before = owe_news(cluster)
    installation.wait_for(lambda: is_delivered(cluster, before), "the worker delivers")

    cluster.stop()
    installation.wait_for(
        lambda: "OperationalError" in started[0].log.read_text(), "the worker has met the missing database"
    )
    time.sleep(2)
    cluster.start()

    after = owe_news(cluster)
    installation.wait_for(lambda: is_delivered(cluster, after), "the same worker delivers again")
    assert all(each.is_alive() for each in started)
