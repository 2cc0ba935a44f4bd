"""What was committed raises versions: at once in the writer's own process, and again when the relay has seen it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db import transaction

from angarium.engine.events.public import Event, after_commit, sink
from angarium.engine.observability.public import get_logger

from .concerns import concerned, known
from .looking import store
from .metrics import raised

_log = get_logger(__name__)


@after_commit
def hear(rows: Sequence[Event]) -> None:
    _raise(rows, "commit")


@sink
def hear_of_the_relay(rows: Sequence[Event]) -> None:
    """After its commit: until then it holds the lock of the log."""
    transaction.on_commit(partial(_make_up, list(rows)), robust=True)


def _make_up(rows: Sequence[Event]) -> None:
    """Raise for events whose writers have not, or nobody knows it."""
    names = known()
    mine = [row for row in rows if row.type in names]
    missed = store().not_raised([row.id for row in mine])
    _raise([row for row in mine if row.id in missed], "relay")


def _raise(rows: Sequence[Event], by: str) -> None:
    names = concerned(rows)
    if names:
        store().raise_versions(names, [row.id for row in rows if row.id is not None])
        raised.labels(by).inc(len(names))
        _log.debug("caches.raised", by=by, scopes=sorted(names)[:20], number=len(names))
