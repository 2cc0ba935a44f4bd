"""Writing to the log and reading it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypedDict

from django.db import connection, transaction
from django.db.models import Min

from angarium.contracts import event as contract
from angarium.engine.identity.public import current_principal
from angarium.engine.observability.public import bound
from angarium.kernel.clock import now

from .committed import tell_once_committed
from .errors import OutsideTransaction
from .metrics import published
from .models import Event
from .wake import wake


class Lag(TypedDict):
    unstamped: int
    oldest_seconds: float | None


def publish(*facts: contract.Event) -> None:
    """Record facts that are not a row's change. Raises OutsideTransaction when no transaction is open."""
    record((fact, None) for fact in facts)


def record(facts: Iterable[tuple[contract.Event, int | None]]) -> None:
    """Insert facts, each with the version of its subject (None for a subject without versions)."""
    if not connection.in_atomic_block:
        raise OutsideTransaction
    principal = current_principal()
    request_id = str(bound().get("request_id", ""))
    rows = [
        Event(
            type=fact.type,
            subject=fact.subject,
            subject_version=version,
            data=contract.dump(fact),
            actor=principal.id,
            actor_name=principal.name[:200],
            request_id=request_id[:64],
        )
        for fact, version in facts
    ]
    if rows:
        Event.objects.bulk_create(rows)
        published(rows)
        tell_once_committed(rows)
        transaction.on_commit(wake, robust=True)


def lag() -> Lag:
    """How many committed events the relay has not seen, and how many seconds the oldest of them has waited."""
    waiting = Event.objects.filter(position__isnull=True)
    oldest: datetime | None = waiting.aggregate(oldest=Min("at"))["oldest"]
    return {
        "unstamped": waiting.count(),
        "oldest_seconds": (now() - oldest).total_seconds() if oldest else None,
    }


def events_of_subject(subject: str, *, limit: int = 200) -> Sequence[Event]:
    """The newest `limit` events of one subject, oldest first."""
    return list(Event.objects.filter(subject=subject).order_by("-id")[:limit])[::-1]


def prune(before: datetime, *, batch: int = 1000) -> int:
    """Delete stamped events older than `before`, oldest first, in batches; returns how many went."""
    gone = 0
    old = Event.objects.filter(at__lt=before, position__isnull=False).order_by("id")
    while ids := list(old.values_list("id", flat=True)[:batch]):
        gone += Event.objects.filter(id__in=ids).delete()[0]
    return gone
