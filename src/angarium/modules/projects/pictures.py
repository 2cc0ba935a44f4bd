"""A week of projects as a picture for a letter: a bar for each day, done below, then open, overdue on top. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from angarium.kernel.canvas import Canvas, ceiling, tall
from angarium.kernel.png import png

PAPER, LINE, INK, DONE, OPEN, OVERDUE = range(6)
PALETTE = ((255, 255, 255), (226, 221, 210), (102, 93, 120), (31, 74, 138), (201, 185, 143), (178, 58, 46))
WIDTH, HEIGHT = 1120, 360
LEFT, RIGHT, TOP, BOTTOM = 154, 20, 30, 50


class Day(Protocol):
    """Tasks by the end of a day."""

    @property
    def day(self) -> date: ...
    @property
    def done(self) -> int: ...
    @property
    def open(self) -> int: ...
    @property
    def overdue(self) -> int: ...


def week(days: Sequence[Day]) -> bytes:
    """The days as PNG, each with its number of the month below."""
    canvas = Canvas(WIDTH, HEIGHT, ink=INK)
    top = ceiling(max((one.done + one.open + one.overdue for one in days), default=0))
    room = HEIGHT - TOP - BOTTOM
    for share in (0, 1, 2):
        y = TOP + room - room * share // 2
        canvas.fill(LEFT, y, WIDTH - LEFT - RIGHT, 2, LINE)
        canvas.number(LEFT - 12, y - 10, top * share // 2, ends=True)
    wide = (WIDTH - LEFT - RIGHT) // max(len(days), 1)
    for place, one in enumerate(days):
        x, y = LEFT + place * wide, TOP + room
        for number, colour in ((one.done, DONE), (one.open, OPEN), (one.overdue, OVERDUE)):
            high = tall(number, top, room)
            y -= high
            canvas.fill(x + 24, y, wide - 48, high, colour)
        canvas.number(x + wide // 2 - 18, HEIGHT - BOTTOM + 16, one.day.day)
    return png(canvas.rows, PALETTE)
