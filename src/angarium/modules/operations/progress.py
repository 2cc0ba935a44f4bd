"""How far an operation is, and when it will probably be done: by its own rate, else by how long others took.

Pure: instants and numbers in, an estimate or nothing out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Fewer past durations than these say nothing.
LEAST_PAST = 3
LONGEST = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Eta:
    """When it will probably be done. `late` is when nine of ten such operations would be; None when the estimate is by
    the operation's own rate."""

    at: datetime
    late: datetime | None = None


def percent(done: float | None, total: float | None) -> float | None:
    """From 0 to 100, to a tenth; None when there is no total."""
    if done is None or not total or total < 0:
        return None
    return round(min(max(done / total, 0.0), 1.0) * 100, 1)


def by_rate(*, done: float | None, total: float | None, since: datetime, moment: datetime) -> Eta | None:
    """By the mean rate since this epoch was given out; None while nothing is done."""
    elapsed = (moment - since).total_seconds()
    if done is None or total is None or not 0 < done <= total or elapsed <= 0:
        return None
    return _after(moment, elapsed * (total / done - 1))


def by_past(*, durations: Sequence[float], started: datetime, moment: datetime) -> Eta | None:
    """By the durations in seconds of those that succeeded before: the median of those that took longer than this one
    has taken so far, and their nine in ten. None when too few did."""
    elapsed = (moment - started).total_seconds()
    longer = sorted(seconds for seconds in durations if seconds > elapsed)
    if len(durations) < LEAST_PAST or not longer:
        return None
    at, late = (_after(started, quantile(longer, share)) for share in (0.5, 0.9))
    return Eta(at.at, late.at if late else None) if at else None


def quantile(ordered: Sequence[float], share: float) -> float:
    """By nearest rank (Hyndman and Fan 1996, type 1): always one of the values."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _after(moment: datetime, seconds: float) -> Eta | None:
    if not 0 <= seconds <= LONGEST.total_seconds():
        return None
    return Eta(moment + timedelta(seconds=seconds))
