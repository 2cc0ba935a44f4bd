"""Bars and numbers as rows of points, for `png`: plots in letters, without words and so the same in every language.

Numbers are drawn from a font of five by seven points.
"""

from __future__ import annotations

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
    """Points by rows, from the top left corner; `ink` is the colour of numbers."""

    def __init__(self, width: int, height: int, *, ink: int) -> None:
        self.rows = [bytearray(width) for _ in range(height)]
        self.ink = ink

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
                        self.fill(at, y + line * _SIZE, _SIZE, _SIZE, self.ink)


def ceiling(value: int) -> int:
    """The least even number at or above it that is round: 2, 4, 6, 8, 10, 20, 40 and so on."""
    unit = 2
    while value > unit * 5:
        unit *= 10
    return max(-(-value // unit), 1) * unit


def tall(number: int, top: int, room: int) -> int:
    """Points of `room` for so many of `top`; whatever is not nothing is seen."""
    return 0 if not number else max(number * room // top, 3)
