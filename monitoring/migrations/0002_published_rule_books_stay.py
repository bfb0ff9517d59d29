"""A published rule book never changes: every figure that names it can be reproduced."""

from django.db import migrations

from foundation.triggers import refuse_update


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_initial")]
    operations = [
        refuse_update(
            "monitoring_rulebook", "A published rule book never changes.", when="OLD.state = 'published'"
        )
    ]
