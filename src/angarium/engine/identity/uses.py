"""When a token was last used: a courtesy that never makes a request wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.signals import request_finished
from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from angarium.engine.observability.public import get_logger
from angarium.kernel.clock import now

from .models import Token

log = get_logger("angarium.identity")

#: How often a token's last use is written at most.
EVERY = timedelta(minutes=1)

_seen = threading.local()


def note_use(token: Token) -> None:
    """Remember that the token was used; it is written when this thread's request has been answered."""
    if token.last_used_at is None or now() - token.last_used_at >= EVERY:
        _seen.token = token.id


def write_use(**signal: Any) -> None:
    """Write what was noted. Does not wait for a lock: whoever holds it is more important, and the next use comes."""
    token_id: UUID | None = _seen.__dict__.pop("token", None)
    if token_id is None:
        return
    at = now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lte=at - EVERY)
    try:
        with _without_waiting(), transaction.atomic():
            mine = Token.objects.select_for_update(skip_locked=True).filter(stale, pk=token_id).first()
            if mine is not None:
                Token.objects.filter(pk=mine.pk).update(last_used_at=at)
    except DatabaseError:
        log.debug("token.use_not_written", token=str(token_id))
    finally:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


@contextmanager
def _without_waiting() -> Iterator[None]:
    """SQLite has no SKIP LOCKED; there a busy database is an error at once."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        patience = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute("PRAGMA busy_timeout = 0")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {int(patience)}")


def connect() -> None:
    request_finished.connect(write_use, dispatch_uid="angarium.identity.uses")
