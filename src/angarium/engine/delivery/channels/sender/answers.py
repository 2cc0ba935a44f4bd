"""What the sender's answers mean. Pure: a status, headers and a body in, one word and its reason out.

It took the message when it says so thrice: status 200, a JSON object, and `code` 0 in it. Anything else did not take
it, and is tried again, except where the answer says that this message will never be taken.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from angarium.engine.delivery.channel import (
    DeliveryFailure,
    PermanentFailure,
    ProviderAway,
    TemporaryFailure,
    UnknownOutcome,
)

#: Characters of an answer that are kept; bytes of one that are read.
KEPT, MOST_READ = 200, 65_536
#: What `Retry-After` may ask for, and what is waited when a busy sender says nothing.
SHORTEST_WAIT, LONGEST_WAIT, USUAL_WAIT = timedelta(seconds=1), timedelta(hours=1), timedelta(seconds=5)
#: Letters from which on a token is one, and no word of a demonstration.
SECRET = 8


class Said(StrEnum):
    """What became of a call."""

    OK = "ok"
    NOT_OK = "not_ok"
    GARBAGE = "garbage"
    REFUSED = "refused"
    UNAUTHORIZED = "unauthorized"
    BUSY = "busy"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"


#: Nothing is wrong with the message: the sender takes none at present.
AWAY = frozenset({Said.UNREACHABLE, Said.UNAUTHORIZED, Said.BUSY})
#: Statuses that say that this message, as it is, will never be taken; 404 and the like, that we ask in a wrong place.
FOR_GOOD = frozenset({400, 409, 410, 413, 415, 422})


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said; `text` is the sender's own, as it can be shown and kept; `wait` is how long it asks us to leave it
    alone, `status` its HTTP status, 0 without one."""

    said: Said
    text: str = ""
    status: int = 0
    wait: timedelta | None = None


def read(status: int, body: bytes, retry_after: str = "", *, at: datetime | None = None, secret: str = "") -> Answer:
    """What a complete answer means. Should it repeat our `secret`, nobody sees it."""
    told = body.decode("utf-8", "replace")
    text = shown(f"{status} {told.replace(secret, '***') if len(secret) >= SECRET else told}")
    said = _said(status, body)
    asks = status in (429, 503) and bool(retry_after)
    wait = waits(retry_after, at or datetime.now(UTC)) if said is Said.BUSY or asks else None
    return Answer(Said.BUSY if wait is not None else said, text, status, wait)


def shown(text: str) -> str:
    """As much of a text of others as is kept: on one line, without letters that no database keeps."""
    return "".join(letter if letter.isprintable() else " " for letter in text[: KEPT * 4]).strip()[:KEPT]


def _said(status: int, body: bytes) -> Said:
    match status:
        case 200:
            return _of_body(body)
        case 401 | 403:
            return Said.UNAUTHORIZED
        case 429:
            return Said.BUSY
        case _ if status in FOR_GOOD:
            return Said.REFUSED
        case _ if 200 <= status < 400:
            return Said.GARBAGE
        case 408:
            return Said.TIMEOUT
        case _ if status < 500:
            return Said.UNREACHABLE
    return Said.SERVER_ERROR


def _of_body(body: bytes) -> Said:
    if len(body) > MOST_READ:
        return Said.GARBAGE
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return Said.GARBAGE
    code = told.get("code") if isinstance(told, dict) else None
    if not isinstance(code, int) or isinstance(code, bool):
        return Said.GARBAGE
    return Said.OK if code == 0 else Said.NOT_OK


def waits(retry_after: str, at: datetime) -> timedelta:
    """`Retry-After` (RFC 9110, 10.2.3): seconds or a date; bounded, and the usual wait for what is neither."""
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(retry_after).astimezone(UTC) - at).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return USUAL_WAIT
    if not math.isfinite(seconds):
        return USUAL_WAIT
    return timedelta(seconds=min(max(seconds, SHORTEST_WAIT.total_seconds()), LONGEST_WAIT.total_seconds()))


def failure_of(answer: Answer) -> DeliveryFailure:
    """The same as a failure of a channel. ValueError for what is none."""
    sentence, text = SENTENCES[answer.said], answer.text
    match answer.said:
        case Said.REFUSED:
            return PermanentFailure(sentence, answer=text)
        case Said.UNAUTHORIZED:
            return ProviderAway(sentence, answer=text, at_once=True)
        case Said.UNREACHABLE | Said.BUSY:
            return ProviderAway(sentence, answer=text)
        case Said.TIMEOUT:
            return UnknownOutcome(sentence, answer=text)
        case Said.OK:
            raise ValueError("It was taken.")
    return TemporaryFailure(sentence, answer=text)


SENTENCES = {
    Said.OK: "The sender took it.",
    Said.NOT_OK: "The sender said that it did not take it.",
    Said.GARBAGE: "The sender's answer cannot be understood.",
    Said.REFUSED: "The sender refused it for good.",
    Said.UNAUTHORIZED: "The sender does not accept our token.",
    Said.BUSY: "The sender asks for less.",
    Said.SERVER_ERROR: "The sender failed.",
    Said.TIMEOUT: "The sender did not answer in time.",
    Said.UNREACHABLE: "The sender cannot be reached.",
}
