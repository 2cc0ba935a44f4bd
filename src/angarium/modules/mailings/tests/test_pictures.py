"""The picture of a day: its bars are as long as its numbers, and it is small enough for a letter."""

from __future__ import annotations

import struct
import zlib

import pytest

from angarium.kernel.canvas import ceiling
from angarium.modules.mailings.pictures import BOTTOM, FAILED, HEIGHT, LEFT, RIGHT, SENT, TOP, WIDTH, hours

WIDE = (WIDTH - LEFT - RIGHT) // 24


def rows_of(png: bytes) -> list[bytes]:
    """The points of a picture that `kernel.png` wrote, row by row."""
    at, found = 8, {}
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        found[png[at + 4 : at + 8]] = png[at + 8 : at + 8 + length]
        at += 12 + length
    points = zlib.decompress(found[b"IDAT"])
    return [points[start + 1 : start + 1 + WIDTH] for start in range(0, len(points), WIDTH + 1)]


def column(png: bytes, hour: int) -> list[int]:
    return [row[LEFT + hour * WIDE + WIDE // 2] for row in rows_of(png)]


def test_mail_29_an_hour_has_a_bar_as_long_as_its_numbers() -> None:
    told = [(0, 0)] * 24
    told[9], told[10] = (60, 20), (1, 0)
    png = hours(told)
    room = HEIGHT - TOP - BOTTOM
    assert (column(png, 9).count(SENT), column(png, 9).count(FAILED)) == (room * 60 // 80, room * 20 // 80)
    assert column(png, 10).count(SENT) == 3  # what is not nothing is seen
    assert SENT not in column(png, 11)
    assert len(png) < 10_000


def test_mail_29_a_day_without_anything_is_a_picture_too() -> None:
    points = b"".join(rows_of(hours([(0, 0)] * 24)))
    assert SENT not in points
    assert FAILED not in points


@pytest.mark.parametrize(("value", "top"), [(0, 2), (1, 2), (3, 4), (10, 10), (11, 20), (100, 100), (101, 200)])
def test_mail_29_the_scale_is_round(value: int, top: int) -> None:
    assert ceiling(value) == top
