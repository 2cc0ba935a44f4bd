"""The breaker of a provider. Pure rules.

          5 failures in a row, or one that waiting will not mend
    closed ────────────────────────────────────────────────────► open, for a pause
      ▲                                                            │ the pause is over
      └───────────── it succeeds ──── half open: one message ◄─────┘
                                      goes as a probe;  it fails: open again, twice as long

Only failures of the provider count; a refused address or letter is a sign of health. While it is open messages wait and
spend no attempts, so nothing fails for good because a provider is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

THRESHOLD = 5
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=10)
#: How long a probe may take before another message may be the probe: longer than any attempt.
PROBE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Circuit:
    """`failures` in a row, `openings` in a row, and until when nothing goes (None: closed)."""

    failures: int = 0
    openings: int = 0
    open_until: datetime | None = None
    because: str = ""

    def is_open(self, at: datetime) -> bool:
        return self.open_until is not None and at < self.open_until

    def is_half_open(self, at: datetime) -> bool:
        return self.open_until is not None and at >= self.open_until


def after_failure(
    circuit: Circuit,
    at: datetime,
    because: str,
    *,
    at_once: bool = False,
    probe: bool = False,
    longest: timedelta = LONGEST_PAUSE,
) -> Circuit:
    """The circuit after the provider failed once more. Those that were on their way when it opened change nothing."""
    failures = circuit.failures + 1
    if circuit.is_open(at) and not probe:
        return Circuit(failures, circuit.openings, circuit.open_until, circuit.because)
    if not (probe or at_once or failures >= THRESHOLD):
        return Circuit(failures, 0, None, because)
    openings = circuit.openings + 1
    return Circuit(failures, openings, at + min(pause(openings), longest), because)


def pause(openings: int) -> timedelta:
    """How long it stays open the n-th time in a row: doubling, up to ten minutes."""
    return min(FIRST_PAUSE * float(2 ** min(openings - 1, 20)), LONGEST_PAUSE)
