"""The same moment: of twenty clicks on one table exactly one moves it, whatever the database."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connection

from foundation import audit
from foundation.errors import StalePage
from monitoring.models import MonitoringTable, Rollup
from monitoring.rollups import rebuild
from reviews import bulk, transitions
from reviews.acts import Seen
from reviews.chain import Action
from reviews.models import Decision
from tests.reviews import steps
from tests.reviews.concurrent_approvals import race

ROOT = Path(__file__).resolve().parents[2]
CLICKS = 20
EXACTLY_ONE = {
    "answers": {"moved": 1, "stale": CLICKS - 1},
    "decisions": 1,
    "version": 2,
    "chain": True,
    "left_at_department": 0,
}


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_twenty_clicks_one_decides_on_postgresql():
    for number in range(3):
        assert race(CLICKS, number) == EXACTLY_ONE


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_of_twenty_clicks_one_decides_on_a_file_of_sqlite(tmp_path):
    address = f"sqlite:///{tmp_path / 'race.sqlite3'}"
    done = subprocess.run(
        [sys.executable, "-m", "tests.reviews.concurrent_approvals", str(CLICKS), "2"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [EXACTLY_ONE, EXACTLY_ONE]


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_bulk_acts_over_the_same_tables_move_each_once(city):
    """The rows are locked in one order, so neither waits for the other for ever."""
    from organisation.appointments import appoint
    from organisation.models import User

    other = User.objects.create_user("other", name="Other", division=city.division)
    appoint(other, "department", city.roads, by=None)
    ids = steps.many_under_review(city.road_unit, 200, by=city.clerk)
    rebuild(MonitoringTable.objects.first().cycle)
    seen = {table.pk: Seen.now(table) for table in MonitoringTable.objects.filter(pk__in=ids)}
    start, results = threading.Barrier(2), []

    def act(user, backwards):
        try:
            order = sorted(seen, reverse=backwards)
            start.wait()
            results.append(bulk.decide_many({pk: seen[pk] for pk in order}, Action.APPROVE, by=user))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=act, args=(user, backwards))
        for user, backwards in ((city.department, False), (other, True))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.done for result in results) == [0, 200]
    assert Decision.objects.filter(action=Action.APPROVE).count() == 200
    assert Rollup.objects.get(level="division").section_tier == 200
    assert audit.verify().whole


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_single_decisions_beside_a_bulk_act_are_not_lost_from_the_sums(city):
    many = steps.many_under_review(city.road_unit, 80, by=city.clerk)
    single = steps.many_under_review(city.school_unit, 15, by=city.clerk3)
    rebuild(MonitoringTable.objects.first().cycle)
    seen = {table.pk: Seen.now(table) for table in MonitoringTable.objects.filter(pk__in=many)}
    start = threading.Barrier(2)

    def in_bulk():
        try:
            start.wait()
            for place in range(0, len(many), 10):
                chunk = {pk: seen[pk] for pk in many[place : place + 10]}
                bulk.decide_many(chunk, Action.APPROVE, by=city.department)
        finally:
            connection.close()

    def one_by_one():
        try:
            start.wait()
            for pk in single:
                steps.decide(MonitoringTable.objects.get(pk=pk), city.department2)
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for act in (in_bulk, one_by_one)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sums = Rollup.objects.filter(level__in=["section", "division"])
    assert set(sums.values_list("section_tier", flat=True)) == {95}


@pytest.mark.postgres
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_approval_and_a_withdrawal_at_once_do_not_both_count(city):
    table = steps.submit(steps.ready(city.road_unit, city.clerk), city.clerk)
    start, answers = threading.Barrier(2), []

    def withdraw():
        transitions.withdraw(table, by=city.clerk, version=table.version)

    def approve():
        steps_seen = {"at": "department", "revision": 1, "digest": table.digest}
        transitions.decide(table, Action.APPROVE, by=city.department, **steps_seen)

    def run(act):
        try:
            start.wait()
            act()
            answers.append("moved")
        except StalePage:
            answers.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in (withdraw, approve)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["moved", "stale"]
    assert Decision.objects.exclude(action=Action.SUBMIT).count() == 1
