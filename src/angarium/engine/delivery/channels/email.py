"""E-mail."""

from __future__ import annotations

from angarium.engine.delivery.channel import Message, ProviderAway, Receipt


class Email:
    """Letters."""

    provider = "email"
    idempotent = True
    disturbs = True
    per_second = 0.0

    def deliver(self, message: Message) -> Receipt:
        raise ProviderAway("Letters are not sent yet.")
