"""Who may hear a frame, where not everything of a topic may be read: asked in threads, once for however many listen."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import Enum
from uuid import UUID

from angarium.engine.events.public import EVENTS
from angarium.engine.identity.public import Principal

from .frames import Frame
from .topics import split


class Verdict(Enum):
    """Hears it; hears that something was touched which it is about, and not what; that it is gone; nothing."""

    HEARS = 1
    TOUCHED = 2
    GONE = 3
    NOTHING = 4


Asked = tuple[Principal, Frame]
Verdicts = dict[Asked, Verdict]


def judge(asked: Iterable[Asked]) -> Verdicts:
    """A verdict for each."""
    bench = _Bench()
    return {(principal, frame): bench.judge(principal, frame) for principal, frame in asked}


def _of_reader(frame: Frame, route: str) -> Verdict:
    """For whoever may read this one of the frame's topics and none before it: an event is told under all of them."""
    if route in frame.lost:
        return Verdict.GONE
    return Verdict.HEARS if route == frame.topic or frame.log == EVENTS else Verdict.TOUCHED


class _Bench:
    """Remembers whom what concerns, for one sitting."""

    def __init__(self) -> None:
        self._audiences: dict[str, Collection[UUID]] = {}
        self._concerned: dict[Frame, Collection[UUID]] = {}

    def judge(self, principal: Principal, frame: Frame) -> Verdict:
        for route in frame.routes:
            if self._may_read(principal, route):
                return _of_reader(frame, route)
        return Verdict.GONE if self._had_to_do_with(principal, frame) else Verdict.NOTHING

    def _may_read(self, principal: Principal, route: str) -> bool:
        one, id = split(route)
        if one is None:
            return False
        if one.reads_all(principal):
            return True
        if principal.id is None or not one.reads(principal):
            return False
        if route not in self._audiences:
            self._audiences[route] = one.audience(id)
        return principal.id in self._audiences[route]

    def _had_to_do_with(self, principal: Principal, frame: Frame) -> bool:
        one, _ = split(frame.topic)
        if one is None or frame.fact is None or principal.id is None or not one.reads(principal):
            return False
        if frame not in self._concerned:
            self._concerned[frame] = one.concerned(frame.fact)
        return principal.id in self._concerned[frame]
