"""Finding what must be looked at: what is due goes to the broker, what lost its worker comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from angarium.kernel.clock import now

from . import metrics
from .claim import spent
from .kinds import is_remote
from .models import Due, Operation
from .order import blocked
from .states import State
from .write import control, let_wait, locked, schedule

LONGEST_REPUBLISH = timedelta(minutes=15)
#: As text, since the relay asks it all the time and Django would compile it each time anew.
NEXT_DUE = "SELECT MIN(due_at) FROM ledger_due WHERE due_at IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Call:
    """A wake-up call to publish: this operation of this kind on this queue."""

    operation: UUID
    kind: str
    queue: str


def take_due(limit: int = 2000, *, served: Callable[[], bool] = lambda: True) -> list[Call]:
    """Take what is due, at most `limit`: the caller publishes it after this transaction has committed.

    `served` says whether those who renew leases over HTTP have been able to; else theirs are left alone.

    Each taken operation becomes due again after a while that doubles, in case the call is lost on its way.
    Operations whose lease ran out are taken back first. Two dispatchers share the work (SKIP LOCKED).
    """
    calls, silent = _take(limit)
    lost = _silent(silent, served)
    return calls + _take(limit - len(calls))[0] if lost and reclaim(lost) else calls


def _silent(rows: Sequence[_Row], served: Callable[[], bool]) -> list[UUID]:
    """Those whose workers are to blame for their silence."""
    remote = [row.pk for row in rows if is_remote(row.kind)]
    if not remote or served():
        return [row.pk for row in rows]
    Due.objects.filter(pk__among=remote, claimed=True).update(due_at=now() + timedelta(seconds=1))
    return [row.pk for row in rows if not is_remote(row.kind)]


class _Row(NamedTuple):
    pk: UUID
    kind: str
    queue: str
    order_key: str
    publishes: int
    claimed: bool


def _take(limit: int) -> tuple[list[Call], list[_Row]]:
    """What is called now, and what has lost its worker."""
    moment = now()
    with transaction.atomic():
        due = Due.objects.select_for_update(skip_locked=True).filter(due_at__lte=moment).order_by("due_at")
        rows = [_Row(*row) for row in due.values_list(*_Row._fields)[:limit]]
        free = [row for row in rows if not row.claimed]
        keyed = [row.pk for row in free if row.order_key]
        waiting = set(blocked(Due.objects.filter(pk__among=keyed)).values_list("pk", flat=True)) if keyed else set()
        let_wait(waiting)
        ready = [row for row in free if row.pk not in waiting]
        _push_back(ready, moment)
    return [Call(row.pk, row.kind, row.queue) for row in ready], [row for row in rows if row.claimed]


def _push_back(rows: Sequence[_Row], moment: datetime) -> None:
    by_publishes: dict[int, list[UUID]] = {}
    for row in rows:
        by_publishes.setdefault(row.publishes, []).append(row.pk)
    for publishes, ids in by_publishes.items():
        pause = min(timedelta(seconds=settings.REPUBLISH_SECONDS * 2 ** min(publishes, 12)), LONGEST_REPUBLISH)
        Due.objects.filter(pk__among=ids).update(due_at=moment + pause, publishes=F("publishes") + 1)


def unpublished(ids: Sequence[UUID], *, after: float) -> None:
    """Say that the broker did not take these calls: they are due again `after` so many seconds."""
    published = Due.objects.filter(pk__among=ids, claimed=False, due_at__isnull=False, publishes__gt=0)
    published.update(due_at=now() + timedelta(seconds=after), publishes=Greatest(F("publishes") - 1, 0))


def reclaim(ids: Sequence[UUID]) -> list[UUID]:
    """Take operations back from workers whose lease ran out; those that spent their claims fail here."""
    taken: list[UUID] = []
    with transaction.atomic():
        for head in locked(list(ids), skip=True).values():
            if not Due.objects.filter(pk=head.id, claimed=True, due_at__lte=now()).exists():
                continue
            taken.append(head.id)
            metrics.expired()
            _take_back(head)
    return taken


def _take_back(head: Operation) -> None:
    silent = f"The worker {head.worker} fell silent."
    if head.claims >= head.max_claims:
        control(head, State.FAILED, message=silent, error=spent(head))
    else:
        control(head, State.QUEUED, message=silent)
        schedule({head.id: now()}, epoch=head.epoch)


def forget_published() -> None:
    """Every call is lost (a broker in memory begins empty): what was published and not claimed is due now."""
    Due.objects.filter(claimed=False, publishes__gt=0, due_at__isnull=False).update(due_at=now(), publishes=0)


def next_due() -> datetime | None:
    """When the next operation must be looked at; None when none is open."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_DUE)
        return as_instant(cursor.fetchone()[0])


def as_instant(value: Any) -> datetime | None:
    """What NEXT_DUE answers, as it comes from the database: SQLite keeps instants as texts."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value
