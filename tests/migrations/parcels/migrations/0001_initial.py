from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            "Parcel",
            [
                ("id", models.UUIDField(primary_key=True)),
                ("weight", models.CharField(max_length=20, null=True)),
                ("changes", models.IntegerField(default=0)),
            ],
        )
    ]
