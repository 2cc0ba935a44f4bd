"""Text messages as a channel, through the external sender (SENDER_URL)."""

from __future__ import annotations

import queue

from django.conf import settings

from angarium.engine.delivery.channel import Message, PermanentFailure, Receipt

from .sender.answers import Said, failure_of
from .sender.flights import Call, Landing, flights

#: What every reader of JSON takes for a whole number (RFC 8259, 6).
_EXACT = 2**53 - 1


class Sms:
    """One call for each message; the sender knows a message by a number, which is made of its id."""

    provider = "sender"
    idempotent = True
    disturbs = True

    @property
    def per_second(self) -> float:
        return float(settings.SENDER_PER_SECOND)

    def deliver(self, message: Message) -> Receipt:
        phone = message.to.address
        if not (phone.isascii() and phone.isdigit()):
            raise PermanentFailure("The address is no phone number.")
        call = Call(message.id.int & _EXACT, phone, message.body, float(settings.SENDER_TIMEOUT))
        landed: queue.SimpleQueue[Landing] = queue.SimpleQueue()
        flights().launch([call], may_go=lambda _call: True, landed=landed.put)
        answer = landed.get().answer
        assert answer is not None
        if answer.said is Said.OK:
            return Receipt(id=str(call.number), answer=answer.text)
        raise failure_of(answer)
