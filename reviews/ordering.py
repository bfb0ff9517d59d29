"""Pages of a list in an order of its own: by place, not by number, so that the last page costs what the first does."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils.functional import Promise

from monitoring.paging import PAGE, Page

Row = TypeVar("Row", bound=Model)
KEY = "sort_key"


@dataclass(frozen=True)
class Order:
    """One allowed order. key: never NULL, so that every row has a place. read: the type of a cursor's key."""

    label: str | Promise
    key: Combinable
    read: Callable[[Any], Any] = int


def page_in_order(
    rows: QuerySet[Row], order: Order, *, descending: bool, query: Any, size: int = PAGE
) -> Page[Row]:
    """The page that ?after= or ?before= asks for. One query.

    A cursor that is none, or belongs to another order, gives the first page.
    """
    rows = rows.annotate(**{KEY: order.key})
    after, before = _place(query.get("after"), order), _place(query.get("before"), order)
    place = before or after
    backwards = before is not None
    if place is not None:
        rows = rows.filter(_beyond(place, below=descending is not backwards))
    names = (f"-{KEY}", "-pk") if descending is not backwards else (KEY, "pk")
    found = list(rows.order_by(*names)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    first, last = (_cursor(found[0]), _cursor(found[-1])) if found else ("", "")
    if backwards:
        return Page(found, last, first if more else "")
    return Page(found, last if more else "", first if after is not None else "")


def _beyond(place: tuple[Any, int], *, below: bool) -> Q:
    key, pk = place
    sign = "lt" if below else "gt"
    return Q(**{f"{KEY}__{sign}": key}) | Q(**{KEY: key, f"pk__{sign}": pk})


def _cursor(row: Model) -> str:
    key = getattr(row, KEY)
    text = json.dumps([key if isinstance(key, int | str) else str(key), row.pk])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _place(cursor: str | None, order: Order) -> tuple[Any, int] | None:
    if not cursor or len(cursor) > 1000:
        return None
    try:
        key, pk = json.loads(base64.urlsafe_b64decode(cursor))
        key = order.read(key)
    except (ValueError, TypeError):
        return None
    in_bounds = not isinstance(key, int) or abs(key) < 2**63
    return (key, pk) if isinstance(pk, int) and 0 <= pk < 2**63 and in_bounds else None


BY_ID = Order("", F("pk"))
