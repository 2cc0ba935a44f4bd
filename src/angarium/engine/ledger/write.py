"""The one way heads move: heads, transitions, side tables and counters together, under the heads' locks.

Any number of heads costs the same few statements, so a batch of reports and a single one are written alike.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from angarium.engine.events.public import nudge, wake
from angarium.kernel.clock import now

from . import at_once
from .batch import append, as_uuid, fields_of, rewrite, sources
from .counters import note
from .errors import NoOperation
from .models import DeadLetter, Due, Operation, Transition
from .order import let_next_run
from .standing import Standing, Told, write_heads
from .states import TERMINAL, State

#: The columns of a head that ever change; the others, large ones among them, are written once.
MOVING = (
    "state", "stage", "progress_done", "progress_total", "progress_unit", "message", "epoch", "seq", "claims", "worker",
    "metadata", "output", "error", "started_at", "updated_at", "finished_at",
)  # fmt: skip
Move = tuple[Operation, str]


class Line(NamedTuple):
    """A transition to be written: a plain row, since a batch writes many."""

    operation: UUID
    epoch: int
    seq: int
    state: str
    at: datetime
    worker: str = ""
    stage: str = ""
    message: str = ""
    progress_done: float | None = None
    progress_total: float | None = None
    progress_unit: str = ""
    metadata: dict[str, Any] | None = None
    output: Any = None
    error: Any = None
    verdict: str = Transition.Verdict.APPLIED
    digest: str = ""
    event_id: UUID | None = None


def locked(ids: Sequence[UUID], *, skip: bool = False, unread: Sequence[str] = ()) -> dict[UUID, Operation]:
    """These heads without the `unread` columns, locked in the order of their ids; with `skip` only those that nobody
    else holds."""
    rows = Operation.objects.select_for_update(skip_locked=skip, no_key=True).filter(id__among=ids).order_by("id")
    return {row.id: row for row in rows.defer(*unread)}


def locked_one(id: UUID) -> Operation:
    """This head, locked. NoOperation when there is none."""
    try:
        return locked([id])[id]
    except KeyError:
        raise NoOperation from None


def control(head: Operation, state: State, *, worker: str = "", message: str = "", error: Any = None) -> None:
    """The ledger's own move: a new epoch, so that whoever worked before is refused from here on."""
    control_many([head], state, worker=worker, message=message, error=error)


def control_many(
    heads: Sequence[Operation], state: State, *, worker: str = "", message: str = "", error: Any = None
) -> None:
    """The same move for many."""
    moves, lines, message, moment = [(head, head.state) for head in heads], [], message[:1000], now()
    for head in heads:
        head.epoch, head.seq, head.state, head.worker = head.epoch + 1, 0, state, worker
        head.message, head.error = message or head.message, error if error is not None else head.error
        lines.append(Line(head.id, head.epoch, 0, state, moment, worker, message=message, error=error))
    write(moves, lines)


def write(moves: Sequence[Move], lines: Sequence[Line], *, columns: Collection[str] = MOVING) -> None:
    """Write these columns of heads that moved, each with the state it comes from, and the lines of their histories;
    count the moves, and tidy the side tables of what ended."""
    append(Transition, Line._fields, lines)
    moment = now()
    for head, _ in moves:
        head.updated_at = moment
        head.finished_at = moment if head.state in TERMINAL else None
    rewrite([head for head, _ in moves], sorted({*columns, "updated_at", "finished_at"}))
    note((head.kind, before, head.state) for head, before in moves)
    _end([head for head, _ in moves if head.state in TERMINAL])
    transaction.on_commit(nudge, robust=True)


def write_reports(heads: Sequence[Standing], lines: Sequence[Told], moment: datetime) -> None:
    """The same for heads that stand where reports said."""
    if connection.vendor == "postgresql":
        at_once.write([{"id": head.id, "place": head.place, **head.told} for head in heads], lines, moment)
    else:
        append(Transition, Line._fields, [Line(**line, at=moment) for line in lines])
        write_heads(heads, moment)
    note((head.kind, head.before, head.state) for head in heads)
    _end([head for head in heads if head.state in TERMINAL])
    transaction.on_commit(nudge, robust=True)


def lines_at(columns: Sequence[str], places: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """(operation, epoch, seq, digest, verdict, event_id) of the lines whose columns have these values."""
    fields = fields_of(Transition, columns)
    names = [str(field.column) for field in fields]
    same = " AND ".join(f"t.{name} = given.{name}" for name in names)
    for source, parameters in sources(fields, places):
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH given ({', '.join(names)}) AS ({source}) SELECT t.operation_id, t.epoch, t.seq, t.digest, "  # noqa: S608
                f"t.verdict, t.event_id FROM given JOIN ledger_transition t ON {same}",
                parameters,
            )
            for operation, *others, event_id in cursor.fetchall():
                yield as_uuid(operation), *others, as_uuid(event_id)


def schedule(times: Mapping[UUID, datetime | None], *, epoch: int | None = None) -> None:
    """Give open operations back to the dispatcher, due at these times (None: not until resumed)."""
    rows = list(Due.objects.select_for_update().filter(pk__among=times).order_by("pk"))
    for row in rows:
        row.due_at = row.since = times[row.pk]
        row.claimed, row.publishes, row.claim_key = False, 0, ""
        row.epoch = row.epoch if epoch is None else epoch
    rewrite(rows, ("due_at", "since", "claimed", "publishes", "claim_key", "epoch"))
    transaction.on_commit(wake, robust=True)


def let_wait(ids: Collection[UUID]) -> None:
    """Look again in a second at these, which others with their order key hold up."""
    if ids:
        Due.objects.filter(pk__among=ids).update(due_at=now() + timedelta(seconds=1), publishes=0)
        transaction.on_commit(wake, robust=True)


def lease(id: UUID, epoch: int, seconds: float, claim_key: str = "", *, slack: float = 0) -> datetime:
    """Lend an operation to the holder of `epoch` for so many seconds; returns until when. `slack` is for how long it is
    left alone beyond that."""
    until = now() + timedelta(seconds=seconds)
    terms = {
        "due_at": until + timedelta(seconds=slack),
        "claimed": True,
        "epoch": epoch,
        "publishes": 0,
        "claim_key": claim_key,
    }
    Due.objects.filter(operation_id=id).update(**terms)
    return until


#: Told in the transaction in which operations that are parts of something end.
_sinks: list[Callable[[Sequence[UUID]], None]] = []


def on_end(sink: Callable[[Sequence[UUID]], None]) -> None:
    """Have this called with the ids of operations with a `parent` that end, in the transaction that ends them."""
    if sink not in _sinks:
        _sinks.append(sink)


def _end(heads: Sequence[Operation] | Sequence[Standing]) -> None:
    if not heads:
        return
    dues = Due.objects.filter(pk__among=[head.id for head in heads])
    keys = set(dues.select_for_update().order_by("pk").values_list("kind", "order_key"))
    dues.delete()
    failed = [head for head in heads if head.state == State.FAILED]
    DeadLetter.objects.bulk_create(
        [DeadLetter(operation_id=head.id, kind=head.kind, reason=_reason(head)) for head in failed]
    )
    if let_next_run({key for key in keys if key[1]}):
        transaction.on_commit(wake, robust=True)
    parts = [head.id for head in heads if head.parent is not None]
    for sink in _sinks if parts else ():
        sink(parts)


def _reason(head: Operation | Standing) -> str:
    if isinstance(head.error, dict) and head.error.get("message"):
        return str(head.error["message"])[:1000]
    return (head.message or "failed")[:1000]
