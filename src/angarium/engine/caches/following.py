"""Reading the event log on, for a process that nobody tells what others have committed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

from django.db import connection
from django.db.models import Q

from angarium.engine.events.public import EVENTS, Event

from .concerns import concerned

#: Events that are read on at once; when there are more, everything is forgotten.
MOST = 1000
#: The generation of the log, its last position, and whether it has events that no relay has seen.
_STANDS = f"""
SELECT (SELECT generation FROM events_logposition WHERE log = '{EVENTS}'),
       (SELECT value FROM events_logposition WHERE log = '{EVENTS}'),
       EXISTS (SELECT 1 FROM events_event WHERE position IS NULL)
"""  # noqa: S608


class Follower:
    """`seen` is the last position whose event was told of; `ahead` are events that were, and have no position yet."""

    def __init__(self, raise_versions: Callable[[Collection[str]], None], forget_all: Callable[[], None]) -> None:
        self._raise, self._forget = raise_versions, forget_all
        self._lock = threading.Lock()
        self._generation, self._seen = "", -1
        self._ahead: set[int] = set()

    def catch_up(self) -> str:
        """Raise what was committed since the last time; the generation of the log. Who is told that there is nothing
        new knows that it has been raised: `seen` is set after that."""
        generation, value, unseen = _stands()
        if (generation, value, unseen) == (self._generation, self._seen, False):
            return generation
        with self._lock:
            generation, value, _ = _stands()
            if generation != self._generation or not 0 <= self._seen <= value:
                self._begin(generation, value)
            self._read_on(value)
        return generation

    def _begin(self, generation: str, value: int) -> None:
        self._forget()
        self._generation, self._seen, self._ahead = generation, value, set()

    def _read_on(self, value: int) -> None:
        after = Event.objects.filter(Q(position__isnull=True) | Q(position__gt=self._seen))
        places = dict(after.values_list("id", "position")[: MOST + 1])
        if len(places) > MOST:
            self._begin(self._generation, value)
            return
        fresh = places.keys() - self._ahead
        if fresh:
            self._raise(concerned(list(Event.objects.filter(id__in=fresh))))
        self._ahead = {id for id, position in places.items() if position is None}
        self._seen = max([self._seen, *(position for position in places.values() if position is not None)])


def _stands() -> tuple[str, int, bool]:
    with connection.cursor() as cursor:
        cursor.execute(_STANDS)
        generation, value, unseen = cursor.fetchone()
    return generation or "", value or 0, bool(unseen)
