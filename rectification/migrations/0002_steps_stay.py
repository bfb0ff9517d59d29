"""The steps of a task are only ever added."""

from django.db import migrations

from foundation.triggers import refuse_update


class Migration(migrations.Migration):
    dependencies = [("rectification", "0001_initial")]
    operations = [refuse_update("rectification_taskstep", "The steps of a task are only ever added.")]
