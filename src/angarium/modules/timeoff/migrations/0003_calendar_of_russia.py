"""The calendar of Russia, as far as it is known, in every installation. What is there already stays as it is.

It stays on the way back too: people may have changed it, and the days of approved vacations were counted by it.
"""

from django.db import migrations

from angarium.modules.timeoff.holidays_ru import ROWS


def fill(apps, schema_editor):
    holidays = apps.get_model("timeoff", "Holiday").objects
    there = set(holidays.filter(country="RU").values_list("day", flat=True))
    model = holidays.model
    holidays.bulk_create(
        model(country="RU", day=row.on, kind=row.kind, name=row.name, source=row.source)
        for row in ROWS
        if row.on not in there
    )


class Migration(migrations.Migration):
    dependencies = [("timeoff", "0002_guards")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
