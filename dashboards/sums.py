"""The sums of a node, as the dashboard reads them. Pure arithmetic over the columns of monitoring.models.Rollup."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from foundation.drawings import LIGHT_WORDS
from monitoring.models import Rollup
from monitoring.rates import execution_rate, half_up, ratio
from monitoring.rollups import COLUMN_OF_STAGE, COUNTS, MONEY

_ADDED = (*COUNTS, *MONEY, "score_sum")


@dataclass
class Sums:
    """One or several nodes together."""

    values: dict[str, Decimal] = field(default_factory=dict)

    @classmethod
    def of(cls, rollups: Iterable[Rollup]) -> Sums:
        sums = cls({name: Decimal(0) for name in _ADDED})
        for rollup in rollups:
            for name in _ADDED:
                sums.values[name] += getattr(rollup, name) or 0
        return sums

    def count(self, name: str) -> int:
        return int(self.values.get(name, 0))

    @property
    def tables(self) -> int:
        return self.count("tables")

    @property
    def completed(self) -> int:
        return self.count("completed")

    @property
    def with_units(self) -> int:
        """Tables that no unit has submitted yet, or that came back to it."""
        return self.count("filling") + self.count("returned")

    @property
    def adjusted(self) -> Decimal:
        return self.values["adjusted"]

    @property
    def executed(self) -> Decimal:
        return self.values["executed"]

    @property
    def rate(self) -> Decimal | None:
        """Execution rate of the node: paid over adjusted budget, a ratio."""
        return execution_rate(self.executed, self.adjusted)

    def lag(self, progress: Decimal) -> Decimal | None:
        """Execution rate less time progress, a difference of ratios; negative is behind."""
        return None if self.rate is None else self.rate - progress

    @property
    def lights(self) -> dict[str, int]:
        return {light: self.count(light) for light in LIGHT_WORDS}

    @property
    def red(self) -> int:
        return self.count("red")

    @property
    def completed_share(self) -> Decimal | None:
        return self._share("completed")

    @property
    def red_share(self) -> Decimal | None:
        return self._share("red")

    @property
    def serious_share(self) -> Decimal | None:
        return self._share("serious_mismatch")

    @property
    def filled_share(self) -> Decimal | None:
        """Share of the cells that the system filled."""
        return ratio(self.values["cells_system"], self.values["cells_total"])

    @property
    def score(self) -> Decimal | None:
        """Mean score of the tables that have one, two places; None where none has."""
        scored = self.count("scored")
        return half_up(self.values["score_sum"] / scored, 2) if scored else None

    def at_stage(self, stage: str) -> int:
        return self.count(COLUMN_OF_STAGE[stage])  # type: ignore[index]

    def _share(self, name: str) -> Decimal | None:
        return ratio(self.values[name], self.values["tables"])
