"""Rows of the first form get the line of their timeline that they would have; backwards, states it did not know
become those that it did."""

from django.db import migrations

BEFORE = {
    "deferred": "queued", "sending": "queued", "delivered": "sent", "expired": "failed", "suppressed": "failed",
    "cancelled": "failed",
}


def note_where_each_stands(apps, schema_editor):
    step = apps.get_model("delivery", "DeliveryStep")
    rows = apps.get_model("delivery", "Delivery").objects.order_by("id")
    known = step.objects.values("delivery")
    lines = (
        step(
            delivery=row.id,
            at=row.sent_at or row.created_at,
            state=row.state,
            because=row.because,
            attempt=row.attempts,
        )
        for row in rows.exclude(id__in=known).iterator(500)
    )
    while batch := [line for line, _ in zip(lines, range(500))]:
        step.objects.bulk_create(batch)


def name_states_that_were_known(apps, schema_editor):
    rows = apps.get_model("delivery", "Delivery").objects
    for state, before in BEFORE.items():
        rows.filter(state=state).update(state=before)


class Migration(migrations.Migration):
    lost_on_the_way_back = {
        "delivery_delivery.state": "The release before knows three states: what waits is queued again, what went wrong has failed.",
    }
    dependencies = [("delivery", "0002_states")]

    operations = [migrations.RunPython(note_where_each_stands, name_states_that_were_known)]
