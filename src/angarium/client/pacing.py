"""How long to wait before asking again, and how often to say that one waits."""

from __future__ import annotations

import logging
import random
import time
from email.utils import parsedate_to_datetime

from angarium.kernel.clock import now

#: Seconds: the pause after the first failure is up to FIRST, doubling up to LONGEST.
FIRST, LONGEST = 0.2, 5.0
#: No server makes us wait longer than this, whatever it says.
MOST_ASKED = 60.0
#: Seconds between two lines about the same trouble.
SELDOM = 60.0

log = logging.getLogger("angarium.client")


def pause(failures: int) -> float:
    """Seconds to wait after so many failures in a row: anything up to the bound, so that those who failed together
    do not come back together."""
    return random.uniform(0, min(LONGEST, FIRST * 2 ** min(failures - 1, 30)))  # noqa: S311


def asked_for(retry_after: str | None) -> float | None:
    """The seconds that a Retry-After header means, as a number or as a date; None when it means nothing."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(retry_after) - now()).total_seconds()
        except (TypeError, ValueError):
            return None
    return min(max(0.0, seconds), MOST_ASKED) if seconds == seconds else None


class Seldom:
    """Says each trouble once, and again only a minute later."""

    def __init__(self, seconds: float = SELDOM) -> None:
        self._seconds = seconds
        self._said: dict[str, float] = {}

    def warn(self, trouble: str, text: str, *arguments: object) -> None:
        moment = time.monotonic()
        if moment - self._said.get(trouble, -self._seconds) >= self._seconds:
            self._said[trouble] = moment
            log.warning(text, *arguments)

    def over(self, trouble: str, text: str, *arguments: object) -> None:
        """It is over: say so if it was ever said."""
        if self._said.pop(trouble, None) is not None:
            log.warning(text, *arguments)
