"""Where the hub of a process is kept running: as long as somebody watches it reads on, and beats."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Coroutine
from typing import Any

from django.db import Error as DatabaseError

from angarium.engine.observability.public import get_logger

from .closing import Close
from .doubts import EVERYBODY
from .hints import Ear, Relayed, listen, stop_listening
from .hub import HEARTBEAT, LONGEST_GAP, Hub
from .place import LOGS, here
from .threads import in_thread
from .together import Together
from .watcher import LONGEST_SILENCE

#: Seconds between two looks where hints come, and where they do not.
CALM, ALERT = 5.0, 1.0
#: Seconds between two rounds of asking everybody who they are: what ended by itself (a session's age) is seen then.
ROUND = 60.0
_log = get_logger(__name__)


class Station:
    """One per event loop. `hub()` is ready to be followed."""

    def __init__(self) -> None:
        self._hub: Hub | None = None
        self._ready = Together[None, Hub](self._make_ready)
        self._woken = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ear: Ear | None = None

    async def hub(self) -> Hub:
        """The hub, at the head of the logs."""
        if self._hub is not None and self._hub.watchers:
            return self._hub
        return await self._ready.ask(None)

    async def _make_ready(self, _: None) -> Hub:
        if self._hub is None:
            self._hub = Hub(await in_thread(here))
            self._ear = listen(self._wake)
            for work in (self._read_on, self._beat, self._go_round):
                self._run(work(self._hub))
        elif not self._hub.watchers:
            await self._catch_up(self._hub)
        return self._hub

    async def _catch_up(self, hub: Hub) -> None:
        """After a time in which nobody watched."""
        place = await in_thread(here)
        if any(place.at(log) - hub.place.at(log) > LONGEST_GAP for log in LOGS):
            hub.begin_anew(place)
        while await hub.read_on():
            pass

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._woken.set)
        except RuntimeError:  # the loop is closed
            stop_listening(self._wake, self._ear)

    async def _read_on(self, hub: Hub) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self._pause)
            self._woken.clear()
            if hub.watchers and await self._done(hub.read_on()):
                self._woken.set()

    async def _done(self, work: Coroutine[Any, Any, object]) -> object:
        """What this answers. When it fails, true after a while, so that it is tried again."""
        try:
            return await work
        except DatabaseError as error:
            _log.warning("live.database_unavailable", error=str(error).strip())
        except Exception:  # noqa: BLE001  without these tasks nobody would hear anything any more
            _log.exception("live.failed")
        await asyncio.sleep(random.uniform(0.5, 1.5))  # noqa: S311
        return True

    @property
    def _pause(self) -> float:
        hears = Relayed.here or (self._ear is not None and self._ear.hears)
        return (CALM if hears else ALERT) * random.uniform(0.8, 1.2)  # noqa: S311

    async def _beat(self, hub: Hub) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            moment = self._loop.time()
            for watcher in list(hub.watchers):
                if watcher.busy_since and moment - watcher.busy_since > LONGEST_SILENCE:
                    watcher.end(Close.SILENT)
                    watcher.drop()
            await self._done(hub.beat())

    async def _go_round(self, hub: Hub) -> None:
        """Ask again who is in doubt, and everybody now and then."""
        while True:
            try:
                await asyncio.wait_for(hub.doubts.wait(), ROUND)
            except TimeoutError:
                hub.doubts.add({EVERYBODY})
            in_doubt = hub.doubts.take()
            if await self._done(hub.ask_again(in_doubt)):
                hub.doubts.add(in_doubt)

    def close(self) -> None:
        """The process stops: everybody is told to connect elsewhere."""
        stop_listening(self._wake, self._ear)
        for watcher in list(self._hub.watchers) if self._hub else ():
            watcher.end(Close.GOING_AWAY)
        for task in list(self._tasks):
            task.cancel()


_stations: dict[asyncio.AbstractEventLoop, Station] = {}


def station() -> Station:
    """The station of the running loop."""
    loop = asyncio.get_running_loop()
    for old in [one for one in _stations if one.is_closed()]:
        del _stations[old]
    if loop not in _stations:
        _stations[loop] = Station()
    return _stations[loop]
