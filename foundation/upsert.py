"""One statement from a QuerySet to a table: what is new is inserted, what differs is updated, the rest untouched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, models, router
from django.db.backends.base.base import BaseDatabaseWrapper

# An explicit cast to varchar(n) cuts without a word; an assignment refuses what is too long.
_NEVER_CAST = {"CharField", "TextField", "SlugField", "FileField", "FilePathField"}


def upsert(
    model: type[models.Model],
    rows: models.QuerySet[Any, Any],
    *,
    match: Sequence[str],
    update: Sequence[str],
    touch: Mapping[str, Any] | None = None,
    key_prefix: str = "",
) -> int:
    """Write `rows` into `model`'s table and return how many were written; 0 when nothing differs.

    rows: a .values(...) queryset whose keys are attnames of `model` ("table_id", not "table"); fixed-point
        values come as they are kept (fen, millionths), which fields and foundation.sql give by themselves.
    match: the columns of one unique constraint, none of them NULL; at most one row of `rows` for each.
    update: the columns compared and brought up to date. Keys in neither list are set on insert only.
    touch: attname → value set on every row that is written, but not compared ("computed_at": now).
    key_prefix: cut from the keys; Django forbids an annotation named like a field of its own model, so a
        roll-up says .values(new_total=Sum("total")) and key_prefix="new_".
    Does not call save(), send signals or use Python defaults: give every column that needs a value.
    """
    connection = connections[router.db_for_write(model)]
    names = [name.removeprefix(key_prefix) for name in _names(rows)]
    statement = _Statement(model, names, list(match), list(update), dict(touch or {}), connection)
    unordered = rows if rows.query.is_sliced else rows.order_by()
    try:
        query, params = unordered.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(statement.sql(query), (*params, *statement.touch_params()))
        return cursor.rowcount


def _names(rows: models.QuerySet[Any, Any]) -> list[str]:
    """The keys of a .values() queryset in the order of its columns, as Django itself reads them."""
    # Of a union its first part names the columns.
    query = rows.query.combined_queries[0] if rows.query.combinator else rows.query
    if selected := getattr(query, "selected", None):
        return list(selected)
    return [*query.extra_select, *query.values_select, *query.annotation_select]


class _Statement:
    """INSERT … SELECT … FROM the rows LEFT JOIN the table WHERE new or different ON CONFLICT DO UPDATE."""

    def __init__(
        self,
        model: type[models.Model],
        names: list[str],
        match: list[str],
        update: list[str],
        touch: dict[str, Any],
        connection: BaseDatabaseWrapper,
    ) -> None:
        self.connection = connection
        self.quote = connection.ops.quote_name
        self.table = self.quote(model._meta.db_table)
        self.fields = {field.attname: field for field in model._meta.concrete_fields}
        self.names, self.match, self.update, self.touch = names, match, update, touch
        unknown = {*names, *match, *update, *touch} - self.fields.keys()
        if unknown:
            raise ValueError(f"{model._meta.label} has no column {', '.join(sorted(unknown))}.")
        missing = {*match, *update} - set(names)
        if missing:
            raise ValueError(f"The rows lack {', '.join(sorted(missing))}.")

    def sql(self, query: str) -> str:
        """The whole statement around the compiled `query`.

        The rows stand in a materialized WITH: what they compute is computed once, and their columns are named
        by position. WITH comes after INSERT, for Python's sqlite3 counts rows only when INSERT comes first.
        """
        columns = ", ".join(self._column(name) for name in [*self.names, *self.touch])
        aliases = ", ".join(self._alias(name) for name in self.names)
        chosen = ", ".join([*(self._given(name) for name in self.names), *("%s" for _ in self.touch)])
        joined = " AND ".join(f"kept.{self._column(name)} = {self._given(name)}" for name in self.match)
        target = ", ".join(self._column(name) for name in self.match)
        return (
            f"INSERT INTO {self.table} ({columns}) "  # noqa: S608 - names come from the model, values are params
            f"WITH given ({aliases}) AS MATERIALIZED ({query}) "
            f"SELECT {chosen} FROM given LEFT JOIN {self.table} kept ON {joined} "
            f"WHERE {self._differs()} ON CONFLICT ({target}) {self._then()}"
        )

    def touch_params(self) -> list[Any]:
        return [
            self.fields[name].get_db_prep_save(value, connection=self.connection)
            for name, value in self.touch.items()
        ]

    def _differs(self) -> str:
        unequal = "IS DISTINCT FROM" if self.connection.vendor == "postgresql" else "IS NOT"
        tests = [f"kept.{self._column(self.match[0])} IS NULL"]
        tests += [f"kept.{self._column(name)} {unequal} {self._given(name)}" for name in self.update]
        return " OR ".join(tests)

    def _then(self) -> str:
        changes = [
            f"{self._column(name)} = EXCLUDED.{self._column(name)}" for name in [*self.update, *self.touch]
        ]
        return f"DO UPDATE SET {', '.join(changes)}" if self.update else "DO NOTHING"

    def _given(self, name: str) -> str:
        """The value in the rows, in the column's type: PostgreSQL gives SUM as numeric and a bare NULL as text."""
        value = f"given.{self._alias(name)}"
        field = self.fields[name]
        if self.connection.vendor != "postgresql" or field.get_internal_type() in _NEVER_CAST:
            return value
        return f"{value}::{field.rel_db_type(self.connection)}"

    def _alias(self, name: str) -> str:
        return self.quote(f"r_{name}")

    def _column(self, name: str) -> str:
        return self.quote(str(self.fields[name].column))


def update_rows(rows: Sequence[models.Model], fields: Sequence[str], *, batch_size: int = 1000) -> None:
    """Write these fields of rows that exist; a fifth of what bulk_update() takes.

    rows: loaded whole, of one model, their keys known. An INSERT … ON CONFLICT (key) DO UPDATE: bulk_update()
    builds a CASE over every row for every field (docs/decisions/0008-recompute-in-the-database.md).
    """
    if not rows:
        return
    model = type(rows[0])
    key = model._meta.pk
    assert key is not None  # noqa: S101 - every model has one
    model._default_manager.bulk_create(
        rows,
        batch_size=batch_size,
        update_conflicts=True,
        unique_fields=[key.name],
        update_fields=list(fields),
    )
