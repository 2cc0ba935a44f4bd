"""What was changed of rows that are edited in place, by whom; and calendars that people's programs fetch.

A change is only appended, which the database itself sees to, as with entries and steps.
"""

import angarium.kernel.clock
import angarium.kernel.ids
import django.core.serializers.json
import django.db.models.deletion
from django.db import migrations, models


NAME = "timeoff_change_only_appended"
POSTGRES = (
    f"CREATE TRIGGER {NAME} BEFORE UPDATE ON timeoff_change FOR EACH ROW EXECUTE FUNCTION timeoff_only_appended()"
)
SQLITE = (
    f"CREATE TRIGGER {NAME} BEFORE UPDATE ON timeoff_change "
    "BEGIN SELECT RAISE(ABORT, 'Rows of timeoff_change are only appended.'); END"
)


def guard(apps, schema_editor):
    schema_editor.execute(POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE, params=None)


def unguard(apps, schema_editor):
    table = " ON timeoff_change" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER {NAME}{table}", params=None)


class Migration(migrations.Migration):
    lost_on_the_way_back = {
        "timeoff_change": "Who changed what is in the log of events too, without the salaries.",
        "timeoff_feed": "The addresses of calendars end; people make new ones.",
    }
    dependencies = [
        ("timeoff", "0003_calendar_of_russia"),
    ]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("subject", models.CharField(max_length=60, verbose_name="subject")),
                (
                    "before",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder, null=True, verbose_name="before"
                    ),
                ),
                (
                    "after",
                    models.JSONField(
                        encoder=django.core.serializers.json.DjangoJSONEncoder, null=True, verbose_name="after"
                    ),
                ),
                ("person", models.UUIDField(null=True, verbose_name="person")),
                ("name", models.CharField(blank=True, max_length=255, verbose_name="name")),
                ("at", models.DateTimeField(default=angarium.kernel.clock.now, editable=False, verbose_name="at")),
            ],
            options={
                "verbose_name": "change",
                "verbose_name_plural": "changes",
                "ordering": ["id"],
                "indexes": [models.Index(fields=["subject", "id"], name="timeoff_change_of")],
            },
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=angarium.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("person", models.UUIDField(verbose_name="person")),
                (
                    "created_at",
                    models.DateTimeField(default=angarium.kernel.clock.now, editable=False, verbose_name="made"),
                ),
                ("fetched_at", models.DateTimeField(editable=False, null=True, verbose_name="last fetched")),
                ("ended_at", models.DateTimeField(editable=False, null=True, verbose_name="ended")),
                (
                    "department",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="timeoff.department",
                        verbose_name="department",
                    ),
                ),
            ],
            options={
                "verbose_name": "calendar feed",
                "verbose_name_plural": "calendar feeds",
                "ordering": ["created_at", "id"],
                "indexes": [models.Index(fields=["person", "created_at"], name="timeoff_feed_of")],
            },
        ),
        migrations.RunPython(guard, unguard),
    ]
