"""The contract of a channel: what it gets, what it answers, and the ways in which it may fail.

accepted     a Receipt, with the provider's own id where it gives one
transient    TemporaryFailure: this message was not taken this time, by whatever fault of the moment
the provider ProviderAway: nothing can be sent there at present; does not count against the message
permanent    PermanentFailure: this message will never be taken; `address_is_dead` suppresses the address
unknown      UnknownOutcome: it was handed over and no answer came, so it may or may not have arrived
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from django.conf import settings
from django.core.files.storage import storages

from angarium.kernel.errors import AngariumError

from .quiet import QuietHours

_STORED = "storage:"
_encoding = re.compile(rf"base64|{_STORED}[a-z]+")
_plain_name = re.compile(r"[A-Za-z0-9._-]+")
_media_type = re.compile(r"[a-z]+/[a-z0-9.+-]+(; ?[a-z-]+=[A-Za-z0-9._-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom to tell: what kind of person of which module, and where they can be reached.

    `person` is identity's, for somebody who can sign in. Language, zone and quiet hours are the instance's unless
    given; `NEVER_QUIET` is for those who want to be told at any hour.
    """

    kind: str
    id: str
    name: str = ""
    address: str = ""
    language: str = field(default_factory=lambda: str(settings.LANGUAGE_CODE))
    timezone: str = field(default_factory=lambda: str(settings.TIME_ZONE))
    person: UUID | None = None
    quiet: QuietHours | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something small that goes along: `Attachment("lesson.ics", "text/calendar; method=REQUEST", ics)`, or a picture,
    `Attachment.of_bytes("day.png", "image/png", png)`, which the letter's HTML can show as `cid:` and its `cid`.

    `text` is what it holds, by `encoding` "base64" where that is no text. What a storage keeps is read when the letter
    is written: `Attachment.of_stored("rows.xlsx", media_type, "exports", key)`, whose encoding names the storage.
    ValueError for a name or a type that could not stand in a header.
    """

    name: str
    media_type: str
    text: str
    encoding: str = ""

    def __post_init__(self) -> None:
        if not _media_type.fullmatch(self.media_type):
            raise ValueError(f"{self.media_type!r} is not a media type.")
        if not self.name.isprintable() or "/" in self.name or not self.name:
            raise ValueError(f"{self.name!r} cannot be the name of an attachment.")
        if self.encoding and not (_encoding.fullmatch(self.encoding) and _plain_name.fullmatch(self.name)):
            raise ValueError(f"{self.name!r} cannot be the name of what is no text.")

    @classmethod
    def of_bytes(cls, name: str, media_type: str, content: bytes) -> Attachment:
        return cls(name, media_type, base64.b64encode(content).decode(), "base64")

    @classmethod
    def of_stored(cls, name: str, media_type: str, storage: str, key: str) -> Attachment:
        return cls(name, media_type, key, f"{_STORED}{storage}")

    @property
    def content(self) -> str | bytes:
        """What it holds. PermanentFailure when its storage has it no more."""
        if self.is_stored:
            return _read(self.encoding.removeprefix(_STORED), self.text)
        return base64.b64decode(self.text) if self.encoding else self.text

    @property
    def is_stored(self) -> bool:
        return self.encoding.startswith(_STORED)

    @property
    def cid(self) -> str:
        """How the HTML of its letter names it (RFC 2392)."""
        return f"{self.name}@enclosed"

    @property
    def stored(self) -> dict[str, str]:
        """As a row keeps it: a text without the rest, as releases before this one read it."""
        return {name: value for name, value in asdict(self).items() if name != "encoding" or value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, ready to go. `id` is the same at every attempt, and when it is sent again by hand: it is the
    provider's idempotency key.

    `subject` is its subject line, `html` the same text in HTML or empty; `body` is always there.
    """

    id: UUID
    to: Recipient
    subject: str
    body: str
    html: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The channel took the message. `after_commit` is called once the row that says `sent` is committed; `id` is the
    provider's own name for the message, `answer` what it said."""

    after_commit: Callable[[], None] | None = None
    id: str = ""
    answer: str = ""


class DeliveryFailure(AngariumError):
    """The channel did not take the message. `answer` is the provider's, code and text."""

    def __init__(self, message: str | None = None, *, answer: str = "", **details: Any) -> None:
        super().__init__(message, **details)
        self.answer = answer


class TemporaryFailure(DeliveryFailure):
    """The channel did not take the message this time."""

    code = "delivery_temporary"
    retryable = True


class ProviderAway(TemporaryFailure):
    """The provider cannot be reached or takes nothing at present. `at_once` when waiting will not mend it by itself
    (a wrong password): its breaker then opens without counting. `wait` is how long it asks to be left alone."""

    code = "provider_away"

    def __init__(
        self, message: str | None = None, *, at_once: bool = False, wait: timedelta | None = None, **details: Any
    ) -> None:
        super().__init__(message, **details)
        self.at_once, self.wait = at_once, wait


class UnknownOutcome(DeliveryFailure):
    """The message was handed over and no answer came: it may have arrived."""

    code = "delivery_unknown"
    retryable = True


class PermanentFailure(DeliveryFailure):
    """The channel will never take this message."""

    code = "delivery_permanent"

    def __init__(self, message: str | None = None, *, address_is_dead: bool = False, **details: Any) -> None:
        super().__init__(message, **details)
        self.address_is_dead = address_is_dead


class Channel(Protocol):
    """A way to reach people. `deliver` may take long and talk to the world; it is called in no transaction.

    `provider` names whose rate and breaker it shares. `idempotent`: given the same id twice, does the person see one
    message? If not, an unknown outcome is not tried again. `disturbs` is False for what wakes nobody (a log): quiet
    hours, rate, breaker and suppression are not asked then. `per_second` is the provider's rate, 0 for none.
    """

    provider: str
    idempotent: bool
    disturbs: bool

    @property
    def per_second(self) -> float: ...

    def deliver(self, message: Message) -> Receipt:
        """Hand the message over within a minute. Raises a DeliveryFailure; anything else counts as temporary."""
        ...


@runtime_checkable
class ManyProviders(Protocol):
    """A channel whose recipients are behind providers of their own, each with its rate and breaker."""

    def provider_for(self, to: Recipient) -> str:
        """The name, of 50 letters at most, with a blank in it."""
        ...


@runtime_checkable
class Patient(Protocol):
    """A channel whose failed messages wait longer than others: `pauses` follow the first, second, … attempt."""

    pauses: tuple[timedelta, ...]


def _read(storage: str, key: str) -> bytes:
    try:
        with storages[storage].open(key, "rb") as file:
            return bytes(file.read())
    except FileNotFoundError:
        raise PermanentFailure("What was to be enclosed is not kept any more.") from None


def provider_of(channel: Channel, to: Recipient) -> str:
    """Whose rate and breaker a message to this recipient shares."""
    return channel.provider_for(to) if isinstance(channel, ManyProviders) else channel.provider


def pause_after(channel: Channel, attempt: int) -> timedelta | None:
    """How long a message waits after its failed attempt number `attempt` (from 1); None for as long as any work."""
    if not isinstance(channel, Patient):
        return None
    return channel.pauses[min(attempt, len(channel.pauses)) - 1]
