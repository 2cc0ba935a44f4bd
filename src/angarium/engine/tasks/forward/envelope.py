"""What travels between deployments: events with the operation that waits for each, and receipts for them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from angarium.engine.events.public import Event

VERSION = 1
_Version = Annotated[int, Meta(ge=VERSION, le=VERSION)]
_Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
_Epoch = Annotated[int, Meta(ge=0, lt=2**31)]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the sender's log."""

    uid: UUID
    type: Annotated[str, Meta(max_length=200)]
    subject: Annotated[str, Meta(max_length=200)]
    data: dict[str, Any]
    at: Annotated[datetime, Meta(tz=True)]
    subject_version: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    actor: UUID | None = None
    actor_name: Annotated[str, Meta(max_length=200)] = ""
    request_id: Annotated[str, Meta(max_length=64)] = ""

    def as_row(self) -> Event:
        """The row that it becomes. ValueError for what no database of ours could keep."""
        text = json.dumps(msgspec.to_builtins(self), allow_nan=False, ensure_ascii=False)
        if "\\u0000" in text:
            raise ValueError("It has a NUL in it.")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError("It has half of a surrogate pair in it.") from None
        return Event(**msgspec.structs.asdict(self))


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """One event, not looked into yet, and the operation of the sender's that ends when it was taken."""

    operation: UUID
    epoch: _Epoch
    event: Any


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Events from one sender."""

    v: _Version = VERSION
    sender: _Name
    parcels: list[Parcel]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one event: it is in the peer's log, or why it was `refused`."""

    operation: UUID
    epoch: _Epoch
    refused: str = ""


class Receipts(msgspec.Struct, frozen=True, kw_only=True):
    """What one peer says."""

    v: _Version = VERSION
    receipts: list[Receipt]


def told(event: Event) -> dict[str, Any]:
    """The event as JSON-ready builtins."""
    fields = {name: getattr(event, name) for name in Told.__struct_fields__}
    return dict(msgspec.to_builtins(Told(**fields)))


def read(message: Any) -> Message:
    """What somebody sent. ValueError when it is no message of ours."""
    return msgspec.convert(message, Message)


def written(sender: str, parcels: Sequence[Parcel]) -> dict[str, Any]:
    return dict(msgspec.to_builtins(Message(sender=sender, parcels=list(parcels))))
