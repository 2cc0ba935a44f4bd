from django.db import migrations

from angarium.engine.schema.public import ValidateConstraint


class Migration(migrations.Migration):
    dependencies = [("parcels", "0005_weighed")]
    operations = [ValidateConstraint("parcel", "parcels_parcel_weighed")]
