"""Group commit: reports that arrive together are written in one transaction, and each is answered after its COMMIT.

There is no timer. While one group is being written the next one gathers; so one that comes alone goes alone, and the
more come, the more go together. What waits is bounded: beyond that, whoever comes is told to come again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from angarium.engine.ledger.public import Answer, Report, report_many
from angarium.engine.observability.public import counter, get_logger, histogram
from angarium.kernel.errors import Unavailable
from angarium.modules.operations.errors import TooManyReports

#: Reports in one transaction; reports that wait for one.
MOST_TOGETHER, MOST_WAITING = 500, 5000
#: Groups that are written at the same time.
WRITERS = 2
together = histogram(
    "angarium_reports_together", "Reports written in one transaction.", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500)
)
turned_away = counter("angarium_reports_turned_away", "Reports answered 429, since too many waited.")
_log = get_logger(__name__)


@dataclass(slots=True)
class Party:
    """Reports of one request, and where it waits for their answers."""

    reports: Sequence[Report]
    answers: asyncio.Future[list[Answer]]


class Gate:
    """One per event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Party] = deque()
        self._size = self._writing = 0
        self._threads = ThreadPoolExecutor(WRITERS, thread_name_prefix="reports")

    async def take(self, reports: Sequence[Report]) -> list[Answer]:
        """Have these written; their answers, in order. TooManyReports when too many wait, Unavailable without a
        database."""
        if self._size + len(reports) > MOST_WAITING and self._size:
            turned_away.inc(len(reports))
            raise TooManyReports
        party = Party(reports, self._loop.create_future())
        self._waiting.append(party)
        self._size += len(reports)
        self._begin()
        return await party.answers

    def _begin(self) -> None:
        while self._waiting and self._writing < WRITERS:
            self._writing += 1
            group = self._group()
            done = self._loop.run_in_executor(self._threads, written, [party.reports for party in group])
            done.add_done_callback(partial(self._told, group))

    def _group(self) -> list[Party]:
        group = [self._waiting.popleft()]
        size = len(group[0].reports)
        while self._waiting and size + len(self._waiting[0].reports) <= MOST_TOGETHER:
            group.append(self._waiting.popleft())
            size += len(group[-1].reports)
        self._size -= size
        return group

    def _told(self, group: Sequence[Party], done: asyncio.Future[list[list[Answer] | Exception]]) -> None:
        self._writing -= 1
        error = done.exception()
        found = [error] * len(group) if error else done.result()
        for party, answers in zip(group, found, strict=True):
            if party.answers.done():  # whoever asked has left
                continue
            if isinstance(answers, list):
                party.answers.set_result(answers)
            else:
                party.answers.set_exception(answers or RuntimeError())
        self._begin()


def written(parties: Sequence[Sequence[Report]]) -> list[list[Answer] | Exception]:
    """Write what all of them say in one transaction; the answers of each. What cannot be written spoils only its own
    party. Runs in a thread."""
    close_old_connections()
    try:
        return _written(parties)
    finally:
        if connection.settings_dict["CONN_MAX_AGE"] == 0:
            connection.close()


def _written(parties: Sequence[Sequence[Report]]) -> list[list[Answer] | Exception]:
    try:
        answers = iter(report_many([one for party in parties for one in party]))
    except (DatabaseError, InterfaceError) as error:
        if len(parties) > 1 and not isinstance(error, InterfaceError) and connection.is_usable():
            return [_written([party])[0] for party in parties]
        _log.warning("reports.not_written", error=str(error).strip(), reports=sum(map(len, parties)))
        return [Unavailable("The database does not answer in time; nothing was stored, report again.")] * len(parties)
    size = sum(map(len, parties))
    together.observe(size)
    return [[next(answers) for _ in party] for party in parties]


_gates: dict[asyncio.AbstractEventLoop, Gate] = {}


def gate() -> Gate:
    """The gate of the running loop."""
    loop = asyncio.get_running_loop()
    for old in [one for one in _gates if one.is_closed()]:
        del _gates[old]
    if loop not in _gates:
        _gates[loop] = Gate()
    return _gates[loop]
