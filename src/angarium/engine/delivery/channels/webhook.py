"""Webhooks as a channel: what the message says is posted to its endpoint, signed by Standard Webhooks."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.conf import settings

from angarium.engine.delivery.channel import Message, PermanentFailure, Receipt, Recipient
from angarium.engine.delivery.endpoints import Endpoint, endpoint_of, switch_off
from angarium.kernel.clock import now
from angarium.kernel.errors import Invalid

from .calling.address import target_of
from .calling.answers import GONE, receipt_of
from .calling.exchange import posted
from .calling.signature import signed

#: As long as the name of a provider may be.
_LONGEST_NAME = 50


class Webhook:
    """The body goes as it is, JSON by its type; `message.id` is the `webhook-id`, the same at every attempt, by which a
    receiver knows what it has. Each host has a breaker of its own: one that is away holds up no other.

    The schedule is the one that the specification gives: ten attempts over three days.
    """

    provider = "webhook"
    idempotent = True
    disturbs = True
    per_second = 0.0
    pauses = (
        *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
        *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
    )

    def provider_for(self, to: Recipient) -> str:
        """The host in front of all; what is too long for a name ends in a digest."""
        name = f"{self.provider} {to.address}"
        if len(name) <= _LONGEST_NAME:
            return name
        return f"{name[: _LONGEST_NAME - 13]}~{hashlib.sha256(name.encode()).hexdigest()[:12]}"

    def deliver(self, message: Message) -> Receipt:
        endpoint = endpoint_of(message.to)
        if endpoint is None:
            raise PermanentFailure("There is no such endpoint any more.")
        if endpoint.off:
            raise PermanentFailure(endpoint.off)
        return self._posted(message, endpoint)

    def _posted(self, message: Message, endpoint: Endpoint) -> Receipt:
        body = message.body.encode("utf-8", "replace")
        try:
            target = target_of(endpoint.url)
            signatures = signed(str(message.id), int(now().timestamp()), body, endpoint.secrets)
        except (Invalid, ValueError) as error:
            raise PermanentFailure(str(error)) from error
        headers = {"Content-Type": "application/json", "User-Agent": "Angarium-Webhook/1", **signatures}
        answer = posted(target, body, headers, within=float(settings.WEBHOOK_TIMEOUT))
        if answer.status == GONE:
            switch_off(message.to, "Its receiver answered that it wants no more (410).")
        return receipt_of(answer)
