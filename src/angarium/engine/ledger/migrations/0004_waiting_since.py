from django.db import migrations, models
from django.db.models import F


def fill(apps, schema_editor):
    apps.get_model("ledger", "Due").objects.update(since=F("due_at"))


class Migration(migrations.Migration):
    lost_on_the_way_back = {
        "ledger_due.since": "It is the moment of being due, which stays.",
    }
    dependencies = [
        ("ledger", "0003_tallies"),
    ]

    operations = [
        migrations.AddField(model_name="due", name="since", field=models.DateTimeField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
