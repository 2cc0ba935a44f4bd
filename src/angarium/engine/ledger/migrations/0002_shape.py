"""The shape on PostgreSQL: room in each page for the heads' updates, and an index of what is being worked on."""

from django.db import migrations, models


def _fillfactor(change):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE ledger_operation {change}")

    return run


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="due",
            index=models.Index(
                fields=["kind", "order_key"],
                condition=models.Q(("claimed", True), models.Q(("order_key", ""), _negated=True)),
                name="ledger_due_held",
            ),
        ),
        migrations.RunPython(_fillfactor("SET (fillfactor = 70)"), _fillfactor("RESET (fillfactor)")),
    ]
