"""Approving a whole city at once, beside approving one table after the other."""

from __future__ import annotations

from bench.dataset import june
from bench.measure import Result, in_turn, is_quick, memory_mb, queries_of, rounds_asked, taken_back
from monitoring.models import MonitoringTable
from monitoring.stages import Stage
from organisation.models import User
from reviews.acts import Seen
from reviews.bulk import decide_many
from reviews.chain import Action
from reviews.transitions import decide


def main() -> None:
    chief = User.objects.get(username="performance")
    waiting = MonitoringTable.objects.filter(cycle=june(), stage=Stage.PERFORMANCE).order_by("pk")
    tables = list(waiting.select_related("project", "cycle__rule_book", "unit", "department", "section"))
    seen = {table.pk: Seen.now(table) for table in tables}
    some = tables[: 3 if is_quick() else 40]
    idle = memory_mb()

    def at_once() -> None:
        done = decide_many(seen, Action.APPROVE, by=chief).done
        assert done == len(seen), done

    def one_by_one() -> None:
        for table in some:
            decide(
                table, Action.APPROVE, at=table.stage, revision=table.revision, digest=table.digest, by=chief
            )

    seconds, theirs, ratio = in_turn(
        taken_back(at_once),
        taken_back(one_by_one),
        rounds=rounds_asked(),
        per=(1, len(tables) / len(some)),
    )
    queries = queries_of(taken_back(at_once))
    Result("bulk approve", len(tables), seconds, f"one by one, extrapolated from {len(some)}", theirs, ratio, queries,
           len(tables), memory_mb() - idle, "≤ 0.05 ×, ≤ 1 s, ≤ 40 statements").emit()  # fmt: skip
    Result(
        "one approval", 1, theirs / len(tables), queries=queries_of(taken_back(one_by_one)) // len(some)
    ).emit()
