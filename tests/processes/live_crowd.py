"""A crowd of readers in an event loop and a thread of their own, and what it has to say when all is over."""

from __future__ import annotations

import asyncio
import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import TypeVar

import uvloop

from tests.processes.live_reader import LOGS, Attempt, Reader, SocketReader, StreamReader, Visitor

R = TypeVar("R")
#: What somebody may read, by log: the positions in order.
Readable = Mapping[str, Sequence[int]]


class Crowd:
    """`readers` are all of them; visitors take turns, and of each two thirds of the readers are restless, for as long
    as there is something left of `drops`: how often they may hang up, all together."""

    def __init__(
        self, port: int, visitors: Sequence[Visitor], *, streams: int, sockets: int, restless: int = 6, seed: int = 20,
        keep_every: int = 1, sources: int = 0,
    ) -> None:  # fmt: skip
        self.drops = float("inf")
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="crowd", daemon=True)
        self._tasks: list[asyncio.Task[None]] = []
        kinds: list[type[Reader]] = [SocketReader] * sockets + [StreamReader] * streams
        dice = Random(seed)
        dice.shuffle(kinds)
        self.readers: list[Reader] = []
        for number, kind in enumerate(kinds):
            turn, visitor = divmod(number, len(visitors))
            own = Random(dice.random())
            one = kind(
                visitors[visitor], port, own, restless=restless if turn % 3 else 0, keeps=turn % (3 * keep_every) == 0
            )
            one.may = self._may_hang_up
            one.source = (f"127.0.1.{1 + number % sources}", 0) if sources else None
            self.readers.append(one)

    def begin(self, within: float, at_once: int = 200) -> None:
        """Have all of them connect, so many at once, and wait until they are welcomed."""
        self._thread.start()
        self._in_loop(self._begin(at_once), within)

    async def _begin(self, at_once: int) -> None:
        for first in range(0, len(self.readers), at_once):
            some = self.readers[first : first + at_once]
            self._tasks += [asyncio.create_task(one.run()) for one in some]
            await asyncio.gather(*(one.until(lambda each: bool(each.begun)) for one in some))

    def _may_hang_up(self) -> bool:
        self.drops -= 1
        return self.drops >= 0

    def calm(self) -> None:
        """From now on nobody hangs up."""
        for one in self.readers:
            one.restless = 0

    def wait(self, done: Callable[[Reader], bool], within: float, among: Sequence[Reader] | None = None) -> None:
        """Wait until it is so for each. AssertionError with those for whom it is not."""
        some = self.readers if among is None else among
        try:
            self._in_loop(_all(one.until(done) for one in some), within)
        except TimeoutError:
            left = [one for one in some if not done(one)]
            raise AssertionError(f"{len(left)} of {len(some)} do not get there within {within} s: {left[:5]}") from None

    def wait_for_one(self, done: Callable[[Reader], bool], within: float) -> None:
        """Wait until it is so for one of those who keep what they hear. AssertionError when it is for none."""
        some = [one for one in self.readers if one.kept is not None]
        try:
            self._in_loop(_one([one.until(done) for one in some]), within)
        except TimeoutError:
            raise AssertionError(f"nobody gets there within {within} s: {some[:5]}") from None

    def wait_for(self, readable: Mapping[str, Readable], within: float) -> None:
        """Wait until each has heard the last that it may read."""

        last = {(name, log): (positions[log] or [0])[-1] for name, positions in readable.items() for log in LOGS}

        def done(one: Reader) -> bool:
            due = {log: last[one.visitor.name, log] for log in LOGS}
            return all(due[log] <= one.begun[log] or (one.heard[log] or [0])[-1] >= due[log] for log in LOGS)

        self.wait(done, within)

    def _in_loop(self, work: Awaitable[R], within: float) -> R:
        async def timed() -> R:
            return await asyncio.wait_for(work, within)

        return asyncio.run_coroutine_threadsafe(timed(), self._loop).result()

    def end(self) -> None:
        if self._thread.is_alive():
            self._in_loop(self._end(), 30)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        for one in self.readers:
            one.leave()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- what became of them

    def attempts(self, since: float = 0.0, until: float = float("inf")) -> list[Attempt]:
        """All attempts that were made in this time, in their order."""
        return sorted(
            (each for one in self.readers for each in one.attempts if since <= each.at < until), key=lambda a: a.at
        )

    @property
    def ends(self) -> Counter[str]:
        return sum((one.ends for one in self.readers), Counter())

    def complaints(self, readable: Mapping[str, Readable]) -> list[str]:
        """What is not as promised: gaps, doubles, resets, and what the readers noted themselves."""
        found: list[str] = []
        for number, one in enumerate(self.readers):
            who = f"reader {number} ({type(one).__name__}, {one.visitor.name})"
            found += [f"{who}: {text}" for text in one.wrong]
            found += [f"{who}: {one.resets} resets"] if one.resets else []
            for log in LOGS:
                due = _due(one, readable, log)
                if list(one.heard[log]) == due:
                    continue
                heard = Counter(one.heard[log])
                missed, twice = sorted(set(due) - set(heard)), [p for p, times in heard.items() if times > 1]
                foreign = sorted(set(heard) - set(due))
                for what, positions in (("missed", missed), ("heard twice", twice), ("may not hear", foreign)):
                    found += [f"{who}: {what} {positions[:9]} of {log}"] if positions else []
        return found


def _due(one: Reader, readable: Mapping[str, Readable], log: str) -> Sequence[int]:
    """What this reader has to hear: what it may read after the place where it began."""
    everything = readable[one.visitor.name][log]
    return list(everything[bisect_right(everything, one.begun[log]) :])


async def _all(waiting: Iterator[Awaitable[None]]) -> None:
    await asyncio.gather(*waiting)


async def _one(waiting: Sequence[Coroutine[None, None, None]]) -> None:
    tasks = [asyncio.create_task(each) for each in waiting]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


@contextmanager
def crowd(port: int, visitors: Sequence[Visitor], *, within: float = 20, **words: int) -> Iterator[Crowd]:
    """Readers that are welcomed, for as long as the block lasts."""
    made = Crowd(port, visitors, **words)
    try:
        made.begin(within)
        yield made
    finally:
        made.end()
