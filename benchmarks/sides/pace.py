"""Doing something at a steady pace, so many times a second."""

from __future__ import annotations

import time
from collections.abc import Callable


def at_pace(act: Callable[[int], None], rate: float, seconds: float) -> None:
    """Call `act(0)`, `act(1)`, … when each is due; what is late is done at once."""
    began = time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        act(number)
