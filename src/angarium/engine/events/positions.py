"""Where the logs stand: the last position of each, and the generation in which positions can be compared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import structlog
from django.db import connection, transaction

from .models import LogPosition, new_generation

#: The logs there are: this part's own, and the ledger's.
EVENTS, WORK = "events", "work"
#: No log, but what is kept of lists has a generation as well: it begins anew when something could not be told of.
CACHES = "caches"
_log = structlog.get_logger(__name__)
_hearers: list[Callable[[str, int], None]] = []


def locked_position(log: str) -> LogPosition:
    """The log's last position, locked until the transaction ends."""
    LogPosition.objects.get_or_create(log=log)
    return LogPosition.objects.select_for_update().get(log=log)


def after_stamping(hearer: Callable[[str, int], None]) -> Callable[[str, int], None]:
    """Have `hearer(log, position)` called after each commit that gave out positions. It must be quick."""
    _hearers.append(hearer)
    return hearer


def moved(log: str, value: int) -> None:
    """Say, in the stamping transaction, that the log stands at this position once that has committed."""
    LogPosition.objects.filter(log=log).update(value=value)
    for hearer in _hearers:
        transaction.on_commit(partial(hearer, log, value), robust=True)


def heads() -> tuple[str, int, int]:
    """The generation, and the last positions of the events and of the work. One query."""
    rows = {row.log: row for row in LogPosition.objects.all()}
    if EVENTS not in rows:
        rows[EVENTS], _ = LogPosition.objects.get_or_create(log=EVENTS)
    work = rows.get(WORK)
    return rows[EVENTS].generation, rows[EVENTS].value, work.value if work else 0


def begin_generation() -> str:
    """Say that positions from before mean nothing any more: this database was restored from a copy."""
    with transaction.atomic():
        row = locked_position(EVENTS)
        row.generation = new_generation()
        row.save(update_fields=["generation"])
    _log.info("events.generation_begun", generation=row.generation)
    return row.generation


def renew_generation(log: str) -> None:
    """Begin another generation of something that no position counts."""
    changed = LogPosition.objects.filter(log=log).update(generation=new_generation())
    if not changed:
        LogPosition.objects.get_or_create(log=log)


def generations() -> str:
    """The generations of the events and of what is kept of lists, together. One short query, for it is asked often."""
    with connection.cursor() as cursor:
        cursor.execute(_GENERATIONS)
        found = dict(cursor.fetchall())
    return f"{found.get(EVENTS, '')}-{found.get(CACHES, '')}"


_GENERATIONS = f"SELECT log, generation FROM events_logposition WHERE log IN ('{EVENTS}', '{CACHES}')"  # noqa: S608
