"""One day of mailings as a picture for a letter: a bar for each hour, what was sent below and what failed on top. Pure.

The picture says nothing in words, so it is the same in every language; its numbers are drawn from a font of five by
seven points.
"""

from __future__ import annotations

from collections.abc import Sequence

from angarium.kernel.png import png

PAPER, LINE, INK, SENT, FAILED = range(5)
PALETTE = ((255, 255, 255), (226, 221, 210), (102, 93, 120), (31, 74, 138), (178, 58, 46))
WIDTH, HEIGHT = 1120, 360
LEFT, RIGHT, TOP, BOTTOM = 154, 20, 30, 50
_SIZE = 3
#: Each row of a figure is five points, the leftmost first.
_FIGURES = {
    "0": (14, 17, 17, 17, 17, 17, 14),
    "1": (4, 12, 4, 4, 4, 4, 14),
    "2": (14, 17, 1, 2, 4, 8, 31),
    "3": (31, 2, 4, 2, 1, 17, 14),
    "4": (2, 6, 10, 18, 31, 2, 2),
    "5": (31, 16, 30, 1, 1, 17, 14),
    "6": (6, 8, 16, 30, 17, 17, 14),
    "7": (31, 1, 2, 4, 8, 8, 8),
    "8": (14, 17, 17, 14, 17, 17, 14),
    "9": (14, 17, 17, 15, 1, 2, 12),
}


class Canvas:
    """Points by rows, from the top left corner."""

    def __init__(self, width: int, height: int) -> None:
        self.rows = [bytearray(width) for _ in range(height)]

    def fill(self, x: int, y: int, width: int, height: int, colour: int) -> None:
        for row in self.rows[y : y + height]:
            row[x : x + width] = bytes([colour]) * len(row[x : x + width])

    def number(self, x: int, y: int, value: int, *, ends: bool = False) -> None:
        """A number whose left upper corner, or whose right one, is here."""
        text = str(value)
        left = x - 6 * _SIZE * len(text) if ends else x
        for place, figure in enumerate(text):
            for line, bits in enumerate(_FIGURES[figure]):
                for point in range(5):
                    if bits >> (4 - point) & 1:
                        at = left + (place * 6 + point) * _SIZE
                        self.fill(at, y + line * _SIZE, _SIZE, _SIZE, INK)


def hours(told: Sequence[tuple[int, int]]) -> bytes:
    """The day as PNG; (sent, failed) for each of its hours."""
    canvas = Canvas(WIDTH, HEIGHT)
    top = ceiling(max((sent + failed for sent, failed in told), default=0))
    room = HEIGHT - TOP - BOTTOM
    for share in (0, 1, 2):
        y = TOP + room - room * share // 2
        canvas.fill(LEFT, y, WIDTH - LEFT - RIGHT, 2, LINE)
        canvas.number(LEFT - 12, y - 10, top * share // 2, ends=True)
    wide = (WIDTH - LEFT - RIGHT) // max(len(told), 1)
    for hour, (sent, failed) in enumerate(told):
        x = LEFT + hour * wide
        below, above = _tall(sent, top, room), _tall(failed, top, room)
        canvas.fill(x + 4, TOP + room - below, wide - 8, below, SENT)
        canvas.fill(x + 4, TOP + room - below - above, wide - 8, above, FAILED)
        if hour % 3 == 0:
            canvas.number(x + 4, HEIGHT - BOTTOM + 16, hour)
    return png(canvas.rows, PALETTE)


def ceiling(value: int) -> int:
    """The least even number at or above it that is round: 2, 4, 6, 8, 10, 20, 40 and so on."""
    unit = 2
    while value > unit * 5:
        unit *= 10
    return max(-(-value // unit), 1) * unit


def _tall(number: int, top: int, room: int) -> int:
    """Points for so many of `top`; whatever is not nothing is seen."""
    return 0 if not number else max(number * room // top, 3)
