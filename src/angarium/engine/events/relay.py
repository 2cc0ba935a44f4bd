"""The relay: gives committed events their positions and hands them to the sinks.

Invariants, each with a test:

* Positions are gapless and each event has one. They come from a counter row that is locked while stamping, and
  counter, positions and what the sinks write are one transaction: a crash leaves all of it or nothing.
* An event is never skipped. Stamping looks for events *without* a position, not for ids above the last one seen, so a
  writer that commits half a minute after a later id is simply stamped later.
* Events of one subject keep their order: their writers serialise on the subject's row, so the later one has the
  greater id and can only be seen when the earlier one can.
* Two relays are slow together, never wrong: the second waits for the counter row and then sees what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import connection, transaction

from .models import Event
from .positions import EVENTS, locked_position, moved

#: A row when there is anything to stamp. As text, since the relay asks it all the time.
UNSTAMPED = "SELECT 1 FROM events_event WHERE position IS NULL LIMIT 1"
Sink = Callable[[Sequence[Event]], None]
_sinks: list[Sink] = []


def sink(function: Sink) -> Sink:
    """Register a reader that gets every batch inside the stamping transaction, in order of position. It must not
    talk to anything but the database."""
    _sinks.append(function)
    return function


def unstamped(limit: int) -> list[Event]:
    return list(Event.objects.filter(position__isnull=True).order_by("id")[:limit])


def stamp(limit: int = 500) -> int:
    """Stamp up to `limit` events and hand them to the sinks; returns how many. Idle it costs one query."""
    with connection.cursor() as cursor:
        cursor.execute(UNSTAMPED)
        if cursor.fetchone() is None:
            return 0
    with transaction.atomic():
        head = locked_position(EVENTS)
        batch = unstamped(limit)
        for position, event in enumerate(batch, start=head.value + 1):
            event.position = position
        Event.objects.bulk_update(batch, ["position"])
        moved(EVENTS, head.value + len(batch))
        for function in _sinks:
            function(batch)
    return len(batch)
