import django.db.models.deletion
import foundation.ids
import foundation.money
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('monitoring', '0001_initial'),
        ('organisation', '0001_initial'),
        ('projects', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=foundation.ids.new_public_id, editable=False, max_length=12, unique=True)),
                ('cycle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='monitoring.cycle')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='projects.budgetproject')),
                ('table', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='monitoring.monitoringtable')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.division')),
                ('section', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.businesssection')),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.department')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.budgetunit')),
                ('source', models.CharField(choices=[('system', 'System warning'), ('department', 'Department'), ('section', 'Business section'), ('third_party', 'Third party'), ('key', 'Key monitoring')], max_length=12, verbose_name='source')),
                ('problem', models.CharField(help_text='P11 … P43 of the rule book', max_length=4, verbose_name='problem')),
                ('severity', models.CharField(choices=[('error', 'Error'), ('warning', 'Needs an explanation'), ('hint', 'Hint')], default='error', max_length=8, verbose_name='severity')),
                ('description', models.TextField(blank=True, verbose_name='description')),
                ('facts', models.JSONField(default=dict, help_text='figures the rule saw, by name', verbose_name='facts')),
                ('amount', foundation.money.MoneyField(blank=True, null=True, verbose_name='amount concerned')),
                ('rule_book_id', models.BigIntegerField(null=True)),
                ('raised_at', models.DateTimeField(verbose_name='found at')),
                ('raised_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'finding',
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('source', 'system')), fields=('cycle', 'project', 'problem'), name='a_rule_finds_a_problem_once_per_project_and_cycle')],
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=foundation.ids.new_public_id, editable=False, max_length=12, unique=True)),
                ('finding', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='task', to='rectification.finding')),
                ('cycle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='monitoring.cycle')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='projects.budgetproject')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.division')),
                ('section', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.businesssection')),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.department')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.budgetunit')),
                ('problem', models.CharField(max_length=4, verbose_name='problem')),
                ('state', models.CharField(choices=[('issued', 'Issued'), ('acknowledged', 'Signed for'), ('returned', 'Sent back for more'), ('department', 'Department reviews the reply'), ('bureau', 'Bureau accepts'), ('closed', 'Closed')], default='issued', max_length=12, verbose_name='state')),
                ('version', models.PositiveIntegerField(default=1)),
                ('requirement', models.TextField(blank=True, verbose_name='requirement')),
                ('issued_at', models.DateTimeField(verbose_name='issued at')),
                ('reply_due_at', models.DateTimeField(help_text='first instant that is too late', verbose_name='reply due')),
                ('complete_due_at', models.DateTimeField(help_text='first instant that is too late', verbose_name='completion due')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed at')),
            ],
            options={
                'verbose_name': 'rectification task',
                'ordering': ['complete_due_at', 'id'],
                'indexes': [models.Index(fields=['division', 'state', 'complete_due_at'], name='tasks_by_state'), models.Index(fields=['department', 'state'], name='tasks_of_a_department'), models.Index(fields=['unit', 'state'], name='tasks_of_a_unit')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'closed'), _negated=True), fields=('cycle', 'project', 'problem'), name='one_open_task_per_project_cycle_and_problem'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('state', 'closed')), models.Q(models.Q(('state', 'closed'), _negated=True), ('closed_at', None)), _connector='OR'), name='closed_task_has_its_time')],
            },
        ),
        migrations.CreateModel(
            name='Reply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replies', to='rectification.task')),
                ('state', models.CharField(choices=[('done', 'Done'), ('under_way', 'Under way'), ('not_started', 'Not started')], max_length=12, verbose_name='progress')),
                ('measures', models.TextField(max_length=2000, verbose_name='measures taken')),
                ('done_on', models.DateField(blank=True, null=True, verbose_name='done on')),
                ('amount', foundation.money.MoneyField(blank=True, null=True, verbose_name='amount recovered, cut or re-allocated')),
                ('responsible', models.CharField(blank=True, max_length=60, verbose_name='person responsible')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='ReplyEvidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=foundation.ids.new_public_id, editable=False, max_length=12, unique=True)),
                ('reply', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='rectification.reply')),
                ('blob', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='monitoring.blob')),
                ('file_name', models.CharField(max_length=200, verbose_name='file')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='TaskStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='rectification.task')),
                ('action', models.CharField(choices=[('raise', 'Raised'), ('acknowledge', 'Signed for the task'), ('reply', 'Replied'), ('pass_on', 'Reply passed on by the department'), ('send_back', 'Reply sent back'), ('accept', 'Accepted'), ('refuse', 'Not accepted'), ('funds', 'Fund action recorded')], max_length=12, verbose_name='action')),
                ('from_state', models.CharField(blank=True, choices=[('issued', 'Issued'), ('acknowledged', 'Signed for'), ('returned', 'Sent back for more'), ('department', 'Department reviews the reply'), ('bureau', 'Bureau accepts'), ('closed', 'Closed')], max_length=12)),
                ('to_state', models.CharField(choices=[('issued', 'Issued'), ('acknowledged', 'Signed for'), ('returned', 'Sent back for more'), ('department', 'Department reviews the reply'), ('bureau', 'Bureau accepts'), ('closed', 'Closed')], max_length=12)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('text', models.TextField(blank=True, max_length=2000, verbose_name='opinion')),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Acceptance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acceptances', to='rectification.task')),
                ('reply', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='acceptance', to='rectification.reply')),
                ('result', models.CharField(choices=[('passed', 'Passed'), ('partly', 'Partly passed'), ('failed', 'Not passed')], max_length=10, verbose_name='result')),
                ('verified_amount', foundation.money.MoneyField(blank=True, null=True, verbose_name='verified amount')),
                ('text', models.TextField(blank=True, max_length=2000, verbose_name='opinion')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='FundAction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=foundation.ids.new_public_id, editable=False, max_length=12, unique=True)),
                ('task', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='fund_actions', to='rectification.task')),
                ('cycle', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='monitoring.cycle')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.division')),
                ('section', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.businesssection')),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.department')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.budgetunit')),
                ('kind', models.CharField(choices=[('recover', 'Recovered'), ('cut', 'Cut'), ('reallocate', 'Re-allocated'), ('suspend', 'Suspended')], max_length=12, verbose_name='disposal')),
                ('fund_source', models.CharField(choices=[('general', 'General public budget'), ('govfund', 'Government funds budget'), ('soe', 'State capital operating budget'), ('transfer', 'Transfer from above'), ('special', 'Funds in special fiscal accounts'), ('carryover', 'Carried over from last year'), ('own', "Unit's own funds"), ('other', 'Other funds')], max_length=12, verbose_name='source of funds')),
                ('amount', foundation.money.MoneyField(verbose_name='amount')),
                ('document_no', models.CharField(max_length=60, verbose_name='document number')),
                ('executed_on', models.DateField(verbose_name='executed on')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('recorded_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='fund_action_moves_money'), models.UniqueConstraint(fields=('task', 'kind', 'document_no'), name='one_fund_action_per_document')],
            },
        ),
    ]
