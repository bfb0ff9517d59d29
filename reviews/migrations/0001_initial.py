import django.db.models.deletion
import foundation.ids
import foundation.money
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('monitoring', '0001_initial'),
        ('organisation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='monitoring.monitoringtable')),
                ('revision', models.PositiveIntegerField(verbose_name='revision')),
                ('digest', models.CharField(max_length=64)),
                ('snapshot', models.JSONField(help_text='the table as submitted')),
                ('submitted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_at', models.DateTimeField(verbose_name='submitted at')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed at')),
                ('outcome', models.CharField(blank=True, choices=[('completed', 'Completed'), ('returned', 'Returned'), ('withdrawn', 'Withdrawn')], max_length=10, verbose_name='outcome')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('table',), name='one_open_review_per_table'), models.UniqueConstraint(fields=('table', 'revision'), name='one_review_per_revision')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=foundation.ids.new_public_id, editable=False, max_length=12, unique=True)),
                ('table', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='monitoring.monitoringtable')),
                ('review', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='reviews.review')),
                ('action', models.CharField(choices=[('submit', 'Submitted'), ('confirm', 'Confirmed by the unit head'), ('approve', 'Approved'), ('return', 'Returned'), ('withdraw', 'Withdrawn'), ('object', 'Objection of the third party'), ('recall', 'Taken back from the third party')], max_length=12, verbose_name='action')),
                ('from_stage', models.CharField(choices=[('filling', 'Being filled'), ('returned', 'Returned to the unit'), ('head', 'Unit head'), ('department', 'Department review'), ('section', 'Business section review'), ('performance', 'Performance section review'), ('third_party', 'Third-party review'), ('completed', 'Completed')], max_length=12, verbose_name='from')),
                ('to_stage', models.CharField(choices=[('filling', 'Being filled'), ('returned', 'Returned to the unit'), ('head', 'Unit head'), ('department', 'Department review'), ('section', 'Business section review'), ('performance', 'Performance section review'), ('third_party', 'Third-party review'), ('completed', 'Completed')], max_length=12, verbose_name='to')),
                ('revision', models.PositiveIntegerField(verbose_name='revision')),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to=settings.AUTH_USER_MODEL)),
                ('on_behalf_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('code', models.CharField(blank=True, max_length=4, verbose_name='reason code')),
                ('text', models.TextField(blank=True, max_length=2000, verbose_name='opinion')),
                ('score', foundation.money.MeasureField(blank=True, null=True, verbose_name='score')),
                ('at', models.DateTimeField(verbose_name='time')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['table', 'id'], name='decisions_of_a_table')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('action', 'return'), _negated=True), models.Q(models.Q(('code', ''), _negated=True), models.Q(('text', ''), _negated=True)), _connector='OR'), name='a_return_has_code_and_text')],
            },
        ),
        migrations.CreateModel(
            name='Remark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=foundation.ids.new_public_id, editable=False, max_length=12, unique=True)),
                ('table', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='remarks', to='monitoring.monitoringtable')),
                ('cell', models.CharField(max_length=80)),
                ('text', models.TextField(max_length=1000, verbose_name='remark')),
                ('author', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('author_stage', models.CharField(choices=[('filling', 'Being filled'), ('returned', 'Returned to the unit'), ('head', 'Unit head'), ('department', 'Department review'), ('section', 'Business section review'), ('performance', 'Performance section review'), ('third_party', 'Third-party review'), ('completed', 'Completed')], max_length=12)),
                ('revision', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Engagement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=foundation.ids.new_public_id, editable=False, max_length=12, unique=True)),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.division')),
                ('cycle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='engagements', to='monitoring.cycle')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='engagements', to='organisation.institution')),
                ('contract_no', models.CharField(blank=True, max_length=60, verbose_name='contract number')),
                ('starts_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(verbose_name='until')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'engagement',
                'ordering': ['-id'],
                'permissions': [('audit_engagement', 'Reviews what is assigned')],
                'constraints': [models.UniqueConstraint(fields=('cycle', 'institution'), name='one_engagement_per_cycle_and_institution'), models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='engagement_ends_after_it_starts')],
            },
        ),
        migrations.CreateModel(
            name='EngagementGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='reviews.engagement')),
            ],
            options={
                'unique_together': {('user', 'permission', 'content_object')},
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('engagement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='reviews.engagement')),
                ('table', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='monitoring.monitoringtable')),
                ('reason', models.CharField(blank=True, choices=[('red', 'Red light'), ('key', 'Key project'), ('random', 'Drawn at random'), ('hand', 'Chosen by hand')], max_length=60, verbose_name='why')),
                ('assigned_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('assigned_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('table',), name='a_table_is_assigned_once')],
            },
        ),
        migrations.CreateModel(
            name='Sample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('engagement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='samples', to='reviews.engagement')),
                ('percent', models.PositiveSmallIntegerField(verbose_name='share drawn at random, %')),
                ('seed', models.CharField(max_length=40, verbose_name='seed')),
                ('red', models.PositiveIntegerField(verbose_name='red lights')),
                ('key', models.PositiveIntegerField(verbose_name='key projects')),
                ('population', models.PositiveIntegerField(verbose_name='drawn from')),
                ('drawn', models.PositiveIntegerField(verbose_name='drawn at random')),
                ('drawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('drawn_at', models.DateTimeField(verbose_name='drawn at')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('percent__lte', 100)), name='sample_is_a_share'), models.CheckConstraint(condition=models.Q(('drawn__lte', models.F('population'))), name='sample_is_part_of_its_population')],
            },
        ),
    ]
