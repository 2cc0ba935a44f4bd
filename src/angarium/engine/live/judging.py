"""Who may hear a frame, where not everything of a topic may be read: asked for each principal and frame, in threads."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

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
    """A verdict for each. What all of them ask about one topic is asked once for each principal."""
    known: dict[tuple[Principal, str], bool] = {}
    return {(principal, frame): _judge(principal, frame, known) for principal, frame in asked}


def _judge(principal: Principal, frame: Frame, known: dict[tuple[Principal, str], bool]) -> Verdict:
    for route in frame.routes:
        if (principal, route) not in known:
            one, id = split(route)
            known[principal, route] = one is not None and (one.reads_all(principal) or one.may_read(principal, id))
        if known[principal, route]:
            return Verdict.HEARS if route == frame.topic else Verdict.TOUCHED
    one, _ = split(frame.topic)
    if frame.fact is not None and one is not None and one.concerns(principal, frame.fact):
        return Verdict.GONE
    return Verdict.NOTHING
