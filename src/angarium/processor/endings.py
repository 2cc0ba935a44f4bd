"""How a job ends otherwise than by returning: raised from anywhere inside a handler, also as `job.Retry` and so on."""

from __future__ import annotations

from datetime import datetime, timedelta


class Ending(Exception):
    """A handler has said how its job ends."""

    def __init__(self, because: str = "") -> None:
        self.because = because
        super().__init__(because)


class Retry(Ending):
    """Not this time. Again `after` so long (seconds or a timedelta; None: the client's back-off), while claims are
    left; then it failed."""

    def __init__(self, after: timedelta | float | None = None, because: str = "") -> None:
        super().__init__(because)
        self.after = after


class Snooze(Ending):
    """Not yet. Again at `until`, an aware datetime."""

    def __init__(self, until: datetime, because: str = "") -> None:
        super().__init__(because)
        self.until = until


class Fail(Ending):
    """It failed for good; trying again would not help. `code` is for programs, `because` for people."""

    def __init__(self, because: str, code: str = "failed") -> None:
        super().__init__(because)
        self.code = code


class Cancel(Ending):
    """There is nothing to do any more."""
