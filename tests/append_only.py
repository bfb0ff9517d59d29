"""Lets a transactional test empty the tables at its end, the audit trail among them.

The database refuses to delete audit events; only `flush`, which pytest-django calls after a transactional
test, may, and only here: it takes the triggers off and puts them back. Importing this module is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from django.core.management.commands.flush import Command as Flush
from django.db import connection

MIGRATION = import_module("foundation.migrations.0002_audit_is_append_only")


@contextmanager
def changes_allowed() -> Iterator[None]:
    """Do what somebody with the database's password could do: change the trail behind our back."""
    with connection.cursor() as cursor:
        for statement in MIGRATION.DROP[connection.vendor]:
            cursor.execute(statement)
        try:
            yield
        finally:
            for statement in MIGRATION.CREATE[connection.vendor]:
                cursor.execute(statement)


def _flush_with_leave(self: Flush, **options: object) -> None:
    with changes_allowed():
        _flush(self, **options)


_flush = Flush.handle
Flush.handle = _flush_with_leave
