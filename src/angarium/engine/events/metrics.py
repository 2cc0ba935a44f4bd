"""The numbers of the event log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial

from django.db import transaction
from django.db.models import Count, Min

from angarium.engine.observability.public import Reading, at_scrape, counter
from angarium.kernel.clock import now

from .models import Event, LogPosition
from .positions import EVENTS

_published = counter("angarium_events_published", "Events committed by these processes.", ["type"])


def published(rows: Sequence[Event]) -> None:
    """Count these events once they are committed."""
    transaction.on_commit(partial(_count, Counter(row.type for row in rows)), robust=True)


def _count(by_type: Counter[str]) -> None:
    for kind, number in by_type.items():
        _published.labels(kind).inc(number)


def read() -> Iterable[Reading]:
    waiting = Event.objects.filter(position__isnull=True).aggregate(number=Count("id"), oldest=Min("at"))
    lag = (now() - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0.0
    stamped = LogPosition.objects.filter(log=EVENTS).values_list("value", flat=True).first()
    return (
        Reading("angarium_events_stamped", "Events that have their position.", {(): stamped or 0}, grows=True),
        Reading("angarium_events_unstamped", "Committed events not seen by a relay.", {(): waiting["number"]}),
        Reading(
            "angarium_events_lag_seconds",
            "How long the oldest of the events without a position has waited.",
            {(): max(lag, 0.0)},
        ),
    )


at_scrape("events", read)
