"""A worker is killed in the middle of a recompute; another one ends it, and the figures are those of a clean run."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction

from foundation.models import Job, JobState
from monitoring.models import FundRow, Rollup, TableFigures
from monitoring.recompute import recompute
from monitoring.refreshing import owe_recompute
from projects.models import LineMonths
from tests import factories
from tests.services.harness import Services, pause, release, written

pytestmark = [pytest.mark.redis, pytest.mark.slow, pytest.mark.timeout(180)]


def digest() -> list[object]:
    """All figures of all cycles, but for numbers of rows."""
    hidden = {"id"}
    return [
        [{name: value for name, value in row.items() if name not in hidden} for row in rows]
        for rows in (
            TableFigures.objects.order_by("table_id").values(),
            FundRow.objects.order_by("table_id", "source").values(),
            Rollup.objects.order_by("cycle_id", "level", "node_id").values(),
        )
    ]


def clean_run(cycle) -> tuple[dict[str, int], list[object]]:
    """Rows that a run nobody disturbs would write, and the figures it would leave; nothing is kept of it."""
    with transaction.atomic():
        rows = recompute(cycle)
        found = digest()
        transaction.set_rollback(True)
    assert rows["funds"]
    assert rows["figures"]
    assert rows["rollups"]
    return rows, found


def test_killed_before_its_commit_a_recompute_is_done_once_by_another_worker(
    services: Services, city, tmp_path
):
    tables = [factories.make_table(unit) for unit in (city.road_unit, city.school_unit, city.bridge_unit)]
    cycle = tables[0].cycle
    LineMonths.objects.update(paid_5=Decimal("123456.78"))
    old = digest()
    of_the_clean_run, wanted = clean_run(cycle)
    assert old != wanted

    services.start_beat()
    with transaction.atomic():
        owe_recompute(cycle)
    for _attempt in range(2):
        pause(tmp_path, "recompute")
        worker = services.start_worker()
        services.wait_for(lambda: written(tmp_path, "recompute"), "the worker is about to commit")
        assert written(tmp_path, "recompute") == of_the_clean_run
        worker.kill()
        release(tmp_path, "recompute")
        assert digest() == old
        assert Job.objects.get(kind="recompute_cycle").state == JobState.RUNNING

    services.start_worker()
    services.wait_for(
        lambda: Job.objects.get(kind="recompute_cycle").state == JobState.DONE, "another worker has done it"
    )
    job = Job.objects.get(kind="recompute_cycle")
    assert job.attempts == 3
    assert job.result == of_the_clean_run
    assert digest() == wanted
    assert set(recompute(cycle).values()) == {0}
