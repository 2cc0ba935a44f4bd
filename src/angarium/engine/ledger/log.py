"""The ledger's log: which operations changed, in an order that readers can follow and resume.

Transitions have ids from a sequence, and a sequence says nothing of the order of commits: a reader that goes on from
the greatest id it saw misses what commits later with a smaller one. So the relay gives out positions of its own, for
many transitions at once and in one small row, a `Stretch`: writers pay nothing for it.

* Positions are gapless, and come from a counter row that is locked while stamping.
* What is not to be seen yet is a `Gap`, looked for again until every transaction that could hold it has ended. One
  that stays open for an hour holds up nobody else's.
* The log is coalesced: an operation that moved five times within a stretch is in it once. A reader is told where
  the operation stands now, which may be further than it stood then.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from angarium.engine.events.public import WORK, locked_position, moved
from angarium.kernel.clock import now

from .models import Gap, Operation, Stretch, Transition

#: As text, since the relay asks it all the time.
LAST = "SELECT MAX(id) FROM ledger_transition"
MOST = 5000
#: Gaps remembered at once. A sequence that was set forward by hand leaves more than anybody waits for.
MOST_GAPS = 10_000
#: Beyond what the horizon says: the id is taken a moment before its transaction has a number.
BREATH = timedelta(seconds=10)
#: What nobody who watches needs, and what may be large.
UNREAD = ("input", "metadata", "output", "error", "message", "worker")


@dataclass(frozen=True, slots=True)
class Change:
    """An operation that moved, as it stands now, and its position."""

    position: int
    operation: Operation


@dataclass(frozen=True, slots=True)
class Stamped:
    """Is there more than one stamping takes, and are there gaps, to be looked for again?"""

    more: bool = False
    gaps: bool = False


def stamp(limit: int = MOST) -> Stamped:
    """Give positions to the operations that moved since the last time."""
    with transaction.atomic():
        head = locked_position(WORK)
        before = Stretch.objects.order_by("-last").first()
        if before is None:
            _begin(head.value)
            return Stamped(more=True)
        late = _come_late()
        rows = list(Transition.objects.filter(id__gt=before.upto).order_by("id").values_list("id", "operation")[:limit])
        if late or rows:
            last = head.value + len(_ordered(late + rows))
            Stretch.objects.create(
                last=last,
                first=head.value + 1,
                after=before.upto,
                upto=rows[-1][0] if rows else before.upto,
                missing=_gaps(before.upto, [id for id, _ in rows]),
                late=[id for id, _ in late],
            )
            moved(WORK, last)
        return Stamped(more=len(rows) == limit, gaps=Gap.objects.exists())


def _begin(last: int) -> None:
    """History from before the log has no positions."""
    upto = Transition.objects.aggregate(last=Max("id"))["last"] or 0
    Stretch.objects.create(last=last, first=last + 1, after=upto, upto=upto)


Row = tuple[int, UUID]


def _ordered(rows: Collection[Row]) -> list[UUID]:
    """The operations of these transitions, each once, in the order of its last one."""
    last = {operation: id for id, operation in sorted(rows)}
    return sorted(last, key=lambda operation: last[operation])


def _gaps(after: int, ids: Sequence[int]) -> list[int]:
    """What is missing among these ids, remembered. SQLite has one writer at a time, and takes ids back."""
    if connection.vendor != "postgresql" or not ids or ids[-1] - after == len(ids):
        return []
    missing = sorted(set(range(max(after + 1, ids[-1] - MOST_GAPS), ids[-1])) - set(ids))
    horizon = _snapshot("pg_snapshot_xmax")
    Gap.objects.bulk_create([Gap(id=id, horizon=horizon) for id in missing], ignore_conflicts=True)
    return missing


def _come_late() -> list[Row]:
    """Transitions that committed after later ones had their positions; forgets what can never come."""
    gaps = list(Gap.objects.order_by("id")[:MOST_GAPS])
    if not gaps:
        return []
    oldest = _snapshot("pg_snapshot_xmin")  # before looking, so that what ended until then is seen
    rows = list(Transition.objects.filter(id__in=[gap.id for gap in gaps]).values_list("id", "operation"))
    come = {id for id, _ in rows}
    dead = {gap.id for gap in gaps if gap.horizon <= oldest and gap.at < now() - BREATH}
    if come or dead:
        Gap.objects.filter(id__in=come | dead).delete()
    return rows


def _snapshot(function: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def changes_after(position: int, limit: int) -> list[Change] | None:
    """What moved after this position, in order: at least one stretch, and no other begun beyond `limit`. None when
    the log does not reach back so far."""
    stretches = list(Stretch.objects.filter(last__gt=position).order_by("last")[:limit])
    stretches = [one for one in stretches if one.first <= position + limit] or stretches[:1]
    if not stretches:
        return []
    if stretches[0].first > position + 1:
        return None
    placed = _placed(stretches)
    if placed is None:
        return None
    wanted = {place: id for place, id in placed.items() if place > position}
    heads = Operation.objects.filter(id__among=sorted(set(wanted.values()))).defer(*UNREAD).in_bulk()
    if len(heads) < len(set(wanted.values())):
        return None  # pruned meanwhile
    return [Change(place, heads[id]) for place, id in sorted(wanted.items())]


def _placed(stretches: Sequence[Stretch]) -> dict[int, UUID] | None:
    """Which operation has which position; None when some are not there any more."""
    lines = Transition.objects.order_by("id").values_list("id", "operation")
    rows: list[Row] = list(lines.filter(id__gt=stretches[0].after, id__lte=stretches[-1].upto))
    late = dict(lines.filter(id__in=[id for one in stretches for id in one.late]))
    ids = [id for id, _ in rows]
    placed: dict[int, UUID] = {}
    for one in stretches:
        missing = set(one.missing)
        within = rows[bisect_right(ids, one.after) : bisect_right(ids, one.upto)]
        seen = [row for row in within if row[0] not in missing] + [(id, late[id]) for id in one.late if id in late]
        operations = _ordered(seen)
        if len(operations) != one.last - one.first + 1:
            return None
        placed.update(enumerate(operations, start=one.first))
    return placed


def prune_log(before: datetime) -> int:
    """Forget stretches from before this moment, but for the last one; returns how many went."""
    newest = Stretch.objects.aggregate(last=Max("last"))["last"]
    return Stretch.objects.filter(at__lt=before).exclude(last=newest).delete()[0]
