"""What an answer makes of a message, and what keeps one from being handed over now. Pure rules."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import lru_cache

from angarium.engine.delivery.public import Answer, Landing, Said
from angarium.modules.mailings.lifecycle import CALLED, MessageState, Reason
from angarium.modules.mailings.models import Mailer
from angarium.modules.mailings.windows import Window, zone_named

from .results import Result, given_back
from .taking import Taken

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=5)


def pause(attempt: int) -> timedelta:
    """How long a message waits after its n-th call: doubling to five minutes, each by half more or less, so that those
    who failed together do not come back together."""
    longest = min(FIRST_PAUSE * float(2 ** min(attempt - 1, 20)), LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.5)  # noqa: S311


def result_of(taken: Taken, landing: Landing, at: datetime, finish: datetime, *, away_until: datetime | None) -> Result:
    """Where the message goes after this call. What may be tried again is due before the finish or at it, when it
    expires with the reason of its last call."""
    answer = landing.answer
    if answer is None:
        return given_back(taken, at)
    told = {"at": at, "answer": answer.text, "seconds": landing.seconds, "status": answer.status}
    if answer.said is Said.OK:
        return Result(taken, str(MessageState.SENT), "", **told)  # type: ignore[arg-type]
    if answer.said is Said.REFUSED:
        return Result(taken, str(MessageState.FAILED), str(Reason.REFUSED), **told)  # type: ignore[arg-type]
    due = min(max(at + pause(taken.attempt), away_until or at), finish)
    return Result(taken, str(MessageState.QUEUED), reason_of(answer), due_at=due, **told)  # type: ignore[arg-type]


def reason_of(answer: Answer) -> str:
    """Their words are ours."""
    return str(Reason(answer.said.value))


def held(taken: Taken, mailer: Mailer, at: datetime) -> Result | None:
    """What becomes of a message that may not go at this moment; None for one that may."""
    if taken.is_deleted:
        return _unsent(taken, MessageState.CANCELLED, Reason.CLIENT_DELETED, at)
    if taken.has_opted_out:
        return _unsent(taken, MessageState.SUPPRESSED, Reason.OPTED_OUT, at)
    if mailer.tag not in ("", taken.tag) or mailer.operator_code not in ("", taken.operator_code):
        return _unsent(taken, MessageState.CANCELLED, Reason.FILTER, at)  # given back after the plan had gone by
    if at >= mailer.finish:
        return _unsent(taken, MessageState.EXPIRED, _why_late(taken), at)
    opening = opens(mailer.window, taken.zone, at)
    if opening <= at:
        return None
    if opening >= mailer.finish:
        return _unsent(taken, MessageState.EXPIRED, Reason.NO_WINDOW, at)
    return _unsent(taken, MessageState.DEFERRED, Reason.WINDOW, at, due_at=opening)


def _why_late(taken: Taken) -> str:
    """What the last call left behind, if there was one."""
    if taken.was_lost:
        return Reason.LOST
    return taken.reason if taken.reason in CALLED else Reason.FINISH


def _unsent(taken: Taken, state: str, reason: str, at: datetime, due_at: datetime | None = None) -> Result:
    return Result(taken, str(state), str(reason), at=at, due_at=due_at, called=False)


def opens(window: Window, zone: str, at: datetime) -> datetime:
    """When the window opens for this zone; reckoned once a second, since a mailing has many messages and few zones."""
    if window.is_open_always:
        return at
    second = at.replace(microsecond=0)
    opening = _opens(window, zone, second)
    return at if opening == second else opening


@lru_cache(maxsize=4096)
def _opens(window: Window, zone: str, at: datetime) -> datetime:
    return window.opens(at, zone_named(zone))
