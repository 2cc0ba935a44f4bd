"""A breaker: whoever does not answer is not asked again for a while."""

from __future__ import annotations

import time

from .metrics import away

#: Seconds until Redis is asked again.
AGAIN = 2.0


class Breaker:
    """Closed while all is well. Open, it lets one through every `AGAIN` seconds to see."""

    def __init__(self) -> None:
        self._until = 0.0
        self._is_open = False

    def is_closed(self) -> bool:
        """May it be asked now? Of those who come while it is open, the one who is let through has the others wait."""
        if not self._is_open:
            return True
        moment = time.monotonic()
        if moment < self._until:
            return False
        self._until = moment + AGAIN
        return True

    def open(self) -> bool:
        """It did not answer. True when it was closed."""
        was_open, self._is_open = self._is_open, True
        self._until = time.monotonic() + AGAIN
        away.set(1)
        return not was_open

    def close(self) -> bool:
        """It has answered. True when it was open."""
        if not self._is_open:
            return False
        self._is_open = False
        away.set(0)
        return True
