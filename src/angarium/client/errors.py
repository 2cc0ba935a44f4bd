"""What the client says no with. What can never be accepted (`Invalid`) is refused before it is written down."""

from __future__ import annotations

from angarium.kernel import errors

from .shapes import Head, Problem

Invalid = errors.Invalid


class Refused(errors.AngariumError):
    """The server refused this, and would refuse it again.

    `status` is that of the answer, `code` the server's word for programs, `head` where the operation stands when the
    server said so. `ours` is False when the answer was not Angarium's: a proxy's page, or another address.
    """

    code: str = "refused"  # type: ignore[misc]  # each answer brings its own

    def __init__(self, problem: Problem, *, ours: bool = True) -> None:
        super().__init__(problem.detail or None, field=problem.field)
        self.status = problem.status
        self.code = problem.code or "refused"
        self.head: Head | None = problem.head
        self.ours = ours


class NoOperation(Refused):
    """There is no such operation, or you may not see it."""


class LeaseLost(Refused):
    """This epoch is over: the operation was given to another worker, cancelled or paused. Stop working on it."""


class Unavailable(errors.Unavailable):
    """Angarium does not answer, or not as itself; try again later. `after`: the seconds that it asked to wait."""

    def __init__(self, message: str | None = None, *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Ended(errors.Conflict):
    """This claim was ended by a report of its own; nothing more can be said in it."""

    code = "ended"


class Closed(errors.Conflict):
    """This client is closed."""

    code = "closed"


class SpoolFull(errors.AngariumError):
    """The spool has no room for another report; nothing was written down."""

    code = "spool_full"
    retryable = True


class SpoolBroken(errors.AngariumError):
    """The spool's file cannot be opened."""

    code = "spool_broken"


def refusal(problem: Problem, *, ours: bool = True) -> Refused:
    """The exception that this answer is."""
    kinds = {"no_operation": NoOperation, "lease_lost": LeaseLost}
    return kinds.get(problem.code, Refused)(problem, ours=ours)
