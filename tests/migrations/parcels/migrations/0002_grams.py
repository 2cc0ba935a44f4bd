from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("parcels", "0001_initial")]
    operations = [migrations.AddField("Parcel", "grams", models.IntegerField(null=True))]
