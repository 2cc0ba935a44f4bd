"""What a task answers: its outcome is a value, matched in one place (`settle`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    #: Called inside the transaction that stores the outcome: what an outside effect leaves in our rows.
    record: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Done(_Outcome):
    """The work is done; `output` is JSON."""

    output: Any = None


@dataclass(frozen=True, slots=True)
class Retry(_Outcome):
    """Not this time. Again `after` so long (None: the task's back-off), while attempts are left; then it failed."""

    after: timedelta | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Snooze(_Outcome):
    """Not yet. Again at `until`; this does not count as an attempt."""

    until: datetime
    because: str = ""


@dataclass(frozen=True, slots=True)
class Fail(_Outcome):
    """It failed for good; trying again would not help."""

    because: str


@dataclass(frozen=True, slots=True)
class Cancel(_Outcome):
    """There is nothing to do any more."""

    because: str


Outcome = Done | Retry | Snooze | Fail | Cancel
