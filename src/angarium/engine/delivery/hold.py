"""May a message go now? Pure rules over its row: what ends it unsent, what it waits for.

it is worth nothing any more           → expired
its address is suppressed              → suppressed
it was asked for later                 → deferred until then
it is night where the person is        → deferred until the window ends; not if urgent
anything that would last too long      → expired at once, with what it would have waited for
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.timezone import get_default_timezone

from .models import AbstractDelivery
from .quiet import QuietHours
from .states import State


@dataclass(frozen=True, slots=True)
class End:
    """It is not sent, now or later."""

    state: str
    because: str


@dataclass(frozen=True, slots=True)
class Wait:
    """It is sent later; looked at again at `until`."""

    until: datetime
    because: str


Hold = End | Wait


def held(
    row: AbstractDelivery, at: datetime, *, disturbs: bool, quiet: QuietHours | None, suppressed: str = ""
) -> Hold | None:
    """What keeps this message from being sent at this moment, None when nothing does. `quiet` is the instance's
    window, for who has none of their own; `suppressed` the reason for which the address is not written to."""
    if row.not_after is not None and at >= row.not_after:
        return End(State.EXPIRED, f"It was of use until {_moment(row.not_after)} only.")
    if suppressed and disturbs:
        return End(State.SUPPRESSED, f"The address is not written to: {suppressed}")
    if row.not_before is not None and at < row.not_before:
        return waits(row, row.not_before, "It was asked for a later time.")
    window = row.to.quiet or quiet
    if window is None or row.urgent or not disturbs:
        return None
    until = window.ends(at, zone_of(row.timezone))
    return None if until is None else waits(row, until, f"Quiet hours, {window} in {row.timezone}.")


def waits(row: AbstractDelivery, until: datetime, because: str) -> Hold:
    """Waiting, unless it would be worth nothing by then."""
    if row.not_after is not None and until >= row.not_after:
        return End(State.EXPIRED, f"{because} After that it would be of no use.")
    return Wait(until, because)


def zone_of(name: str) -> ZoneInfo:
    """The zone of this name; the instance's where the name means nothing (any more)."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(str(get_default_timezone()))


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
