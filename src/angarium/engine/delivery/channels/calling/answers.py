"""What a receiver's answer means. Pure: a status, headers and a body in, a receipt or one of the failures out.

2xx                     it was taken
410                     it wants no more of them: the endpoint is switched off
3xx, 405, 413 to 415,   never, as things are: redirects are not followed, and the request stays as it is
431
429, 502 to 504         the host is busy or away: its breaker counts it, the message loses no attempt; Retry-After holds
anything else           this time; again by the schedule, for receivers answer 400, 401 and 404 while they are set up
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from angarium.engine.delivery.channel import (
    DeliveryFailure,
    PermanentFailure,
    ProviderAway,
    Receipt,
    TemporaryFailure,
)
from angarium.engine.delivery.channels.sender.answers import shown, waits

GONE = 410
_NEVER = frozenset({405, 413, 414, 415, 431})
_AWAY = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """As it came: the beginning of its body, and `Retry-After` or nothing."""

    status: int
    body: bytes = b""
    retry_after: str = ""

    @property
    def text(self) -> str:
        return shown(f"{self.status} {self.body.decode('utf-8', 'replace')}")


def receipt_of(answer: Answer, *, at: datetime | None = None) -> Receipt:
    """The receipt. Raises the DeliveryFailure that the answer is instead."""
    if 200 <= answer.status < 300:
        return Receipt(answer=answer.text)
    raise _failure(answer, at or datetime.now(UTC))


def _failure(answer: Answer, at: datetime) -> DeliveryFailure:
    status, text = answer.status, answer.text
    match status:
        case 410:
            return PermanentFailure("The receiver wants no more of these (410).", answer=text)
        case _ if 300 <= status < 400:
            return PermanentFailure(f"Redirects are not followed ({status}); give the address itself.", answer=text)
        case _ if status in _NEVER:
            return PermanentFailure(f"The receiver will never take it ({status}).", answer=text)
        case _ if status in _AWAY:
            asked = waits(answer.retry_after, at) if answer.retry_after else None
            return ProviderAway(f"The receiver asks for less ({status}).", answer=text, wait=asked)
    return TemporaryFailure(f"The receiver did not take it ({status}).", answer=text)
