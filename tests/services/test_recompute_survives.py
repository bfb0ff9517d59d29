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
from tests.services.harness import Services

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


def of_a_clean_run(cycle) -> list[object]:
    """What a run that nobody disturbs would leave; nothing is kept of it."""
    with transaction.atomic():
        written = recompute(cycle)
        found = digest()
        transaction.set_rollback(True)
    assert written["funds"]
    assert written["figures"]
    assert written["rollups"]
    return found


def test_killed_before_its_commit_a_recompute_is_done_once_by_another_worker(
    services: Services, city, tmp_path
):
    tables = [factories.make_table(unit) for unit in (city.road_unit, city.school_unit, city.bridge_unit)]
    cycle = tables[0].cycle
    LineMonths.objects.update(paid_5=Decimal("123456.78"))
    old, wanted = digest(), of_a_clean_run(cycle)
    assert old != wanted

    pause, paused = tmp_path / "pause-recompute", tmp_path / "paused-recompute"
    pause.touch()
    services.start_beat()
    with transaction.atomic():
        owe_recompute(cycle)
    for _attempt in range(2):
        worker = services.start_worker()
        services.wait_for(paused.exists, "the worker is in the middle of the recompute")
        worker.kill()
        paused.unlink()
        assert digest() == old
        assert Job.objects.get(kind="recompute_cycle").state == JobState.RUNNING

    pause.unlink()
    services.start_worker()
    services.wait_for(
        lambda: Job.objects.get(kind="recompute_cycle").state == JobState.DONE, "another worker has done it"
    )
    job = Job.objects.get(kind="recompute_cycle")
    assert job.attempts == 3
    assert job.result["figures"] > 0
    assert digest() == wanted
    assert set(recompute(cycle).values()) == {0}
