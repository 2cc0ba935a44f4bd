"""What is done for many who come at once, so that they hold up neither the database nor those who are there.

Of questions the database is asked few: who asks while an answer is on its way waits for the one after it, so that
nobody is told what was so before they asked. Work of the loop's own is done a little in each of its turns.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from angarium.engine.identity.public import Principal

from .frames import Frame
from .judging import Asked, Verdict, judge
from .threads import in_thread

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Together(Generic[K, V]):
    """One question about one thing, asked once for all who wait to have it asked."""

    def __init__(self, question: Callable[[K], Awaitable[V]]) -> None:
        self._question = question
        self._asking: dict[K, asyncio.Task[V]] = {}
        self._next: dict[K, asyncio.Task[V]] = {}

    async def ask(self, about: K) -> V:
        task = self._next.get(about)
        if task is None:
            task = self._next[about] = asyncio.create_task(self._ask(about, self._asking.get(about)))
        return await asyncio.shield(task)

    async def _ask(self, about: K, before: asyncio.Task[V] | None) -> V:
        if before is not None:
            await asyncio.wait([before])
        self._asking[about] = mine = self._next.pop(about)
        try:
            return await self._question(about)
        finally:
            if self._asking.get(about) is mine:
                del self._asking[about]


class Turns:
    """Lets so many on in each turn of the loop, in their order, so that in between others have theirs."""

    def __init__(self, each: int) -> None:
        self._free = asyncio.Semaphore(each)

    async def wait(self) -> None:
        await self._free.acquire()
        asyncio.get_running_loop().call_soon(self._free.release)


class Court:
    """Judges all that was brought before it, whoever brought it, in one sitting."""

    def __init__(self) -> None:
        self._brought: set[Asked] = set()
        self._sitting = Together(self._sit)

    async def judge(self, principal: Principal, frames: Iterable[Frame]) -> Mapping[Frame, Verdict]:
        """Its verdicts for these, and others of the sitting: they are shared, and only to be read."""
        self._brought.update((principal, frame) for frame in frames)
        return (await self._sitting.ask(None))[principal]

    async def _sit(self, _: None) -> Mapping[Principal, Mapping[Frame, Verdict]]:
        brought, self._brought = self._brought, set()
        return await in_thread(_sorted_verdicts, brought)


def _sorted_verdicts(brought: Iterable[Asked]) -> Mapping[Principal, Mapping[Frame, Verdict]]:
    found: dict[Principal, dict[Frame, Verdict]] = defaultdict(dict)
    for (principal, frame), verdict in judge(brought).items():
        found[principal][frame] = verdict
    return found
