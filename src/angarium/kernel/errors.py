"""One base for every refusal, so that each edge (API, page, worker) can translate it in one place."""

from __future__ import annotations

import inspect
from typing import ClassVar


class AngariumError(Exception):
    """Something was refused."""

    code: ClassVar[str] = "error"
    #: May the same call succeed later without anything being changed?
    retryable: ClassVar[bool] = False

    def __init__(self, message: str | None = None, *, field: str | None = None, **details: object) -> None:
        self.message = message or inspect.getdoc(type(self)) or type(self).__name__
        self.field = field
        self.details = details
        super().__init__(self.message)


class Invalid(AngariumError):
    """The input is not valid."""

    code = "invalid"


class Missing(AngariumError):
    """There is no such thing, or you may not see it."""

    code = "not_found"


class Forbidden(AngariumError):
    """You may not do this."""

    code = "forbidden"


class Conflict(AngariumError):
    """The present state does not allow this."""

    code = "conflict"


class Stale(Conflict):
    """Somebody changed this since you read it; read it again and repeat your change."""

    code = "stale"


class Unprocessable(AngariumError):
    """The request is understood and contradicts an earlier one."""

    code = "unprocessable"


class Unavailable(AngariumError):
    """A server that this needs does not answer; try again later."""

    code = "unavailable"
    retryable = True
