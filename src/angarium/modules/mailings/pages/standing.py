"""How mailings stand: their counts as a bar, how fast they go, when they will probably be through, when more may go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Subquery

from angarium.kernel.clock import now
from angarium.modules.mailings.counting import counts_of
from angarium.modules.mailings.lifecycle import OPEN, MessageState, State
from angarium.modules.mailings.models import Mailer, Message, Minute

from .bars import Part, parts_of

MINUTE = timedelta(minutes=1)
#: Seconds of a minute that tell nothing of its rate yet, and after which they tell more than the minute before.
TOO_SHORT, ENOUGH = 5.0, 15.0


@dataclass(frozen=True, slots=True)
class Standing:
    """One mailing at `at`. `per_minute` is what was sent in the last full minute, or what the running one will have if
    it is the first; `pace` is what is reckoned with, which knows of the running one sooner. `opens_at` is when the next
    window of those that wait for one opens."""

    mailer: Mailer
    counts: Mapping[str, int]
    at: datetime
    per_minute: int = 0
    pace: int = 0
    opens_at: datetime | None = None

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        return sum(self.counts[state] for state in OPEN)

    @property
    def waiting(self) -> int:
        """Who is still to get it and is not being called."""
        return self.counts["queued"] + self.counts["deferred"]

    @property
    def ended(self) -> int:
        return self.total - self.open

    @property
    def percent(self) -> float:
        return 100 * self.ended / self.total if self.total else 0.0

    @property
    def parts(self) -> list[Part]:
        return parts_of(self.counts)

    @property
    def spoken(self) -> str:
        """What a screen reader gets of the bar."""
        return ", ".join(part.title for part in self.parts)

    @property
    def left(self) -> float:
        """Seconds that those who may be written to now will take at this rate; 0 where nobody knows."""
        due = self.counts["queued"] + self.counts["sending"]
        if not (due and self.pace and self.mailer.state == State.SENDING):
            return 0.0
        seconds = 60 * due / self.pace
        return seconds if seconds < 10 else float(round(seconds))

    @property
    def done_at(self) -> datetime | None:
        return self.at + timedelta(seconds=self.left) if self.left else None

    @property
    def is_too_slow(self) -> bool:
        """Will the finish probably come before the last of them?"""
        return self.done_at is not None and self.done_at > self.mailer.finish

    @property
    def missing(self) -> int:
        """So many of them."""
        late = (self.done_at - self.mailer.finish) / MINUTE if self.done_at and self.is_too_slow else 0.0
        return min(round(late * self.pace), self.counts["queued"])


def standings_of(mailers: Iterable[Mailer]) -> list[Standing]:
    """These mailings, in their order. Three queries at most."""
    rows, moment = list(mailers), now()
    counts = counts_of([row.pk for row in rows])
    rates = _rates([row.pk for row in rows if row.state == State.SENDING], moment)
    openings = _openings([row.pk for row in rows if counts[row.pk]["deferred"]], moment)
    return [Standing(row, counts[row.pk], moment, *rates.get(row.pk, (0, 0)), openings.get(row.pk)) for row in rows]


def _rates(mailers: list[int], at: datetime) -> dict[int, tuple[int, int]]:
    """(per minute, pace) of each."""
    running = at.replace(second=0, microsecond=0)
    sent: dict[int, dict[datetime, int]] = {}
    rows = Minute.objects.filter(mailer__in=mailers, at__gte=running - MINUTE) if mailers else ()
    for row in rows:
        sent.setdefault(row.mailer_id, {})[row.at] = row.sent
    passed = (at - running).total_seconds()
    return {id: rate(found.get(running - MINUTE, 0), found.get(running, 0), passed) for id, found in sent.items()}


def rate(last: int, running: int, passed: float) -> tuple[int, int]:
    """(per minute, pace), from what was sent in the last full minute and in `passed` seconds of the running one."""
    projected = round(60 * running / passed) if passed >= TOO_SHORT else 0
    return last or projected, (projected if passed >= ENOUGH else 0) or last or projected


def _openings(mailers: list[int], at: datetime) -> dict[int, datetime]:
    """When the first window after now opens; what is looked for is found by the index of what is due."""
    if not mailers:
        return {}
    due = Message.objects.filter(mailer=OuterRef("pk"), state__in=sorted(OPEN), due_at__gt=at)
    waits = due.filter(state=MessageState.DEFERRED)
    first = Subquery(waits.order_by("due_at", "id").values("due_at")[:1])
    rows = Mailer.objects.filter(pk__in=mailers).annotate(opens_at=first).values_list("pk", "opens_at")
    return {id: opening for id, opening in rows if opening is not None}
