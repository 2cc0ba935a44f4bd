from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Backfill",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("app", models.CharField(max_length=100)),
                ("name", models.CharField(max_length=200)),
                ("backwards", models.BooleanField(default=False)),
                ("position", models.TextField(blank=True)),
                ("rows", models.BigIntegerField(default=0)),
                ("done", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("app", "name", "backwards"), name="schema_backfill_once")
                ],
            },
        ),
    ]
