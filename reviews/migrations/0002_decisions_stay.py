"""Decisions are only ever added."""

from django.db import migrations

from foundation.triggers import refuse_update


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial")]
    operations = [refuse_update("reviews_decision", "Decisions are only ever added.")]
