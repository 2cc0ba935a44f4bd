import angarium.kernel.clock
import angarium.kernel.ids
import angarium.modules.operations.models
import django.core.validators
import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ledger', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Task',
            fields=[
            ],
            options={
                'verbose_name': 'task',
                'verbose_name_plural': 'tasks',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('ledger.operation',),
        ),
        migrations.CreateModel(
            name='TaskType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True, validators=[django.core.validators.RegexValidator('\\A[a-z][a-z0-9_.]{0,99}\\Z', 'Small latin letters, digits, _ and dots; a letter first.'), angarium.modules.operations.models.not_of_the_code], verbose_name='name')),
                ('queue', models.CharField(blank=True, default='processor', max_length=100, validators=[django.core.validators.RegexValidator('\\A[a-z][a-z0-9_.-]{0,99}\\Z', 'Small latin letters, digits, _, - and dots.')], verbose_name='queue')),
                ('max_claims', models.PositiveSmallIntegerField(default=5, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='most claims')),
                ('lease_seconds', models.PositiveIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(86400)], verbose_name='lease, seconds')),
                ('expected_seconds', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(31622400)], verbose_name='expected, seconds')),
                ('description', models.TextField(blank=True, max_length=2000, verbose_name='description')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'task type',
                'verbose_name_plural': 'task types',
                'ordering': ['name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('max_claims__range', (1, 100))), name='operations_type_claims'), models.CheckConstraint(condition=models.Q(('lease_seconds__range', (1, 86400))), name='operations_type_lease')],
            },
        ),
        migrations.CreateModel(
            name='Pipeline',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True, validators=[django.core.validators.RegexValidator('\\A[a-z][a-z0-9_.]{0,99}\\Z', 'Small latin letters, digits, _ and dots; a letter first.')], verbose_name='name')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('created_at', models.DateTimeField(default=angarium.kernel.clock.now, editable=False, verbose_name='created')),
            ],
            options={
                'verbose_name': 'pipeline',
                'verbose_name_plural': 'pipelines',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='PipelineStage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ordinal', models.PositiveSmallIntegerField(verbose_name='place')),
                ('name', models.CharField(max_length=100, validators=[django.core.validators.RegexValidator('[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]', 'Control characters and line breaks do not belong here.', inverse_match=True)], verbose_name='name')),
                ('kind', models.CharField(max_length=100, verbose_name='kind')),
                ('expected_seconds', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(31622400)], verbose_name='expected, seconds')),
                ('pipeline', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stages', to='operations.pipeline', verbose_name='pipeline')),
            ],
            options={
                'verbose_name': 'stage',
                'verbose_name_plural': 'stages',
                'ordering': ['pipeline', 'ordinal'],
                'constraints': [models.UniqueConstraint(fields=('pipeline', 'ordinal'), name='operations_stage_place'), models.UniqueConstraint(fields=('pipeline', 'name'), name='operations_stage_name')],
            },
        ),
        migrations.CreateModel(
            name='PipelineRun',
            fields=[
                ('id', models.UUIDField(default=angarium.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('pipeline', models.CharField(max_length=100, verbose_name='pipeline')),
                ('stages', models.JSONField(default=list)),
                ('input', models.JSONField(default=dict)),
                ('actor', models.UUIDField(null=True)),
                ('key', models.CharField(max_length=500, null=True, unique=True)),
                ('created_at', models.DateTimeField(default=angarium.kernel.clock.now, editable=False, verbose_name='created')),
            ],
            options={
                'verbose_name': 'pipeline run',
                'verbose_name_plural': 'pipeline runs',
                'indexes': [models.Index(fields=['pipeline', 'id'], name='operations_run_pipeline'), models.Index(condition=models.Q(('actor__isnull', False)), fields=['actor', 'id'], name='operations_run_actor')],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.UUIDField()),
                ('name', models.CharField(max_length=100, validators=[django.core.validators.RegexValidator('[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]', 'Control characters and line breaks do not belong here.', inverse_match=True)], verbose_name='name')),
                ('query', models.CharField(blank=True, max_length=2000)),
                ('created_at', models.DateTimeField(default=angarium.kernel.clock.now, editable=False, verbose_name='created')),
            ],
            options={
                'verbose_name': 'saved view',
                'verbose_name_plural': 'saved views',
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(fields=('person', 'name'), name='operations_view_once')],
            },
        ),
    ]
