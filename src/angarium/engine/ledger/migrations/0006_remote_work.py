"""Work that others do: when it was first claimed, what it is a part of, and how a claim is asked for again."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Exists, Min, OuterRef, Subquery


def forget_orphans(apps, schema_editor):
    """Lines of operations that were deleted while somebody wrote them; before this there is a foreign key."""
    known = apps.get_model("ledger", "Operation").objects.filter(id=OuterRef("operation_id"))
    apps.get_model("ledger", "Transition").objects.exclude(Exists(known)).delete()


def fill(apps, schema_editor):
    lines = apps.get_model("ledger", "Transition").objects.filter(operation=OuterRef("id"), state="running")
    first = Subquery(lines.values("operation").annotate(first=Min("at")).values("first"))
    apps.get_model("ledger", "Operation").objects.filter(epoch__gt=0).update(started_at=first)


class Migration(migrations.Migration):

    right_all_the_same = {
        "holds-up-writers": "Made before there was a release: no ledger is large yet.",
        "changes-all-rows-at-once": "Made before there was a release: no ledger is large yet.",
    }
    lost_on_the_way_back = {
        "ledger_due.claim_key": "Holders ask for their claims again.",
        "ledger_operation.parent ledger_operation.progress_unit ledger_operation.started_at": "Shown by nothing of the release before; the start is in the history too.",
        "ledger_transition.event_id ledger_transition.progress_unit": "As with the operations; a report that comes again is known by its number in the sequence.",
        "ledger_transition": "Lines of operations that are gone, which the foreign key of before does not bear.",
    }
    dependencies = [
        ('ledger', '0005_stretches'),
    ]

    operations = [
        migrations.AddField(
            model_name='due',
            name='claim_key',
            field=models.CharField(blank=True, db_default='', default='', max_length=64),
        ),
        migrations.AddField(
            model_name='operation',
            name='parent',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='operation',
            name='progress_unit',
            field=models.CharField(blank=True, db_default='', default='', max_length=20),
        ),
        migrations.AddField(
            model_name='operation',
            name='started_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='transition',
            name='event_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='transition',
            name='progress_unit',
            field=models.CharField(blank=True, db_default='', default='', max_length=20),
        ),
        migrations.AlterField(
            model_name='due',
            name='queue',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AlterField(
            model_name='transition',
            name='operation',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='transitions', to='ledger.operation'),
        ),
        migrations.AddIndex(
            model_name='due',
            index=models.Index(condition=models.Q(('claimed', False), ('queue', '')), fields=['kind', 'due_at'], name='ledger_due_to_be_fetched'),
        ),
        migrations.AddIndex(
            model_name='due',
            index=models.Index(condition=models.Q(('claim_key', ''), _negated=True), fields=['claim_key'], name='ledger_due_claim_key'),
        ),
        migrations.AddIndex(
            model_name='operation',
            index=models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent', 'id'], name='ledger_operation_parent'),
        ),
        migrations.AddConstraint(
            model_name='transition',
            constraint=models.UniqueConstraint(condition=models.Q(('event_id__isnull', False)), fields=('operation', 'event_id'), name='ledger_transition_event_once'),
        ),
        migrations.RunPython(fill, forget_orphans),
    ]
