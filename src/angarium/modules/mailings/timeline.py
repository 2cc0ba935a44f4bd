"""Why somebody did not get it, or when she did: the story of one message as steps in the order of time. Pure.

The rows keep what happened and not each change, so some steps are known without their time: what fell out of the filter
did so when the mailing was last planned, which nobody wrote down for each of a million messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_END = datetime.max.replace(tzinfo=UTC)
#: Events of a mailing that a message of it has to do with, by their types.
_OF_MAILER = {
    "mailings.mailer_updated.v1": "edited",
    "mailings.mailer_started.v1": "started",
    "mailings.mailer_paused.v1": "paused",
    "mailings.mailer_resumed.v1": "resumed",
    "mailings.mailer_reopened.v1": "reopened",
    "mailings.mailer_finished.v1": "finished",
    "mailings.mailer_cancelled.v1": "mailing_cancelled",
    "mailings.mailer_deleted.v1": "mailing_deleted",
}
_MAKES = ("mailings.mailer_created.v1", "mailings.mailer_updated.v1")


@dataclass(frozen=True, slots=True)
class Try:
    """A call that did not end well, or a worker that fell silent (`reason` is `lost`)."""

    number: int
    at: datetime
    reason: str
    answer: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An event of the mailing, with the filter that it then had."""

    type: str
    at: datetime
    tag: str = ""
    operator_code: str = ""
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the rows say of one message, its client and its mailing."""

    state: str
    reason: str
    created_at: datetime
    attempts: int = 0
    answer: str = ""
    due_at: datetime | None = None
    deferred_until: datetime | None = None
    sent_at: datetime | None = None
    tag: str = ""
    operator_code: str = ""
    finish: datetime
    opted_out_at: datetime | None = None
    client_deleted_at: datetime | None = None
    tries: tuple[Try, ...] = ()
    events: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened; `at` is None where nobody knows when. `until` is what it then waited for, `detail` the
    filter (`tag=vip`) or the fields that were changed."""

    what: str
    at: datetime | None
    reason: str = ""
    attempt: int = 0
    answer: str = ""
    seconds: float | None = None
    until: datetime | None = None
    detail: tuple[str, ...] = ()


def steps_of(facts: Facts) -> list[Step]:
    """The story, oldest first; where it ended, or what it waits for, is last."""
    steps = [*_beginning(facts), *_tries(facts), *_of_mailer(facts), *_of_client(facts)]
    before = sorted(steps, key=lambda step: step.at or _END)
    return [*before, _ending(facts)]


def _beginning(facts: Facts) -> Iterator[Step]:
    yield Step("planned", facts.created_at, detail=_filter(facts))
    if facts.deferred_until is not None and not _still_deferred(facts):
        yield Step("deferred", facts.created_at, reason="window", until=facts.deferred_until)


def _still_deferred(facts: Facts) -> bool:
    """Then the last step says it."""
    return facts.state == "deferred" and facts.due_at == facts.deferred_until


def _filter(facts: Facts) -> tuple[str, ...]:
    """What the mailing asked for when the message was planned; as it is now where the log does not reach back."""
    earlier = [one for one in facts.events if one.type in _MAKES and one.at <= facts.created_at]
    asked: Told | Facts = earlier[-1] if earlier else facts
    pairs = (("tag", asked.tag), ("operator_code", asked.operator_code))
    return tuple(f"{name}={value}" for name, value in pairs if value)


def _tries(facts: Facts) -> Iterable[Step]:
    for one in facts.tries:
        what = "lost" if one.reason == "lost" else "tried"
        yield Step(what, one.at, one.reason, one.number, one.answer, one.seconds)


def _of_mailer(facts: Facts) -> Iterable[Step]:
    """What befell the mailing while the message was there."""
    for one in facts.events:
        if one.type in _OF_MAILER and one.at >= facts.created_at and not _came_too_late(facts, one.at):
            yield Step(_OF_MAILER[one.type], one.at, detail=one.changed)


def _of_client(facts: Facts) -> Iterable[Step]:
    for what, at in (("opted_out", facts.opted_out_at), ("client_deleted", facts.client_deleted_at)):
        if at is not None and not _came_too_late(facts, at):
            yield Step(what, at)


def _came_too_late(facts: Facts, at: datetime) -> bool:
    """A message that was sent has no more to do with it."""
    return facts.sent_at is not None and at > facts.sent_at


def _ending(facts: Facts) -> Step:
    told = {"reason": facts.reason, "attempt": facts.attempts, "answer": facts.answer}
    match facts.state:
        case "sent":
            return Step("sent", facts.sent_at, **told)  # type: ignore[arg-type]
        case "queued" | "deferred":
            return Step("waits", None, until=facts.due_at, **told)  # type: ignore[arg-type]
        case "sending":
            return Step("sending", None, until=facts.due_at, **told)  # type: ignore[arg-type]
    return Step(facts.state, _ended(facts), **told)  # type: ignore[arg-type]


def _ended(facts: Facts) -> datetime | None:
    """When it ended unsent, as far as that is known."""
    match facts.reason:
        case "opted_out":
            return facts.opted_out_at
        case "client_deleted":
            return facts.client_deleted_at
        case "mailer_cancelled" | "mailer_deleted":
            ends = ("mailings.mailer_cancelled.v1", "mailings.mailer_deleted.v1")
            return next((one.at for one in reversed(facts.events) if one.type in ends), None)
        case "finish":
            return facts.finish
        case "no_window":
            return facts.created_at
    if facts.state == "failed" and facts.tries:
        return facts.tries[-1].at
    return facts.finish if facts.state == "expired" else None
