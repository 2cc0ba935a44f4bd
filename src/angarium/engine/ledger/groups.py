"""Reports of many requests in one transaction, none of which may hold up or spoil those of others.

Somebody may hold the lock on a head: a transaction that hangs, a person at a prompt. A group waits for that a moment;
then it is written without the reports that wait for it, and these are refused for a while without waiting.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from uuid import UUID

from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection, transaction

from angarium.engine.observability.public import get_logger
from angarium.kernel.errors import Unavailable

from .models import Operation
from .report import Answer, report_many
from .rule import Report
from .session import limit_session

#: Seconds that a group waits for a lock, and for which it is remembered that somebody holds it.
PATIENCE, REMEMBERED = 1.0, 5.0
#: Seconds after which a thread asks whether its connection is still good.
LOOKED_AFTER = 1.0
#: What PostgreSQL calls it when a lock could not be had in time.
LOCK_NOT_AVAILABLE = "55P03"
Answers = list[Answer] | Exception
_held_up: dict[UUID, float] = {}
_thread = threading.local()
_log = get_logger(__name__)


def report_together(parties: Sequence[Sequence[Report]]) -> list[Answers]:
    """Write what all of them say; the answers of each, or why there are none: Unavailable, and nothing of it is stored.
    For threads that do nothing else."""
    _look()
    try:
        return _together(parties)
    finally:
        if connection.settings_dict["CONN_MAX_AGE"] == 0:
            connection.close()


def _together(parties: Sequence[Sequence[Report]]) -> list[Answers]:
    found: list[Answers] = [_hanging() if _waits(party) else [] for party in parties]
    open = [number for number, answers in enumerate(found) if not isinstance(answers, Exception)]
    for number, answers in zip(open, _written([parties[number] for number in open]), strict=True):
        found[number] = answers
    return found


def _written(parties: Sequence[Sequence[Report]]) -> list[Answers]:
    if not parties:
        return []
    try:
        limit_session(lock=PATIENCE)
        answers = iter(report_many([one for party in parties for one in party]))
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            return _without_those_held_up(parties)
        return _not_written(parties, error)
    except (DatabaseError, InterfaceError) as error:
        if len(parties) > 1 and not isinstance(error, InterfaceError):
            return [_written([party])[0] for party in parties]
        return _not_written(parties, error)
    return [[next(answers) for _ in party] for party in parties]


def _not_written(parties: Sequence[Sequence[Report]], error: Exception) -> list[Answers]:
    _log.warning("reports.not_written", error=str(error).strip(), reports=sum(map(len, parties)))
    connection.close()
    away = Unavailable("The database does not answer in time; nothing was stored, report again.")
    return [away for _ in parties]


def _without_those_held_up(parties: Sequence[Sequence[Report]]) -> list[Answers]:
    """Whose locks are held is asked and remembered; the others are written."""
    ids = {one.operation for party in parties for one in party}
    rows = Operation.objects.filter(id__among=sorted(ids)).values_list("id", flat=True)
    with transaction.atomic():
        held = set(rows) - set(rows.select_for_update(skip_locked=True, no_key=True))
    _log.warning("reports.held_up", operations=[str(id) for id in sorted(held)][:10], number=len(held))
    _held_up.update(dict.fromkeys(held, time.monotonic() + REMEMBERED))
    waiting = [any(one.operation in held for one in party) for party in parties]
    others = iter(_written([party for party, waits in zip(parties, waiting, strict=True) if not waits]))
    return [_hanging() if waits else next(others) for waits in waiting]


def _waits(party: Sequence[Report]) -> bool:
    """Does it wait for a lock that somebody was just seen to hold?"""
    if not _held_up:
        return False
    moment = time.monotonic()
    for id in [id for id, until in list(_held_up.items()) if until < moment]:
        _held_up.pop(id, None)
    return any(one.operation in _held_up for one in party)


def _hanging() -> Unavailable:
    return Unavailable("Another transaction holds this operation; nothing was stored, report again.", retry_after="5")


def _look() -> None:
    """Have broken and old connections closed; not for each group, since that costs a question."""
    moment = time.monotonic()
    if moment - getattr(_thread, "looked_at", 0.0) > LOOKED_AFTER:
        close_old_connections()
        _thread.looked_at = moment
