"""Texts become grams and grams texts. What an old release meant by nothing, by an empty text and by "?" stays apart:
not weighed (null), no weight (0), and unknown (-1). Each change of a row is counted."""

import os
import signal
from decimal import Decimal
from pathlib import Path

from django.db import migrations

from angarium.engine.schema.public import InBatches

SIZE = 25
_WORDS = {None: None, "": 0, "?": -1}
_MEANINGS = {grams: word for word, grams in _WORDS.items()}


def to_grams(model, rows):
    for row in rows:
        known = row.weight in _WORDS
        row.grams = _WORDS[row.weight] if known else int(Decimal(row.weight.replace(",", ".")) * 1000)
        row.changes += 1
    write(model, rows, "grams")


def to_text(model, rows):
    for row in rows:
        known = row.grams in _MEANINGS
        row.weight = _MEANINGS[row.grams] if known else str(Decimal(row.grams) / 1000).replace(".", ",")
        row.changes -= 1
    write(model, rows, "weight")


def write(model, rows, column):
    """In a test the batch with a certain row stops here, written and not committed, until the process is killed."""
    model.objects.bulk_update(rows, [column, "changes"])
    if any(str(row.pk) == os.environ.get("PARCELS_STOP_AT") for row in rows):
        Path(os.environ["PARCELS_STOPPED"]).touch()
        signal.pause()


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("parcels", "0002_grams"), ("schema", "0001_initial")]
    operations = [InBatches("0003_fill_grams", "parcel", forwards=to_grams, backwards=to_text, size=SIZE)]
