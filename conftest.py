"""House rules of a test run: which tests this engine and this machine can answer, and what may be left out.

Tests of what only PostgreSQL can answer are left out on SQLite; without Redis or Chromium their tests are skipped.
BEACON_REQUIRE_ALL=1 makes every skipped test a failure, so that nothing goes missing unseen.
BEACON_ONLY_DATABASE=1 leaves out tests that touch no database: a second engine cannot change their answer,
and long ones marked `once`, whose questions shorter tests ask of each engine.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tools import services

REQUIRE_ALL = os.environ.get("BEACON_REQUIRE_ALL") == "1"
ONLY_DATABASE = os.environ.get("BEACON_ONLY_DATABASE") == "1"
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "django_db_setup"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if _is_left_out(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    absent = {
        "redis": None if services.redis_server() else "no redis-server on this machine",
        "browser": None if services.chromium() else "no Chromium on this machine",
    }
    for item in items:
        for marker, reason in absent.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def _is_left_out(item: pytest.Item) -> bool:
    from django.conf import settings

    on_postgres = "postgresql" in settings.DATABASES["default"]["ENGINE"]
    if item.get_closest_marker("postgres") and not on_postgres:
        return True
    if item.get_closest_marker("once") and ONLY_DATABASE:
        return True
    touches = item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(
        getattr(item, "fixturenames", ())
    )
    return ONLY_DATABASE and not touches


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Any:
    report = yield
    return _refused(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    report = yield
    return _refused(report)


def _refused(report: Any) -> Any:
    """The same report, failed where something was skipped that had to run."""
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"BEACON_REQUIRE_ALL=1 allows nothing to be skipped: {reason}"
    return report


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis of this run's own."""
    with services.running_redis() as url:
        yield url


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser to hand to Playwright as executable_path, with --no-sandbox where it runs as root."""
    path = services.chromium()
    assert path
    return path
