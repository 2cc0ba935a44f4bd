"""Letting go of what ended long ago, in small transactions."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from .counters import note
from .models import Operation
from .states import TERMINAL


def prune(before: datetime, *, batch: int = 500) -> int:
    """Delete operations that ended before `before`, with their transitions; returns how many went. Two at once share
    the work, so that each operation is counted off once."""
    gone = 0
    old = Operation.objects.filter(finished_at__lt=before, state__in=TERMINAL).order_by("id")
    while True:
        with transaction.atomic():
            rows = list(old.select_for_update(skip_locked=True).values_list("id", "kind", "state")[:batch])
            Operation.objects.filter(id__in=[id for id, _, _ in rows]).delete()
            note((kind, state, None) for _, kind, state in rows)
        gone += len(rows)
        if len(rows) < batch:
            return gone
