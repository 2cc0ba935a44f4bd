"""Writing what became of messages that were taken: one statement for many, and only where nobody else has them: the
number of the call and the end of the lease are those that were taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from angarium.modules.mailings.counting import note_minute, note_moves
from angarium.modules.mailings.lifecycle import OVER, WAITING, MessageState, Reason, State
from angarium.modules.mailings.models import Attempt, Mailer

from .taking import Taken

_FENCE, _FENCE_TYPES = ("number", "attempt", "until"), ("bigint", "int", "timestamptz")
_COLUMNS = (*_FENCE, "attempts", "state", "reason", "due_at", "deferred_until", "sent_at", "answer")
_TYPES = (*_FENCE_TYPES, "int", "text", "text", "timestamptz", "timestamptz", "timestamptz", "text")
_UPDATE = """
    UPDATE mailings_message AS message SET state = given.state, reason = given.reason, due_at = given.due_at,
        attempts = given.attempts, sent_at = given.sent_at, answer = given.answer,
        deferred_until = COALESCE(given.deferred_until, message.deferred_until)
    FROM given WHERE message.id = given.number AND message.state = 'sending' AND message.attempts = given.attempt
        AND message.due_at = given.until
    RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Result:
    """Where a message goes from `sending`. `called` tells whether the sender was asked; only then it is a try."""

    taken: Taken
    state: str
    reason: str
    at: datetime
    due_at: datetime | None = None
    answer: str = ""
    seconds: float = 0.0
    called: bool = True
    status: int = 0

    @property
    def is_sent(self) -> bool:
        return self.state == MessageState.SENT

    @property
    def row(self) -> tuple[Any, ...]:
        attempt = self.taken.attempt
        deferred = self.due_at if self.state == MessageState.DEFERRED else None
        sent_at = self.at if self.is_sent else None
        fence = (self.taken.id, attempt, self.taken.until)
        tries = attempt if self.called else attempt - 1
        return (*fence, tries, self.state, self.reason, self.due_at, deferred, sent_at, self.answer)


def given_back(taken: Taken, at: datetime) -> Result:
    """As it was before it was taken; due at once."""
    state = MessageState.QUEUED if taken.was_lost else taken.state
    reason = Reason.LOST if taken.was_lost else taken.reason
    return Result(taken, str(state), str(reason), at=at, due_at=at, called=False)


def write(mailer: int, results: Sequence[Result], *, version: int | None = None) -> set[int]:
    """Write these; the numbers of the messages that it was true of. Those that somebody else has taken in the meantime
    are left to them. `version` is that of the mailing by which they were judged: once it has another one, what was not
    handed over is judged anew."""
    if not results:
        return set()
    with transaction.atomic():
        ordered = _as_it_is(mailer, sorted(results, key=lambda one: one.taken.id), version)
        written = _rows([one.row for one in ordered])
        true = [one for one in ordered if one.taken.id in written]
        failures = [one for one in true if one.called and not one.is_sent]
        Attempt.objects.bulk_create([_failure(one) for one in failures])
        _count(mailer, true, failed=len(failures))
    return written


def _as_it_is(mailer: int, results: list[Result], version: int | None) -> list[Result]:
    """The results as the mailing makes them now. It is locked when any of them leaves something to do, so that whoever
    plans it, or takes back what waits, comes before or after, and misses none."""
    if all(one.called and one.state not in WAITING for one in results):
        return results
    rows = Mailer.objects.select_for_update(no_key=True).filter(pk=mailer)
    current, state = rows.values_list("version", "state").get()
    if state in OVER:
        return [replace(one, **_ended(state)) if one.state in WAITING else one for one in results]
    if version in (None, current):
        return results
    return [one if one.called else given_back(one.taken, one.at) for one in results]


def _ended(state: str) -> dict[str, Any]:
    reason = Reason.MAILER_CANCELLED if state == State.CANCELLED else Reason.MAILER_DELETED
    return {"state": str(MessageState.CANCELLED), "reason": str(reason), "due_at": None}


def _rows(rows: Sequence[tuple[Any, ...]]) -> set[int]:
    names = ", ".join(_COLUMNS)
    parameters: list[Any]
    if connection.vendor == "postgresql":
        lists = ", ".join(f"%s::{one}[]" for one in _TYPES)
        source = f"SELECT * FROM UNNEST({lists})"  # noqa: S608
        parameters = [list(column) for column in zip(*rows, strict=True)]
    else:
        source = "VALUES " + ", ".join(["(" + ", ".join(["%s"] * len(_COLUMNS)) + ")"] * len(rows))
        parameters = [_adapted(value) for row in rows for value in row]
    with connection.cursor() as cursor:
        cursor.execute(f"WITH given ({names}) AS ({source}) {_UPDATE}", parameters)
        return {id for (id,) in cursor.fetchall()}


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _failure(one: Result) -> Attempt:
    taken = one.taken
    return Attempt(
        message_id=taken.id, number=taken.attempt, at=one.at, seconds=one.seconds, reason=one.reason, answer=one.answer
    )


def _count(mailer: int, true: Sequence[Result], *, failed: int) -> None:
    after = Counter((one.state, one.reason) for one in true)
    before = (str(MessageState.SENDING), "")
    note_moves(mailer, ((before, place, number) for place, number in after.items()))
    sent = [one for one in true if one.is_sent]
    if sent or failed:
        note_minute(mailer, max(one.at for one in true), sent=len(sent), failed=failed)
