"""One day of mailings as a picture for a letter: a bar for each hour, what was sent below, what failed on top. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from angarium.kernel.canvas import Canvas, ceiling, tall
from angarium.kernel.png import png

PAPER, LINE, INK, SENT, FAILED = range(5)
PALETTE = ((255, 255, 255), (226, 221, 210), (102, 93, 120), (31, 74, 138), (178, 58, 46))
WIDTH, HEIGHT = 1120, 360
LEFT, RIGHT, TOP, BOTTOM = 154, 20, 30, 50


def hours(told: Sequence[tuple[int, int]]) -> bytes:
    """The day as PNG; (sent, failed) for each of its hours."""
    canvas = Canvas(WIDTH, HEIGHT, ink=INK)
    top = ceiling(max((sent + failed for sent, failed in told), default=0))
    room = HEIGHT - TOP - BOTTOM
    for share in (0, 1, 2):
        y = TOP + room - room * share // 2
        canvas.fill(LEFT, y, WIDTH - LEFT - RIGHT, 2, LINE)
        canvas.number(LEFT - 12, y - 10, top * share // 2, ends=True)
    wide = (WIDTH - LEFT - RIGHT) // max(len(told), 1)
    for hour, (sent, failed) in enumerate(told):
        x = LEFT + hour * wide
        below, above = tall(sent, top, room), tall(failed, top, room)
        canvas.fill(x + 4, TOP + room - below, wide - 8, below, SENT)
        canvas.fill(x + 4, TOP + room - below - above, wide - 8, above, FAILED)
        if hour % 3 == 0:
            canvas.number(x + 4, HEIGHT - BOTTOM + 16, hour)
    return png(canvas.rows, PALETTE)
