"""What would become of a mailing if it were planned now: how many go when, who will not get it and why.

It asks `planning.chance_of`, as the plan itself does, once for each zone in which somebody fits; who fits is counted by
the database. Nothing is written. A message that waits for another try is told as if it could go at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from django.conf import settings
from django.db.models import Count, FilteredRelation, Q

from angarium.kernel.clock import now

from .counting import counts_of
from .errors import BadSpan, BadWindow
from .lifecycle import MessageState
from .models import Client, Mailer
from .pace import Lot, Pace, pace
from .planning import chance_of
from .queries import matching
from .windows import Chance, zone_named

#: A mailing whose end nobody has said yet.
NO_END = datetime(9998, 12, 31, tzinfo=UTC)
#: Messages that a plan does not touch: they were handed over, or refused for good.
HANDED_OVER = (MessageState.SENDING, MessageState.SENT, MessageState.FAILED)
EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Group:
    """So many clients of one zone, who may all be written to at the same time."""

    zone: str
    number: int
    chance: Chance

    @property
    def local(self) -> str:
        """What the clock on their wall shows then; empty when it never comes."""
        return "" if self.chance.at is None else f"{self.chance.at.astimezone(zone_named(self.zone)):%H:%M}"


@dataclass(frozen=True, slots=True)
class Later:
    """So many wait until their clocks show `local`, which is from `first_at` to `last_at`, in so many zones."""

    local: str
    number: int
    first_at: datetime
    last_at: datetime
    zones: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """`asked_at` is when it was true. `handed_over` have been given to the sender before, or were refused by it.
    `pace` says when the last one goes, and how many the time is too short for at SENDER_PER_SECOND."""

    asked_at: datetime
    start: datetime
    finish: datetime
    groups: tuple[Group, ...]
    opted_out: int
    handed_over: int
    pace: Pace

    @property
    def matching(self) -> int:
        return sum(group.number for group in self.groups) + self.opted_out + self.handed_over

    @property
    def first_at(self) -> datetime:
        """When those go who need not wait for their window."""
        return max(self.start, self.asked_at)

    @property
    def at_once(self) -> int:
        return sum(one.number for one in self.groups if one.chance.at is not None and not one.chance.waits)

    @property
    def expires(self) -> int:
        """Whose window does not open before the finish, or for whom it is over already."""
        return sum(one.number for one in self.groups if one.chance.at is None)

    @property
    def later(self) -> list[Later]:
        waiting = sorted((one for one in self.groups if one.chance.at and one.chance.waits), key=lambda one: one.local)
        found = [_later(local, list(some)) for local, some in groupby(waiting, key=lambda one: one.local)]
        return sorted(found, key=lambda one: (one.first_at, one.local))


def _later(local: str, groups: list[Group]) -> Later:
    times = [one.chance.at for one in groups if one.chance.at is not None]
    return Later(local, sum(one.number for one in groups), min(times), max(times), len(groups))


def forecast(mailer: Mailer, at: datetime | None = None) -> Forecast:
    """Of a mailing as it is now, or of one that was never saved (`draft`). One query for one that has sent nothing."""
    moment = at or now()
    groups, opted_out, handed_over = [], 0, 0
    for zone, open, out, handed in _counted(mailer):
        if open:
            groups.append(Group(zone, open, chance_of(mailer, zone, moment)))
        opted_out, handed_over = opted_out + out, handed_over + handed
    return Forecast(
        asked_at=moment,
        start=mailer.start,
        finish=mailer.finish,
        groups=tuple(groups),
        opted_out=opted_out,
        handed_over=handed_over,
        pace=pace(
            (Lot(one.number, one.zone, one.chance.at) for one in groups if one.chance.at is not None),
            mailer.window,
            finish=mailer.finish,
            per_second=settings.SENDER_PER_SECOND,
        ),
    )


def draft(
    *,
    start: datetime | None = None,
    finish: datetime | None = None,
    **said: object,
) -> Mailer:
    """A mailing that is only thought of, with what has been said of it so far. BadSpan, BadWindow as for a real one."""
    mailer = Mailer(start=start or now(), finish=finish or NO_END, **said)
    if mailer.finish <= mailer.start:
        raise BadSpan(field="finish")
    if (mailer.window_start is None) != (mailer.window_end is None):
        raise BadWindow(field="window_end" if mailer.window_end is None else "window_start")
    return mailer


def examples(mailer: Mailer) -> list[Client]:
    """Some of those who would get it."""
    rows = matching(tag=mailer.tag, operator_code=mailer.operator_code)
    return list(rows.filter(opted_out_at__isnull=True).order_by("id")[:EXAMPLES])


def _counted(mailer: Mailer) -> Iterable[tuple[str, int, int, int]]:
    """(zone, who may be written to, who may not, who has got it or been refused) of the clients that fit."""
    rows = matching(tag=mailer.tag, operator_code=mailer.operator_code)
    handed = Q(pk__in=[])
    if mailer.pk is not None and _has_handed_over(mailer.pk):
        rows = rows.annotate(mine=FilteredRelation("messages", condition=Q(messages__mailer=mailer.pk)))
        handed = Q(mine__state__in=HANDED_OVER)
    written = Q(opted_out_at__isnull=True)
    return (
        rows.order_by("timezone")
        .values_list("timezone")
        .annotate(
            open=Count("id", filter=written & ~handed),
            out=Count("id", filter=~written & ~handed),
            handed=Count("id", filter=handed),
        )
    )


def _has_handed_over(mailer: int) -> bool:
    counts = counts_of([mailer])[mailer]
    return any(counts[state] for state in HANDED_OVER)
