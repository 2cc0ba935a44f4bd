"""Which task was made for which lesson."""

from django.db import migrations, models


class Migration(migrations.Migration):
    lost_on_the_way_back = {
        "projects_preparation": "The tasks stay; which lesson each was made for is in the events.",
    }
    dependencies = [("projects", "0002_what_people_are_told")]

    operations = [
        migrations.CreateModel(
            name="Preparation",
            fields=[
                (
                    "lesson",
                    models.BigIntegerField(primary_key=True, serialize=False, verbose_name="number of the lesson"),
                ),
                ("task", models.IntegerField(unique=True, verbose_name="number of the task")),
            ],
            options={
                "verbose_name": "preparation",
                "verbose_name_plural": "preparations",
                "ordering": ["lesson"],
            },
        ),
    ]
