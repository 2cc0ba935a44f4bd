"""One attempt at one message: what may go is called out, and whatever the channel answers becomes an outcome.

    row moves to `sending`, committed      a crash from here on is seen: the next attempt finds `sending`
    the channel is called, in no transaction
    the row's next state and the operation's outcome are one transaction

What waits (a window, a rate, a provider that is away) is snoozed, which spends no attempt; only failures that may be
the message's own are counted, and after the last of them it has failed.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction

from angarium.engine.tasks.public import Cancel, Done, Fail, Outcome, Retry, Run, Snooze
from angarium.kernel.clock import now

from . import providers
from .channel import (
    Channel,
    DeliveryFailure,
    PermanentFailure,
    ProviderAway,
    Receipt,
    TemporaryFailure,
    UnknownOutcome,
    pause_after,
    provider_of,
)
from .channels import channel_named
from .errors import Overtaken
from .hold import End, Hold, Wait, held, waits
from .metrics import answered
from .models import AbstractDelivery
from .moves import bounded, move
from .quiet import QuietHours
from .rendering import message_of
from .states import OPEN, WAITING, State
from .suppression import suppress, suppression_of

#: A place in the rate further away than this gives the work back; one that was missed for longer is taken anew.
PATIENCE = 1.0
SLOT_HOLDS = timedelta(seconds=30)
#: After a failure of the provider that has not opened its breaker yet.
BREATH = timedelta(seconds=2)
_UNKNOWN = "The attempt before ended without saying what became of it; it may have arrived."


@dataclass(frozen=True, slots=True)
class Attempt:
    """What belongs to one attempt: the row, its run, its channel, and whether it tries a breaker."""

    row: AbstractDelivery
    run: Run
    channel: Channel
    probe: bool = False

    @property
    def provider(self) -> str:
        return provider_of(self.channel, self.row.to)


def attempt(row: AbstractDelivery, run: Run) -> Outcome:
    """Send one row, if it may go now. It is `run`'s only work."""
    if row.state not in OPEN and row.state != State.FAILED:
        return _ended_before(row)
    channel = channel_named(row.channel)
    if row.state == State.FAILED:
        _commit(row, State.QUEUED, "It was asked for again.")
    if row.state == State.SENDING and not channel.idempotent:
        because = f"{_UNKNOWN} It is not tried again, since it would then come twice."
        return Fail(because, record=partial(move, row, State.FAILED, because=because))
    hold, probe = _held(row, channel)
    if hold is not None:
        return _put_off(row, hold)
    return _go(Attempt(row, run, channel, probe))


def _ended_before(row: AbstractDelivery) -> Outcome:
    if row.state in (State.SENT, State.DELIVERED):
        return Done({"delivery": str(row.pk), "already": True})
    return Cancel(f"It is {row.state}: {row.because}")


def _held(row: AbstractDelivery, channel: Channel) -> tuple[Hold | None, bool]:
    """What keeps it, and whether it is the probe of its provider's breaker."""
    suppressed = suppression_of(row) if channel.disturbs else None
    hold = held(
        row,
        now(),
        disturbs=channel.disturbs,
        quiet=QuietHours.parse(settings.QUIET_HOURS),
        suppressed=suppressed.because if suppressed else "",
    )
    if hold is not None or not channel.disturbs:
        return hold, False
    return _held_by_provider(row, channel)


def _held_by_provider(row: AbstractDelivery, channel: Channel) -> tuple[Hold | None, bool]:
    provider = provider_of(channel, row.to)
    circuit = providers.circuit_of(provider)
    if circuit.open_until is not None and circuit.is_open(now()):
        return waits(row, _spread(circuit.open_until), _away(provider, circuit.because)), False
    if (hold := _held_by_rate(row, channel)) is not None:
        return hold, False
    if not circuit.is_half_open(now()):
        return None, False
    if providers.take_probe(provider, circuit):
        return None, True
    return waits(row, _spread(now() + BREATH), _away(provider, circuit.because)), False


def _held_by_rate(row: AbstractDelivery, channel: Channel) -> Hold | None:
    """Its place in the provider's rate: one that is near is awaited here, one that is far is kept in the row."""
    if row.slot is not None and row.slot <= now() < row.slot + SLOT_HOLDS:
        return None
    provider = provider_of(channel, row.to)
    slot = providers.reserve(provider, per_second=channel.per_second)
    wait = 0.0 if row.urgent else providers.seconds_until(slot)
    if wait > PATIENCE:
        row.slot = slot
        return waits(row, slot, f"The rate of {provider} lets {channel.per_second:g} a second go.")
    time.sleep(wait)
    return None


def _put_off(row: AbstractDelivery, hold: Hold) -> Outcome:
    match hold:
        case End(state=state, because=because):
            return Cancel(because, record=partial(move, row, state, because=because))
        case Wait(until=until, because=because):
            record = partial(move, row, State.DEFERRED, because=because, due_at=until, slot=row.slot)
            return Snooze(until, because, record=record)


def _go(one: Attempt) -> Outcome:
    row = one.row
    try:
        because = _UNKNOWN if row.state == State.SENDING else ""
        _commit(row, State.SENDING, because, attempts=row.attempts + 1, operation=one.run.operation, due_at=None)
    except Overtaken:
        row.refresh_from_db()
        return _ended_before(row) if row.state not in WAITING else Retry(because="Somebody else moved it.")
    started = time.monotonic()
    try:
        receipt = one.channel.deliver(message_of(row))
    except Exception as failure:  # noqa: BLE001  whatever a channel raises is an outcome
        answered(row.channel, type(failure).__name__, time.monotonic() - started)
        return _failure(one, failure)
    answered(row.channel, "accepted", time.monotonic() - started)
    return Done({"delivery": str(row.pk)}, record=partial(_sent, one, receipt))


def _failure(one: Attempt, failure: Exception) -> Outcome:
    """What a failed attempt means. An unknown failure is tried again, within the budget."""
    answer = bounded(getattr(failure, "answer", ""))
    if isinstance(failure, DeliveryFailure):
        because = bounded(failure.message)
    else:
        because = bounded(f"{type(failure).__name__}: {failure}")
    match failure:
        case ProviderAway():
            return _wait_for_provider(one, because, answer, failure)
        case PermanentFailure(address_is_dead=dead):
            return Fail(because, record=partial(_refused, one, because, answer, dead=dead))
        case UnknownOutcome() if not one.channel.idempotent:
            because = bounded(f"{because} It is not tried again, since it would then come twice.")
            return Fail(because, record=partial(_failed, one, State.FAILED, because, answer))
        case UnknownOutcome():
            providers.failed(one.provider, because, at_once=False, probe=one.probe)
        case TemporaryFailure():
            providers.worked(one.provider)  # it answered
    return _again(one, because, answer)


def _again(one: Attempt, because: str, answer: str) -> Outcome:
    """Another attempt by the channel's schedule, or the end of it."""
    if one.run.attempt >= one.run.claim.max_claims:
        return Retry(because=because, record=partial(_failed, one, State.FAILED, because, answer))
    pause = pause_after(one.channel, one.run.attempt)
    if pause is None:
        return Retry(because=because, record=partial(_failed, one, State.QUEUED, because, answer))
    until = _spread(now() + pause)
    hold = waits(one.row, until, because)
    if isinstance(hold, End):
        return Cancel(hold.because, record=partial(_failed, one, hold.state, hold.because, answer))
    record = partial(move, one.row, State.DEFERRED, because=because, answer=answer, due_at=until)
    return Retry(after=until - now(), because=because, record=record)


def _wait_for_provider(one: Attempt, because: str, answer: str, failure: ProviderAway) -> Outcome:
    """Nothing is wrong with the message, so the attempt does not count."""
    circuit = providers.failed(one.provider, because, at_once=failure.at_once, probe=one.probe)
    if failure.wait is not None:
        providers.rest(one.provider, now() + failure.wait, because)
        circuit = providers.circuit_of(one.provider)
    until = _spread(circuit.open_until or now() + BREATH * circuit.failures)
    hold = waits(one.row, until, _away(one.provider, because))
    if isinstance(hold, End):
        return Cancel(hold.because, record=partial(_failed, one, hold.state, hold.because, answer))
    record = partial(move, one.row, State.DEFERRED, because=hold.because, answer=answer, due_at=until)
    return Snooze(until, hold.because, record=record)


def _sent(one: Attempt, receipt: Receipt) -> None:
    changes: dict[str, Any] = {"sent_at": now(), "provider_id": bounded(receipt.id)[:300]}
    if one.row.urgent:
        changes["context"] = {}  # it may have held a link that lets one in
    move(one.row, State.SENT, answer=receipt.answer, **changes)
    if one.channel.disturbs:
        providers.worked(one.provider)
    if receipt.after_commit is not None:
        transaction.on_commit(receipt.after_commit)


def _refused(one: Attempt, because: str, answer: str, *, dead: bool) -> None:
    _failed(one, State.FAILED, because, answer)
    providers.worked(one.provider)
    if dead:
        suppress(one.row.channel, one.row.address, because, by="delivery")


def _failed(one: Attempt, state: str, because: str, answer: str) -> None:
    move(one.row, state, because=because, answer=answer)


def _commit(row: AbstractDelivery, to: str, because: str, **changes: Any) -> None:
    with transaction.atomic():
        move(row, to, because=because, **changes)


def _away(provider: str, because: str) -> str:
    return bounded(f"{provider} does not work: {because}")


def _spread(until: datetime) -> datetime:
    """A little later, so that all who wait do not come back at once."""
    return until + timedelta(seconds=random.uniform(0, 2))  # noqa: S311
