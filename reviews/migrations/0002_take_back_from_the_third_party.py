from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='decision',
            name='action',
            field=models.CharField(choices=[('submit', 'Submitted'), ('confirm', 'Confirmed by the unit head'), ('approve', 'Approved'), ('return', 'Returned'), ('withdraw', 'Withdrawn'), ('object', 'Objection of the third party'), ('recall', 'Taken back from the third party')], max_length=12, verbose_name='action'),
        ),
    ]
