"""Finding what must be looked at: what is due goes to the broker, what lost its worker comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min
from django.db.models.functions import Greatest

from angarium.kernel.clock import now

from . import metrics
from .claim import spent
from .models import Due, Operation
from .order import blocked
from .states import State
from .write import control, let_wait, locked, schedule

LONGEST_REPUBLISH = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Call:
    """A wake-up call to publish: this operation of this kind on this queue."""

    operation: UUID
    kind: str
    queue: str


def take_due(limit: int = 2000) -> list[Call]:
    """Take what is due, at most `limit`: the caller publishes it after this transaction has committed.

    Each taken operation becomes due again after a while that doubles, in case the call is lost on its way.
    Operations whose lease ran out are taken back first. Two dispatchers share the work (SKIP LOCKED).
    """
    expired = Due.objects.filter(due_at__lte=now(), claimed=True).order_by("due_at")
    if ids := list(expired.values_list("pk", flat=True)[:limit]):
        reclaim(ids)
    moment = now()
    with transaction.atomic():
        rows = list(
            Due.objects.select_for_update(skip_locked=True)
            .filter(due_at__lte=moment, claimed=False)
            .order_by("due_at")[:limit]
        )
        ids = [row.pk for row in rows]
        waiting = set(blocked(Due.objects.filter(pk__among=ids)).values_list("pk", flat=True)) if rows else set()
        let_wait(waiting)
        ready = [row for row in rows if row.pk not in waiting]
        _push_back(ready, moment)
    return [Call(row.pk, row.kind, row.queue) for row in ready]


def _push_back(rows: Sequence[Due], moment: datetime) -> None:
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
    moment: datetime | None = Due.objects.filter(due_at__isnull=False).aggregate(first=Min("due_at"))["first"]
    return moment
