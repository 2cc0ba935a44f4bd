"""What all mailings did on one day, by the clock of one zone. A day there has 23 to 25 hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count as Number
from django.db.models import Sum
from django.db.models.functions import ExtractHour

from .models import Attempt, Minute


@dataclass(frozen=True, slots=True)
class Day:
    """A day by the calendar, in a zone."""

    date: date
    zone: str

    @property
    def begins(self) -> datetime:
        return _midnight(self.date, self.zone)

    @property
    def ends(self) -> datetime:
        """It does not belong to it."""
        return _midnight(self.date + timedelta(days=1), self.zone)


@dataclass(frozen=True, slots=True)
class Told:
    """`mailers` are {mailing: (sent, failed calls)}, those that did most first; `hours` the same for each hour on the
    wall; `failures` {reason: calls}, the most frequent first."""

    mailers: dict[int, tuple[int, int]]
    hours: list[tuple[int, int]]
    failures: dict[str, int]

    @property
    def sent(self) -> int:
        return sum(sent for sent, _failed in self.mailers.values())

    @property
    def failed(self) -> int:
        return sum(failed for _sent, failed in self.mailers.values())


def ended_within(after: datetime, until: datetime, zone: str) -> Iterator[Day]:
    """The days that ended in (after, until]. Spans that follow one another have each day once, also where clocks are
    put forward or back."""
    day = Day(after.astimezone(ZoneInfo(zone)).date() - timedelta(days=1), zone)
    while day.ends <= until:
        if day.ends > after:
            yield day
        day = Day(day.date + timedelta(days=1), zone)


def told_of(day: Day) -> Told:
    """The day's numbers, from what was counted as it happened; failures from the calls that failed."""
    rows = Minute.objects.filter(at__gte=day.begins, at__lt=day.ends)
    sums = {"sent_sum": Sum("sent"), "failed_sum": Sum("failed")}
    by_mailer = {id: (sent, failed) for id, sent, failed in rows.values_list("mailer").annotate(**sums)}
    by_hour = rows.annotate(hour=ExtractHour("at", tzinfo=ZoneInfo(day.zone))).values_list("hour").annotate(**sums)
    hours = {hour: (sent, failed) for hour, sent, failed in by_hour}
    most_first = sorted(by_mailer.items(), key=lambda one: (-sum(one[1]), one[0]))
    failed = any(failed for _sent, failed in by_mailer.values())
    return Told(
        mailers=dict(most_first),
        hours=[hours.get(hour, (0, 0)) for hour in range(24)],
        failures=_failures(day) if failed else {},
    )


def _failures(day: Day) -> dict[str, int]:
    rows = Attempt.objects.filter(at__gte=day.begins, at__lt=day.ends).values_list("reason")
    found = dict(rows.annotate(number=Number("id")))
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _midnight(day: date, zone: str) -> datetime:
    """The first instant of the day; where clocks jump over midnight, that of the jump."""
    return datetime.combine(day, time(0), ZoneInfo(zone)).astimezone(UTC)
