"""Group commit: reports that arrive together are written in one transaction, and each is answered after its COMMIT.

There is no timer. While one group is being written the next one gathers; so one that comes alone goes alone, and the
more come, the more go together. What waits is bounded: beyond that, whoever comes is told to come again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from angarium.engine.ledger.public import Answer, Report, report_together
from angarium.modules.operations import metrics
from angarium.modules.operations.errors import TooManyReports

#: Reports in one transaction; reports that wait for one.
MOST_TOGETHER, MOST_WAITING = 500, 20_000
#: Groups that are written at the same time.
WRITERS = 2


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
            metrics.turned_away.inc(len(reports))
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
            self._threads.submit(self._write, group)

    def _write(self, group: Sequence[Party]) -> None:
        """In a thread."""
        found: Sequence[list[Answer] | Exception]
        try:
            found = written([party.reports for party in group])
        except Exception as error:  # noqa: BLE001  whatever it is, whoever asked is told
            found = [error] * len(group)
        with suppress(RuntimeError):  # the loop is closed, and nobody is there any more
            self._loop.call_soon_threadsafe(self._told, group, found)

    def _group(self) -> list[Party]:
        group = [self._waiting.popleft()]
        size = len(group[0].reports)
        while self._waiting and size + len(self._waiting[0].reports) <= MOST_TOGETHER:
            group.append(self._waiting.popleft())
            size += len(group[-1].reports)
        self._size -= size
        return group

    def _told(self, group: Sequence[Party], found: Sequence[list[Answer] | Exception]) -> None:
        self._writing -= 1
        self._begin()
        for party, answers in zip(group, found, strict=True):
            if party.answers.done():  # whoever asked has left
                continue
            if isinstance(answers, list):
                party.answers.set_result(answers)
            else:
                party.answers.set_exception(answers)


def written(parties: Sequence[Sequence[Report]]) -> list[list[Answer] | Exception]:
    """Write what all of them say in one transaction. Runs in a thread."""
    return report_together(parties)


_gates: dict[asyncio.AbstractEventLoop, Gate] = {}


def gate() -> Gate:
    """The gate of the running loop."""
    loop = asyncio.get_running_loop()
    if loop not in _gates:
        for old in [one for one in _gates if one.is_closed()]:
            del _gates[old]
        _gates[loop] = Gate()
    return _gates[loop]
