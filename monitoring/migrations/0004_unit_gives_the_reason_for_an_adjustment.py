"""A place for the unit's reason where the budget system gives none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0003_published_rule_books_stay")]

    operations = [
        migrations.AddField(
            model_name="fundrow",
            name="change_note",
            field=models.CharField(
                blank=True,
                db_default="",
                max_length=500,
                verbose_name="reason for the adjustment, given by the unit",
            ),
        ),
    ]
