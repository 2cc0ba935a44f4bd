"""Events that come from other deployments: inserted under their uids, committed, then said to be there.

What cannot be taken is refused with a sentence, which ends the sender's operation as failed, where people see it. A
message that is not one of ours, or from somebody whom FORWARD_FROM does not name, goes to the dead letters: nobody
would know what to answer.
"""

from __future__ import annotations

import pkgutil
import threading
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

import msgspec
import structlog
from django.conf import settings
from django.db import DataError

from angarium import contracts
from angarium.contracts.event import load
from angarium.engine.events.public import insert_foreign
from angarium.engine.tasks.celery import app
from angarium.engine.tasks.inbox import Unreadable, inbox

from . import metrics
from .envelope import Message, Parcel, Receipt, Told, read
from .peers import QUEUE, TASK, is_ours
from .wire import Wire

_line = threading.local()
_log = structlog.get_logger(__name__)


def take_events(message: Any) -> None:
    """What one sender sent in one message."""
    try:
        found = read(message)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"These are no events: {error}") from error
    if found.sender not in settings.FORWARD_FROM:
        raise Unreadable(f"FORWARD_FROM does not name {found.sender}.")
    try:
        receipts = _taken(found)
    except DataError as error:  # and trying again would not help
        raise Unreadable(f"The database cannot keep these events: {error}") from error
    _answer(found.sender, receipts)


def _taken(message: Message) -> list[Receipt]:
    """Insert what can be, and say of each what became of it."""
    refused: dict[UUID, str] = {}
    told: dict[UUID, Told] = {}
    for parcel in message.parcels:
        try:
            told[parcel.operation] = understood(parcel)
        except (ValueError, RecursionError) as error:
            refused[parcel.operation] = str(error)[:1000]
    inserted = insert_foreign([one.as_row() for one in told.values()])
    for operation, one in told.items():
        if inserted[one.uid] is None:
            refused[operation] = f"Another event says the same of version {one.subject_version} of {one.subject}."
    metrics.taken.labels(metrics.NEW).inc(sum(new is True for new in inserted.values()))
    metrics.taken.labels(metrics.REPEATED).inc(sum(new is False for new in inserted.values()))
    metrics.taken.labels(metrics.REFUSED).inc(len(refused))
    for operation, because in refused.items():
        _log.warning("forward.not_taken", sender=message.sender, their_operation=str(operation), because=because)
    return [
        Receipt(operation=one.operation, epoch=one.epoch, refused=refused.get(one.operation, ""))
        for one in message.parcels
    ]


def understood(parcel: Parcel) -> Told:
    """The event, if it is one that we can take. ValueError with a sentence that says why not."""
    told = msgspec.convert(parcel.event, Told)
    _know_all_contracts()
    if is_ours(told.type):
        raise ValueError(f"{told.type} is about a module that runs here.")
    try:
        fact = load(told.type, told.data)
    except KeyError:
        raise ValueError(f"This release does not know {told.type}.") from None
    if fact.subject != told.subject:
        raise ValueError(f"{told.type} is about {fact.subject[:100]}, not about {told.subject}.")
    told.as_row()
    return told


@cache
def _know_all_contracts() -> None:
    """Also those that nothing here reacts to: they are kept, and read by whoever looks at the log."""
    for found in pkgutil.iter_modules(contracts.__path__):
        if not found.ispkg:
            import_module(f"{contracts.__name__}.{found.name}")


def _answer(sender: str, receipts: list[Receipt]) -> None:
    """Over a connection of this thread's own to our broker, where the message came from. What is not heard there is
    asked for by the sender, who sends its events again."""
    if getattr(_line, "wire", None) is None or _line.wire.url != app.conf.broker_url:
        _line.wire = Wire(app.conf.broker_url)
    try:
        _line.wire.open()
        _line.wire.answer(sender, receipts)
    except Exception as error:  # noqa: BLE001  brokers raise whatever their clients raise
        _line.wire.hang_up()
        _log.warning("forward.not_answered", sender=sender, error=f"{type(error).__name__}: {error}"[:300])


def open_inbox() -> None:
    """Take what comes, where the settings name somebody whose events are taken."""
    if settings.FORWARD_FROM:
        inbox(TASK, queue=QUEUE)(take_events)
