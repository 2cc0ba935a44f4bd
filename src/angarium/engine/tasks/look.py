"""The relay's one look at whether there is anything to do: a single statement, since most looks find nothing."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from angarium.engine.events.public import UNSTAMPED
from angarium.engine.ledger.public import LAST, NEXT_DUE, as_instant

_LOOK = f"SELECT EXISTS ({UNSTAMPED}), ({NEXT_DUE}), ({LAST})"


def look() -> tuple[bool, datetime | None, int]:
    """Is there an event to stamp; when is something due (None: nothing is open); the id of the last transition."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK)
        events, due, last = cursor.fetchone()
    return bool(events), as_instant(due), last or 0
