"""What a handler's end means, and saying it: the one place that matches endings with reports."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING, Any, assert_never

import structlog

from angarium.client import Invalid, LeaseLost
from angarium.client.limits import readable

from .endings import Cancel, Fail, Retry, Snooze

if TYPE_CHECKING:
    from angarium.client import Claim

    from .job import Job
    from .registry import Function

#: What of a traceback is kept with the operation.
LINES, LONGEST_LINE = 12, 1000
_log = structlog.get_logger(__name__)


class Done:
    """The handler returned this."""

    def __init__(self, output: Any) -> None:
        self.output = output


class Broken:
    """The handler raised what it did not mean as an ending."""

    def __init__(self, error: BaseException) -> None:
        code = getattr(error, "code", None)
        self.because = f"{type(error).__name__}: {error}"
        self.details: dict[str, Any] = {
            "code": readable(code, 100) if isinstance(code, str) and code else type(error).__name__,
            "type": type(error).__name__,
            "traceback": [readable(line, LONGEST_LINE) for line in _lines(error)[-LINES:]],
        }


def _lines(error: BaseException) -> list[str]:
    return "".join(traceback.format_exception(error)).splitlines()


Outcome = Done | Broken | Retry | Snooze | Fail | Cancel


def outcome_of(function: Function, job: Job) -> Outcome:
    """Run the handler. LeaseLost when the work was given to somebody else meanwhile."""
    try:
        return Done(function(job))
    except (Retry, Snooze, Fail, Cancel) as ending:
        return ending
    except LeaseLost:
        raise
    except BaseException as error:  # noqa: BLE001  a handler that exits must not end the worker: it has failed
        operation = str(job.operation)
        _log.warning("processor.handler_failed", operation_id=operation, kind=job.kind, exc_info=sys.exc_info())
        return Broken(error)


def tell(held: Claim, outcome: Outcome) -> str:
    """Report the outcome; returns the state that it means. LeaseLost when nobody wants to know any more.

    What cannot be reported as it is, such as an output that is no JSON, is a failure of the handler.
    """
    if held.ended:  # by the handler itself, on the claim
        return "ended"
    try:
        return _said(held, outcome)
    except Invalid as error:
        _log.warning("processor.outcome_invalid", operation_id=str(held.operation), error=error.message)
        return _said(held, Fail(error.message, code="invalid_outcome"))


def _said(held: Claim, outcome: Outcome) -> str:
    match outcome:
        case Done(output=output):
            held.succeed(output=output)
            return "succeeded"
        case Broken(because=because, details=details):
            held.fail(because, **details)
            return "failed"
        case Fail(because=because, code=code):
            held.fail(because, code=code)
            return "failed"
        case Retry(after=after, because=because):
            held.retry(after=after, because=because)
            return "failed" if held.last else "retrying"
        case Snooze(until=until, because=because):
            held.snooze(until, because=because)
            return "scheduled"
        case Cancel(because=because):
            held.cancel(because=because)
            return "cancelled"
        case _:
            assert_never(outcome)
