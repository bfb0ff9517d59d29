"""What did not run is said, and fails the run where nothing may be missing."""

from types import SimpleNamespace

import pytest

import conftest
from tools import run_tests
from tools.run_tests import Outcome

GOOD = Outcome("SQLite", 0, passed=10, failed=0, skipped=0, seconds=1)
BAD = Outcome("PostgreSQL", 1, passed=9, failed=1, skipped=0, seconds=1)


@pytest.fixture(params=["", "1"])
def require_all(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setenv("BEACON_REQUIRE_ALL", request.param)
    return bool(request.param)


def test_what_did_not_run_is_said_and_counts_where_all_is_required(
    require_all: bool, capsys: pytest.CaptureFixture[str]
):
    code = run_tests.report([GOOD], ["Redis (no redis-server on this machine)"])
    told = capsys.readouterr().out.splitlines()
    assert "NOT RUN: Redis (no redis-server on this machine)" in told
    assert told[-1] == "10 passed, 0 failed, 0 skipped"
    assert code == int(require_all)


def test_one_failing_engine_fails_the_run(capsys: pytest.CaptureFixture[str]):
    assert run_tests.report([GOOD, BAD], []) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "19 passed, 1 failed, 0 skipped"


def test_a_run_without_any_test_is_no_success():
    assert run_tests.report([Outcome("SQLite", 5, 0, 0, 0, 1)], []) == 1


def test_a_run_that_broke_counts_as_a_failure(tmp_path):
    assert run_tests.read_outcome("SQLite", 4, tmp_path / "none.xml", 1).failed == 1


def test_a_skipped_test_fails_where_all_is_required(monkeypatch: pytest.MonkeyPatch):
    skipped = SimpleNamespace(skipped=True, outcome="skipped", longrepr=("file", 1, "Skipped: no browser"))
    monkeypatch.setattr(conftest, "REQUIRE_ALL", False)
    assert conftest._refused(skipped).outcome == "skipped"
    monkeypatch.setattr(conftest, "REQUIRE_ALL", True)
    refused = conftest._refused(skipped)
    assert refused.outcome == "failed"
    assert "no browser" in refused.longrepr


def test_two_checkouts_do_not_share_a_database():
    url = run_tests.own_database("postgres://postgres@127.0.0.1:5432/postgres")
    assert url.startswith("postgres://postgres@127.0.0.1:5432/beacon_")
