from django.db import migrations, models

from angarium.engine.schema.public import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("parcels", "0003_fill_grams")]
    operations = [AddIndexConcurrently("parcel", models.Index(fields=["grams"], name="parcels_parcel_grams"))]
