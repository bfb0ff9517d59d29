"""Triggers that keep rows as they were written, for the migrations of every app; SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def refuse_update(table: str, said: str, *, when: str = "") -> migrations.RunPython:
    """The migration step that lets the database refuse to change rows of `table`.

    said: what the database answers. when: a condition on OLD ("OLD.state = 'published'"), all rows without it.
    """
    name = f"{table}_stays"
    condition = f" WHEN ({when})" if when else ""
    create = {
        "sqlite": [
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {table}{condition} BEGIN SELECT RAISE(ABORT, '{said}'); END"
        ],
        "postgresql": [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW{condition} EXECUTE FUNCTION {name}()",
        ],
    }
    drop = {
        "sqlite": [f"DROP TRIGGER {name}"],
        "postgresql": [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"],
    }

    def forwards(apps: Any, schema_editor: Any) -> None:
        for statement in create[schema_editor.connection.vendor]:
            schema_editor.execute(statement, params=None)

    def backwards(apps: Any, schema_editor: Any) -> None:
        for statement in drop[schema_editor.connection.vendor]:
            schema_editor.execute(statement, params=None)

    return migrations.RunPython(forwards, backwards)
