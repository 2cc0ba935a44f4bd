import angarium.engine.events.models
from django.db import migrations, models


def begin_both_logs(apps, schema_editor):
    positions = apps.get_model("events", "LogPosition").objects
    for log in ("events", "work"):
        positions.get_or_create(log=log)


class Migration(migrations.Migration):
    lost_on_the_way_back = {
        "events_logposition.generation": "A new one is made, and readers that knew the old one read again from the beginning.",
    }
    dependencies = [
        ("events", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="logposition",
            name="generation",
            field=models.CharField(default=angarium.engine.events.models.new_generation, max_length=32),
        ),
        migrations.RunPython(begin_both_logs, migrations.RunPython.noop),
    ]
