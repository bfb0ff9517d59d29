"""Bringing a set of rows into a table: what is new, what differs, what stands already.

Rows are known by their natural key, so that a dry run can tell them apart before any of them has a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import models

BATCH = 1000
Key = tuple[Any, ...]


@dataclass
class Counts:
    """How many rows of one kind a file brings. `refused` are secret or faulty."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass
class Difference:
    """What a table lacks: rows by key, new and changed."""

    new: dict[Key, tuple[Any, ...]] = field(default_factory=dict)
    changed: dict[Key, tuple[Any, ...]] = field(default_factory=dict)
    unchanged: int = 0

    @property
    def counts(self) -> Counts:
        return Counts(new=len(self.new), changed=len(self.changed), unchanged=self.unchanged)

    def one_by_one(self) -> Iterator[Difference]:
        """The same as differences of one row each, in order."""
        for key, values in self.new.items():
            yield Difference(new={key: values})
        for key, values in self.changed.items():
            yield Difference(changed={key: values})


def compare(
    queryset: models.QuerySet[Any],
    *,
    key: Sequence[str],
    values: Sequence[str],
    wanted: Mapping[Key, tuple[Any, ...]],
) -> Difference:
    """Hold `wanted` (key → values) against the rows there are; one query.

    key, values: lookups of the model ("project__code"), in the order of the tuples.
    """
    width = len(key)
    there = {
        tuple(row[:width]): tuple(row[width:]) for row in queryset.values_list(*key, *values).iterator(BATCH)
    }
    result = Difference()
    for each, given in wanted.items():
        if each not in there:
            result.new[each] = given
        elif there[each] != given:
            result.changed[each] = given
        else:
            result.unchanged += 1
    return result


def write(
    model: type[models.Model],
    difference: Difference,
    build: Callable[[Key, tuple[Any, ...]], models.Model],
    *,
    unique: Sequence[str],
    update: Sequence[str],
) -> None:
    """Insert what is new and update what differs; `build` makes the instance of a row."""
    rows = [build(key, values) for key, values in (*difference.new.items(), *difference.changed.items())]
    model._default_manager.bulk_create(
        rows, batch_size=BATCH, update_conflicts=True, unique_fields=list(unique), update_fields=list(update)
    )
