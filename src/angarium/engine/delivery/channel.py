"""The contract of a channel: what it gets, what it answers, and the two ways in which it may fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from angarium.kernel.errors import AngariumError


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom to tell: what kind of person of which module, and where they can be reached."""

    kind: str
    id: str
    name: str = ""
    address: str = ""
    language: str = "ru"
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, ready to go. `id` is the same at every attempt: it is the provider's idempotency key."""

    id: UUID
    to: Recipient
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The channel took the message. `after_commit` is called once the row that says `sent` is committed."""

    after_commit: Callable[[], None] | None = None


class TemporaryFailure(AngariumError):
    """The channel did not take the message this time."""

    code = "delivery_temporary"
    retryable = True


class PermanentFailure(AngariumError):
    """The channel will never take this message."""

    code = "delivery_permanent"


class Channel(Protocol):
    """A way to reach people. `deliver` may take long and talk to the world; it is called in no transaction."""

    def deliver(self, message: Message) -> Receipt:
        """Hand the message over. Raises TemporaryFailure or PermanentFailure; anything else counts as temporary."""
        ...
