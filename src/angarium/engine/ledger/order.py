"""Order keys: operations of one kind with one key run one after the other, the oldest first."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from angarium.kernel.clock import now

from .models import Due
from .states import State

Key = tuple[str, str]


def blocked(rows: QuerySet[Due]) -> QuerySet[Due]:
    """Those of `rows` that must wait: for an older open operation with their key, or for any that is being worked on
    (an older one may have been committed after a younger one was claimed)."""
    return rows.exclude(order_key="").filter(_others_first())


def _others_first() -> Q:
    same = Due.objects.filter(kind=OuterRef("kind"), order_key=OuterRef("order_key"))
    older = Q(ordinal__lt=OuterRef("ordinal")) | Q(ordinal=OuterRef("ordinal"), operation__lt=OuterRef("operation"))
    held = same.exclude(order_key="").filter(claimed=True).exclude(operation=OuterRef("operation"))
    return Q(Exists(same.filter(older))) | Q(Exists(held))


def one_at_a_time(*keys: Key) -> None:
    """Let only one transaction at a time decide who of these keys is claimed. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        names = sorted({"\n".join(key) for key in keys})  # in one order, so that two never wait for each other
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM unnest(%s::text[]) k", [names])


def let_next_run(keys: Collection[Key]) -> bool:
    """Make what these keys held up due now; True when there was something.

    A row that somebody has locked is left to the dispatcher, which looks again within a second: waiting for it would
    be a deadlock when two operations with one key end at the same time.
    """
    if not keys:
        return False
    kinds, order_keys = {kind for kind, _ in keys}, {order_key for _, order_key in keys}
    waiting = Due.objects.filter(kind__in=kinds, order_key__in=order_keys, claimed=False, due_at__gt=now())
    free = waiting.filter(~_others_first(), operation__state=State.QUEUED)
    ids = list(free.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
    return bool(ids and Due.objects.filter(pk__among=ids).update(due_at=now(), publishes=0))
