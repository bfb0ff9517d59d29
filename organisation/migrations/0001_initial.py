import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
import organisation.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Division',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=9, unique=True, verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='organisation.division')),
                ('is_bureau', models.BooleanField(default=False, verbose_name='keeps projects here')),
            ],
            options={
                'verbose_name': 'division',
                'ordering': ['code'],
                'permissions': [('steer_division', 'Steers monitoring of the division'), ('oversee_division', 'Reads everything of the division'), ('run_division', 'Runs the installation'), ('appoint_division', 'Appoints people'), ('audit_division', 'Reads the audit trail')],
            },
        ),
        migrations.CreateModel(
            name='BusinessSection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.division')),
                ('code', models.CharField(max_length=21, verbose_name='code')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='closed on')),
            ],
            options={
                'verbose_name': 'business section',
                'ordering': ['code'],
                'permissions': [('review_businesssection', 'Reviews for the section')],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('division', 'code'), name='one_section_per_code')],
            },
        ),
        migrations.CreateModel(
            name='Department',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.division')),
                ('code', models.CharField(max_length=21, verbose_name='code')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='closed on')),
                ('section', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='departments', to='organisation.businesssection')),
                ('successor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='predecessors', to='organisation.department')),
            ],
            options={
                'verbose_name': 'department',
                'ordering': ['code'],
                'permissions': [('review_department', 'Reviews for the department')],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('division', 'code'), name='one_department_per_code')],
            },
        ),
        migrations.CreateModel(
            name='BudgetUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.division')),
                ('code', models.CharField(max_length=21, verbose_name='code')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='closed on')),
                ('department', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='units', to='organisation.department')),
                ('successor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='predecessors', to='organisation.budgetunit')),
            ],
            options={
                'verbose_name': 'budget unit',
                'ordering': ['code'],
                'permissions': [('fill_budgetunit', "Fills the unit's tables"), ('confirm_budgetunit', "Confirms the unit's tables")],
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('division', 'code'), name='one_unit_per_code')],
            },
        ),
        migrations.CreateModel(
            name='Institution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisation.division')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('credit_code', models.CharField(blank=True, max_length=18, verbose_name='unified social credit code')),
            ],
            options={
                'verbose_name': 'third-party institution',
                'ordering': ['name'],
                'permissions': [('work_institution', 'Works for the institution')],
                'constraints': [models.UniqueConstraint(fields=('division', 'name'), name='one_institution_per_name')],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('name', models.CharField(max_length=60, verbose_name='full name')),
                ('phone', models.CharField(blank=True, max_length=30, verbose_name='telephone')),
                ('division', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='people', to='organisation.division')),
                ('language', models.CharField(default='zh-hans', max_length=10, verbose_name='language')),
                ('is_demo', models.BooleanField(default=False)),
                ('must_change_password', models.BooleanField(default=False)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'person',
                'ordering': ['username'],
            },
            managers=[
                ('objects', organisation.models.PeopleManager()),
            ],
        ),
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('role', models.CharField(choices=[('clerk', 'Unit clerk'), ('head', 'Unit head'), ('department', 'Department reviewer'), ('section', 'Business section reviewer'), ('performance', 'Performance section'), ('leader', 'Bureau leader'), ('auditor', 'Third-party auditor'), ('sysadmin', 'System administrator'), ('secadmin', 'Security administrator'), ('auditadmin', 'Audit administrator')], max_length=12, verbose_name='role')),
                ('kind', models.CharField(choices=[('division', 'Division'), ('section', 'Business section'), ('department', 'Department'), ('unit', 'Budget unit'), ('institution', 'Third-party institution')], max_length=12, verbose_name='kind of node')),
                ('division', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='organisation.division')),
                ('section', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='organisation.businesssection')),
                ('department', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='organisation.department')),
                ('unit', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='organisation.budgetunit')),
                ('institution', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='organisation.institution')),
                ('starts_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(blank=True, null=True, verbose_name='until')),
                ('appointed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'appointment',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['user', 'ends_on'], name='appointments_of_a_person')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('department', None), ('division__isnull', False), ('institution', None), ('kind', 'division'), ('section', None), ('unit', None)), models.Q(('department', None), ('division', None), ('institution', None), ('kind', 'section'), ('section__isnull', False), ('unit', None)), models.Q(('department__isnull', False), ('division', None), ('institution', None), ('kind', 'department'), ('section', None), ('unit', None)), models.Q(('department', None), ('division', None), ('institution', None), ('kind', 'unit'), ('section', None), ('unit__isnull', False)), models.Q(('department', None), ('division', None), ('institution__isnull', False), ('kind', 'institution'), ('section', None), ('unit', None)), _connector='OR'), name='appointment_is_at_one_node'), models.CheckConstraint(condition=models.Q(('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='appointment_ends_after_it_starts'), models.UniqueConstraint(condition=models.Q(('ends_on', None)), fields=('user', 'role', 'division'), name='one_running_appointment_per_division'), models.UniqueConstraint(condition=models.Q(('ends_on', None)), fields=('user', 'role', 'section'), name='one_running_appointment_per_section'), models.UniqueConstraint(condition=models.Q(('ends_on', None)), fields=('user', 'role', 'department'), name='one_running_appointment_per_department'), models.UniqueConstraint(condition=models.Q(('ends_on', None)), fields=('user', 'role', 'unit'), name='one_running_appointment_per_unit'), models.UniqueConstraint(condition=models.Q(('ends_on', None)), fields=('user', 'role', 'institution'), name='one_running_appointment_per_institution')],
            },
        ),
        migrations.CreateModel(
            name='DivisionGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='organisation.division')),
            ],
            options={
                'unique_together': {('user', 'permission', 'content_object')},
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='BusinessSectionGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='organisation.businesssection')),
            ],
            options={
                'unique_together': {('user', 'permission', 'content_object')},
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DepartmentGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='organisation.department')),
            ],
            options={
                'unique_together': {('user', 'permission', 'content_object')},
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='BudgetUnitGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='organisation.budgetunit')),
            ],
            options={
                'unique_together': {('user', 'permission', 'content_object')},
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='InstitutionGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('permission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='auth.permission')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('content_object', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='organisation.institution')),
            ],
            options={
                'unique_together': {('user', 'permission', 'content_object')},
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to=settings.AUTH_USER_MODEL)),
                ('kind', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=200)),
                ('params', models.JSONField(default=dict)),
                ('url', models.CharField(blank=True, max_length=250)),
                ('created_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('read_at', None)), fields=['recipient'], name='unread_notifications')],
                'constraints': [models.UniqueConstraint(fields=('recipient', 'key'), name='one_notification_per_key')],
            },
        ),
    ]
