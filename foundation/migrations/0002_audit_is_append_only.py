"""The database refuses to change or remove what the audit trail holds."""

from django.db import migrations

TABLE = "foundation_auditevent"

CREATE = {
    "sqlite": [
        f"""CREATE TRIGGER audit_refuses_update BEFORE UPDATE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'The audit trail is only ever added to.'); END""",
        f"""CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, 'The audit trail is only ever added to.'); END""",
    ],
    "postgresql": [
        """CREATE FUNCTION audit_refuses_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'The audit trail is only ever added to.'; END $$""",
        f"""CREATE TRIGGER audit_refuses_change BEFORE UPDATE OR DELETE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION audit_refuses_change()""",
        f"""CREATE TRIGGER audit_refuses_truncate BEFORE TRUNCATE ON {TABLE}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses_change()""",
    ],
}
DROP = {
    "sqlite": ["DROP TRIGGER audit_refuses_update", "DROP TRIGGER audit_refuses_delete"],
    "postgresql": [
        f"DROP TRIGGER audit_refuses_change ON {TABLE}",
        f"DROP TRIGGER audit_refuses_truncate ON {TABLE}",
        "DROP FUNCTION audit_refuses_change()",
    ],
}


def refuse_changes(apps, schema_editor):
    for statement in CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def allow_changes(apps, schema_editor):
    for statement in DROP[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_initial")]
    operations = [migrations.RunPython(refuse_changes, allow_changes)]
