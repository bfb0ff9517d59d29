"""What Django does not ask of SQLite by itself."""

import sqlite3
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def use_true_limits(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let one statement carry as many parameters as this SQLite takes.

    Django 5.2 reckons with the 999 of old builds and cuts a bulk_create of a thousand rows into dozens of
    statements; any SQLite since 2020 takes 32,766 or more.
    """
    if connection.vendor == "sqlite":
        limit = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        connection.features.max_query_params = limit


def install() -> None:
    connection_created.connect(use_true_limits, dispatch_uid="foundation.sqlite.use_true_limits")
