"""The verbs of a report: what is said when work moves on, succeeds, fails, waits."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from angarium.kernel.clock import now

from .limits import LONGEST_MESSAGE, LONGEST_REASON, checked, readable
from .shapes import Progress, Words


def moved(done: float | None, total: float | None, unit: str, message: str, stage: str) -> Words:
    """Progress, which may be merged with what comes after it."""
    return checked(Words(progress=_progress(done, total, unit), message=message_of(message), stage=stage))


def said(*, progress: tuple[float, float | None, str] | None = None, message: str = "", **members: Any) -> Words:
    """Any report; `members` are those of the wire format."""
    measured = None if progress is None else _progress(*progress)
    return checked(Words(progress=measured, message=message_of(message), **members))


def succeeded(output: Any, message: str) -> Words:
    return checked(Words(state="succeeded", output=output, message=message_of(message)))


def failed(because: str, code: str, details: Mapping[str, Any]) -> Words:
    error = {**details, "code": code, "message": readable(because, LONGEST_REASON)}
    return checked(Words(state="failed", message=message_of(because), error=error))


def raised(error: Exception) -> Words:
    """The failure that an exception is; one that has a `code` of its own keeps it."""
    code, kind = getattr(error, "code", None), type(error).__name__
    return failed(str(error) or kind, code if isinstance(code, str) and code else kind, {"type": kind})


def cancelled(because: str) -> Words:
    return checked(Words(state="cancelled", message=message_of(because)))


def retrying(because: str, after: timedelta | float | None, attempt: int) -> Words:
    """Again after so long (seconds, or a timedelta); by itself from two seconds to fifteen minutes, doubling."""
    pause = _backoff(attempt) if after is None else after if isinstance(after, timedelta) else timedelta(seconds=after)
    error = {"code": "retry", "message": readable(because, LONGEST_REASON)}
    return checked(Words(state="retrying", run_at=now() + pause, message=message_of(because), error=error))


def snoozed(until: datetime, because: str) -> Words:
    """Not yet. This does not count as an attempt."""
    return checked(Words(state="scheduled", run_at=until, message=message_of(because)))


def message_of(text: str) -> str:
    return readable(text, LONGEST_MESSAGE)


def _progress(done: float | None, total: float | None = None, unit: str = "") -> Progress | None:
    return None if done is None else Progress(done=done, total=total, unit=readable(unit))


def _backoff(attempt: int) -> timedelta:
    seconds = min(2.0 * 2 ** min(attempt - 1, 30), 900.0)
    return timedelta(seconds=seconds * random.uniform(1, 1.2))  # noqa: S311
