"""Geometry of an operation's course: what it waited and how it ran, attempt by attempt. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from .columns import SHADE_OF, Box, Tick

LANE, THICK, LEFT, RIGHT = 26, 16, 30, 8
MOST_LANES = 12


@dataclass(frozen=True)
class Phase:
    """A state that lasted from `start` to `end`, in seconds since the operation was accepted."""

    state: str
    start: float
    end: float
    title: str = ""


@dataclass(frozen=True)
class Lane:
    """One attempt, counted from 1, and its boxes from left to right."""

    number: int
    middle: float
    boxes: Sequence[Box]


@dataclass(frozen=True)
class Course:
    """The picture: a lane for each attempt on one axis of time. `hidden` attempts are too old to be drawn."""

    width: int
    height: int
    left: int
    ground: float
    lanes: Sequence[Lane]
    across: Sequence[Tick]
    hidden: int


def attempts(phases: Iterable[Phase]) -> list[list[Phase]]:
    """Cut the phases after each run: what was waited before a run belongs to it."""
    cut: list[list[Phase]] = [[]]
    for phase in phases:
        if cut[-1] and cut[-1][-1].state == "running":
            cut.append([])
        cut[-1].append(phase)
    return [one for one in cut if one]


def course(phases: Sequence[Phase], outcome: str, axis: Sequence[str], *, width: int) -> Course:
    """Draw the phases; `outcome`, the state now, shades the last run; `axis` labels even steps from the start.

    Of more than twelve attempts the last twelve are drawn.
    """
    every = attempts(phases)
    hidden = max(0, len(every) - MOST_LANES)
    room = width - LEFT - RIGHT
    scale = room / (max((phase.end for phase in phases), default=0.0) or 1.0)
    lanes = []
    for at, one in enumerate(every[hidden:]):
        follows = every[hidden + at + 1][0].state if hidden + at + 1 < len(every) else outcome
        boxes = [_box(phase, at, scale, follows) for phase in one]
        lanes.append(Lane(hidden + at + 1, at * LANE + 4 + THICK / 2, boxes))
    ground = len(lanes) * LANE + 4.0
    spaces = max(1, len(axis) - 1)
    across = [Tick(round(LEFT + at * room / spaces, 1), label) for at, label in enumerate(axis)]
    return Course(width, ceil(ground + 20), LEFT, ground, lanes, across, hidden)


def _box(phase: Phase, at: int, scale: float, follows: str) -> Box:
    shade = _shade_of_run(follows) if phase.state == "running" else SHADE_OF.get(phase.state, "waiting")
    long = max(2.5, (phase.end - phase.start) * scale)
    return Box(round(LEFT + phase.start * scale, 1), at * LANE + 4, round(long, 1), THICK, shade, phase.title)


def _shade_of_run(follows: str) -> str:
    """How a run ended, by what came after it: tried again or given to another worker means that it failed."""
    return "bad" if follows in {"retrying", "queued"} else SHADE_OF.get(follows, "running").replace("waiting", "still")
