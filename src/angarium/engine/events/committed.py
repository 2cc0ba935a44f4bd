"""Telling readers in the writer's own process what was just committed: after the commit and before whoever asked for it
has his answer, once for each transaction. The relay tells everybody of the same events a little later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection, transaction

from angarium.contracts import event as contract

from .models import Event

Hearer = Callable[[Sequence[Event]], None]
_hearers: list[Hearer] = []


def after_commit(hearer: Hearer) -> Hearer:
    """Have `hearer` called with the events of each transaction once it has committed. It must be quick, and what it
    raises is logged and forgotten."""
    _hearers.append(hearer)
    return hearer


def tell_here(facts: Iterable[contract.Event]) -> None:
    """Tell them of facts that are kept nowhere: a row was written, and nothing that an event tells of has changed."""
    tell_once_committed([Event(type=fact.type, subject=fact.subject, data=contract.dump(fact)) for fact in facts])


def tell_once_committed(rows: Sequence[Event]) -> None:
    batch = _batch_of_this_transaction()
    batch.rows += rows
    transaction.on_commit(batch.tell, robust=True)


class _Batch:
    """The events of one transaction. Those of a savepoint that was undone may be among them, which does no harm."""

    def __init__(self, of: Any) -> None:
        self.of = of
        self.rows: list[Event] = []

    def tell(self) -> None:
        rows, self.rows = self.rows, []
        if rows:
            for hearer in _hearers:
                hearer(rows)


def _batch_of_this_transaction() -> _Batch:
    """Django has another list of what is to be done on commit after each commit and each rollback."""
    batch = getattr(connection, "_events_batch", None)
    if batch is None or batch.of is not connection.run_on_commit:
        batch = _Batch(connection.run_on_commit)
        connection._events_batch = batch  # type: ignore[attr-defined]
    return batch
