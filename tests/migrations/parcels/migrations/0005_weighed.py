from django.db import migrations, models

from angarium.engine.schema.public import AddConstraintNotValid


class Migration(migrations.Migration):
    dependencies = [("parcels", "0004_by_grams")]
    operations = [
        AddConstraintNotValid(
            "parcel", models.CheckConstraint(condition=models.Q(grams__gte=-1), name="parcels_parcel_weighed")
        )
    ]
