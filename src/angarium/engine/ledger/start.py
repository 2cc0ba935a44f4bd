"""Accepting work: the head, its first transition and its due row, in the transaction of whoever asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from angarium.engine.events.public import wake
from angarium.engine.identity.public import current_principal
from angarium.engine.observability.public import bound
from angarium.kernel.clock import now
from angarium.kernel.errors import Invalid
from angarium.kernel.ids import uuid7

from .counters import note
from .kinds import Kind, kind_named
from .models import Due, Operation, Transition
from .states import State
from .tallies import Harmless, tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A piece of work to accept. `key` makes it unique within its kind; operations of one `order_key` run one after
    the other, lowest `ordinal` first; `run_at` in the future schedules it. `parent` is what it is a part of, as its
    `stage`."""

    kind: str
    input: dict[str, Any] = field(default_factory=dict)
    key: str | None = None
    order_key: str = ""
    ordinal: int = 0
    run_at: datetime | None = None
    actor: UUID | None = None
    event_id: UUID | None = None
    retry_of: UUID | None = None
    parent: UUID | None = None
    stage: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    message: str = ""

    @property
    def unique_key(self) -> str | None:
        return None if self.key is None else f"{self.kind}:{self.key}"


def start(
    kind: str,
    *,
    key: str | None = None,
    order_key: str = "",
    run_at: datetime | None = None,
    retry_of: UUID | None = None,
    **input: Any,
) -> UUID:
    """Accept one operation and return its id. With a `key` that was used before, the id of the first one.

    UnknownKind when nothing here can run it. The work starts only if the surrounding transaction commits.
    """
    principal = current_principal()
    work = Work(
        kind=kind,
        input=input,
        key=key,
        order_key=order_key,
        run_at=run_at,
        actor=principal.id,
        retry_of=retry_of,
        event_id=bound_event(),
    )
    try:
        with transaction.atomic():
            return start_many([work])[0]
    except IntegrityError:
        if key is None:
            raise
        tally(Harmless.DUPLICATE)
        return Operation.objects.values_list("id", flat=True).get(unique_key=work.unique_key)


def bound_event() -> UUID | None:
    """The event that the running operation reacts to: what it starts belongs to the same story."""
    event_id = bound().get("event_id")
    return UUID(str(event_id)) if event_id else None


def start_many(works: Sequence[Work]) -> list[UUID]:
    """Accept many at once; the answer has one id for each, in order, also where the key was used before."""
    known = _already_accepted(works)
    for work in works:
        if len(work.unique_key or "") > 500:
            raise Invalid("A key has at most 500 characters, with its kind.", field="key")
    kinds = {name: kind_named(name) for name in {work.kind for work in works}}
    heads: dict[str | UUID, Operation] = {}
    rows: list[tuple[Work, Operation]] = []
    ids: list[UUID] = []
    for work in works:
        unique = work.unique_key
        if unique in known or unique in heads:
            ids.append(known.get(unique) or heads[unique].id)  # type: ignore[index]
            continue
        head = _head(work, kinds[work.kind])
        heads[unique or head.id] = head
        rows.append((work, head))
        ids.append(head.id)
    _insert(rows, kinds)
    tally(Harmless.DUPLICATE, len(works) - len(rows))
    return ids


def _already_accepted(works: Iterable[Work]) -> dict[str | None, UUID]:
    keys = [work.unique_key for work in works if work.key is not None]
    if not keys:
        return {}
    return dict(Operation.objects.filter(unique_key__in=keys).values_list("unique_key", "id"))


def _head(work: Work, kind: Kind) -> Operation:
    moment = now()
    later = work.run_at is not None and work.run_at > moment
    return Operation(
        id=uuid7(),
        kind=work.kind,
        state=State.SCHEDULED if later else State.QUEUED,
        max_claims=kind.max_claims,
        input=work.input,
        actor=work.actor,
        event_id=work.event_id,
        retry_of=work.retry_of,
        parent=work.parent,
        stage=work.stage,
        metadata=work.metadata,
        message=work.message[:1000],
        unique_key=work.unique_key,
        created_at=moment,
        updated_at=moment,
    )


def _first_line(head: Operation) -> Transition:
    said = {"state": head.state, "stage": head.stage, "message": head.message, "metadata": head.metadata or None}
    return Transition(operation=head, epoch=0, seq=0, at=head.created_at, **said)


def _insert(rows: Sequence[tuple[Work, Operation]], kinds: Mapping[str, Kind]) -> None:
    if not rows:
        return
    Operation.objects.bulk_create([head for _, head in rows])
    Transition.objects.bulk_create([_first_line(head) for _, head in rows])
    Due.objects.bulk_create(
        [
            Due(
                operation=head,
                kind=head.kind,
                queue=kinds[head.kind].queue,
                order_key=work.order_key,
                ordinal=work.ordinal,
                due_at=work.run_at or head.created_at,
                since=work.run_at or head.created_at,
            )
            for work, head in rows
        ]
    )
    note((head.kind, None, head.state) for _, head in rows)
    transaction.on_commit(wake, robust=True)
