"""Pages of a list by the place of their first and last row: the thousandth costs what the first does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)

PAGE = 50


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one page; `following` and `preceding` are the cursors for {% page_links %}, "" at the ends."""

    rows: list[Row]
    following: str = ""
    preceding: str = ""


def page_of(rows: QuerySet[Row], query: Any, *, size: int = PAGE, newest_first: bool = False) -> Page[Row]:
    """The page that ?after= or ?before= asks for, in the order of the primary key. One query.

    A cursor that is none gives the first page.
    """
    after, before = _key(query.get("after")), _key(query.get("before"))
    onwards, backwards = ("lt", "gt") if newest_first else ("gt", "lt")
    order = "-pk" if newest_first else "pk"
    if before is not None:
        found = list(rows.filter(**{f"pk__{backwards}": before}).order_by(order).reverse()[: size + 1])
        more, found = len(found) > size, found[:size][::-1]
        return Page(found, _cursor(found, -1), _cursor(found, 0) if more else "")
    if after is not None:
        rows = rows.filter(**{f"pk__{onwards}": after})
    found = list(rows.order_by(order)[: size + 1])
    more, found = len(found) > size, found[:size]
    return Page(found, _cursor(found, -1) if more else "", _cursor(found, 0) if after is not None else "")


def _cursor(rows: list[Row], place: int) -> str:
    return str(rows[place].pk) if rows else ""


def _key(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
