"""One connection as the hub sees it: what it follows, where it stands, and what waits to be sent to it.

What waits is bounded in bytes, besides what is told to one who comes back: of that nothing is left out. When it grows
beyond that, only the newest stays of the frames that tell the same of a
topic: they are merged into what the client knows, so a later one says all that matters of an earlier one. If that is
still too much, the client is let go with a code that tells it to resume.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Collection

from .closing import Close
from .frames import VERSION, Frame, Waiting, encode
from .judging import Verdict
from .place import LOGS, Place
from .topics import Grant
from .who import Visitor

#: Bytes that may wait for one connection.
MOST_WAITING = 256 * 1024
#: Seconds without anything being taken, while something waits.
LONGEST_SILENCE = 30.0


class Watcher:
    """`visitor` is who watches, asked after the hub had had so many `doubts`. `sent` counts the frames that it was
    sent, `ended` is why it is let go; `drop` ends a connection on which nothing can be sent. `busy_since` is since when
    something is being sent."""

    __slots__ = (
        "_at", "_most", "_size", "awake", "busy_since", "doubts", "drop", "ended", "grant", "queue", "sent", "visitor",
    )  # fmt: skip

    def __init__(self, visitor: Visitor, drop: Callable[[], object], doubts: int = 0) -> None:
        self.visitor = visitor
        self.drop = drop
        self.doubts = doubts
        self.grant = Grant()
        self.queue: deque[Waiting] = deque()
        self.awake = asyncio.Event()
        self.sent = 0
        self.ended: Close | None = None
        self.busy_since = 0.0
        self._at = dict.fromkeys(LOGS, 0)
        self._size = 0
        self._most = MOST_WAITING

    def stand(self, place: Place, logs: Collection[str] = LOGS) -> None:
        """From here on it is told everything of these logs."""
        self._at |= {log: place.at(log) for log in logs}

    def allow(self, size: int) -> None:
        """So many bytes of what it missed may wait too, until it has taken all. They are shared with others."""
        self._most = MOST_WAITING + size

    def offer(self, frame: Frame, verdict: Verdict = Verdict.HEARS, *, anew: bool = False) -> None:
        """Have it sent this frame as far as it may hear it, unless it stands beyond it. `anew` is for what it has not
        followed before."""
        if not anew and frame.position <= self._at[frame.log]:
            return
        self._at[frame.log] = max(self._at[frame.log], frame.position)
        match verdict:
            case Verdict.HEARS:
                self._put(frame.whole)
            case Verdict.TOUCHED:
                self._put(frame.touched)
            case Verdict.GONE:
                self._put(frame.gone)

    def say(self, kind: str, place: Place | None = None, **members: object) -> None:
        """Have a message sent that is no frame, after what waits."""
        where = {"generation": place.generation, "positions": place.positions} if place else {}
        self._put(Waiting(encode({"v": VERSION, "type": kind, **where, **members}), kind, place=place))

    def _put(self, one: Waiting) -> None:
        if self.ended is not None:
            return
        self.queue.append(one)
        self._size += len(one.body)
        if self._size > self._most:
            self._thin_out()
        self.awake.set()

    def take(self) -> Waiting | None:
        """The next one to be sent."""
        if not self.queue:
            self._most = MOST_WAITING
            return None
        one = self.queue.popleft()
        self._size -= len(one.body)
        if one.frame is not None:
            self.sent += 1
        return one

    def take_many(self, size: int) -> list[Waiting]:
        """The next ones to be sent, up to so many bytes, one at least."""
        many: list[Waiting] = []
        while size > 0 and (one := self.take()) is not None:
            many.append(one)
            size -= len(one.body)
        return many

    def forget(self, logs: Collection[str] = LOGS) -> None:
        """The frames of these logs that wait are not sent any more."""
        self.queue = deque(one for one in self.queue if one.frame is None or one.frame.log not in logs)
        self._size = sum(len(one.body) for one in self.queue)

    @property
    def told(self) -> int:
        """How many frames it will have been sent when all that waits has been."""
        return self.sent + sum(1 for one in self.queue if one.frame is not None)

    def end(self, code: Close) -> None:
        """Let it go: nothing more is sent but the code."""
        if self.ended is None:
            self.ended = code
            self.queue.clear()
            self._size = 0
            self.awake.set()

    def _thin_out(self) -> None:
        newest: dict[object, Waiting] = {}
        for one in self.queue:
            key = (one.frame.log, one.frame.topic, one.frame.says) if one.frame else id(one)
            newest.pop(key, None)  # it goes to the end, where its position belongs
            newest[key] = one
        self.queue = deque(newest.values())
        self._size = sum(len(one.body) for one in self.queue)
        if self._size > self._most:
            self.end(Close.SLOW)
