import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0002_take_back_from_the_third_party'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='assignment',
            name='reason',
            field=models.CharField(blank=True, choices=[('red', 'Red light'), ('key', 'Key project'), ('random', 'Drawn at random'), ('hand', 'Chosen by hand')], max_length=60, verbose_name='why'),
        ),
        migrations.CreateModel(
            name='Sample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('percent', models.PositiveSmallIntegerField(verbose_name='share drawn at random, %')),
                ('seed', models.CharField(max_length=40, verbose_name='seed')),
                ('red', models.PositiveIntegerField(verbose_name='red lights')),
                ('key', models.PositiveIntegerField(verbose_name='key projects')),
                ('population', models.PositiveIntegerField(verbose_name='drawn from')),
                ('drawn', models.PositiveIntegerField(verbose_name='drawn at random')),
                ('drawn_at', models.DateTimeField(verbose_name='drawn at')),
                ('drawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('engagement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='samples', to='reviews.engagement')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('percent__lte', 100)), name='sample_is_a_share'), models.CheckConstraint(condition=models.Q(('drawn__lte', models.F('population'))), name='sample_is_part_of_its_population')],
            },
        ),
    ]
