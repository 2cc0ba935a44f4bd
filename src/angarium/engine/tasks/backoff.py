"""How long to wait before the next attempt."""

from __future__ import annotations

import random
from datetime import timedelta


def backoff(
    attempt: int,
    *,
    first: timedelta = timedelta(seconds=2),
    longest: timedelta = timedelta(minutes=15),
    jitter: float = 0.2,
) -> timedelta:
    """The pause after failed attempt number `attempt` (from 1): doubling from `first` up to `longest`, plus up to
    `jitter` of itself, so that gaps grow and workers that failed together do not come back together."""
    pause = min(first * float(2 ** min(attempt - 1, 30)), longest)
    return pause * (1 + random.uniform(0, jitter))  # noqa: S311
