"""Which operations a principal may see, and how they are found without scanning history."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet

from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import (
    TERMINAL,
    DeadLetter,
    Kind,
    NoOperation,
    Operation,
    State,
    Transition,
    counts,
    kinds,
)
from angarium.kernel.clock import now
from angarium.kernel.ids import first_uuid7

from . import durations
from .errors import NoTask
from .lifecycle import Status
from .models import Task, TaskType
from .progress import Eta, by_past, by_rate
from .timeline import Move

#: An id is made within so much of its row's `created_at`, whatever the clocks of several machines say.
SKEW = timedelta(hours=1)
MOST_MOVES = 10_000
Rows = TypeVar("Rows", bound=Operation)


def may_read_operations(principal: Principal) -> bool:
    """May this principal see operations at all? Which ones is another question."""
    return principal.may("operations:read")


def reads_all(principal: Principal) -> bool:
    """Staff and services see all operations."""
    return principal.is_staff and may_read_operations(principal)


def operations_for(principal: Principal) -> QuerySet[Operation]:
    """All, or what a member caused."""
    if reads_all(principal):
        return Operation.objects.all()
    if not may_read_operations(principal):
        return Operation.objects.none()
    return Operation.objects.filter(actor=principal.id) if principal.id else Operation.objects.none()


def access_operation(principal: Principal, id: UUID) -> Operation:
    """The operation, if this principal may see it. NoOperation otherwise."""
    operation = operations_for(principal).filter(id=id).first()
    if operation is None:
        raise NoOperation
    return operation


def may_steer(principal: Principal, operation: Operation) -> bool:
    """May this principal cancel, pause, resume or retry it? Staff every one, others what they caused."""
    return principal.may("operations:write") and (principal.is_staff or operation.actor == principal.id)


def operation_for_update(principal: Principal, id: UUID) -> Operation:
    """The operation, locked, if this principal may see it. NoOperation otherwise."""
    operation = operations_for(principal).select_for_update(no_key=True).filter(id=id).first()
    if operation is None:
        raise NoOperation
    return operation


def tasks_for(principal: Principal) -> QuerySet[Task]:
    """The literal tasks, oldest first: all for staff, services and the open form, else those one has created."""
    rows = Task.objects.only("id", "input", "state", "started_at", "epoch", "seq").order_by("id")
    if not may_read_operations(principal):
        return rows.none()
    if principal.is_staff or principal.is_open:
        return rows
    return rows.filter(actor=principal.id) if principal.id else rows.none()


def access_task(principal: Principal, id: UUID) -> Task:
    """The task, if this principal may see it. NoTask otherwise."""
    task = tasks_for(principal).filter(id=id).first()
    if task is None:
        raise NoTask
    return task


def with_status(rows: QuerySet[Task], status: Status) -> QuerySet[Task]:
    """Those that show this status."""
    if status is Status.COMPLETED:
        return rows.filter(state=State.SUCCEEDED)
    if status is Status.ERROR:
        return rows.filter(state__in=[State.FAILED, State.CANCELLED])
    return rows.filter(due__isnull=False, started_at__isnull=status is Status.NEW)


def tasks_named(rows: QuerySet[Task], words: str) -> QuerySet[Task]:
    """Those with these words in their name, or with this identifier."""
    try:
        return rows.filter(id=UUID(words))
    except ValueError:
        return rows.filter(input__name__icontains=words)


def may_report(principal: Principal) -> bool:
    """May this principal claim work and report it? Services and staff, with the scope for it."""
    return principal.is_staff and principal.may("operations:report")


def kind_of(name: str) -> Kind | None:
    """The ledger's kind for a type of task, also for one that is not active any more: what was begun may be ended."""
    found = TaskType.objects.filter(name=name).values_list("name", "queue", "max_claims").first()
    return Kind(*found, remote=True) if found else None


def is_active_type(name: str) -> bool:
    """May operations of this kind be created? What the system's own code runs is no type of task."""
    return name not in kinds() and TaskType.objects.filter(name=name, is_active=True).exists()


def lease_seconds_of(*kinds: str) -> int:
    """The least lease among these types of tasks; 30 seconds for what is none."""
    return min(TaskType.objects.filter(name__in=kinds).values_list("lease_seconds", flat=True), default=30)


def filtered(
    rows: QuerySet[Rows],
    *,
    kind: str = "",
    state: str = "",
    stage: str = "",
    worker: str = "",
    retry_of: UUID | None = None,
    parent: UUID | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
) -> QuerySet[Rows]:
    """Those that fit all that is given; `created_after` belongs to the span of time, `created_before` does not.

    States are not indexed in the head; open ones are found through their side table. Ids grow with time.
    """
    if is_empty(kind, state):
        return rows.none()
    exact = {"kind": kind, "state": state, "stage": stage, "worker": worker, "retry_of": retry_of, "parent": parent}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if state and state not in TERMINAL:
        rows = rows.filter(due__isnull=False)
    if created_after:
        rows = rows.filter(created_at__gte=created_after, id__gte=first_uuid7(created_after - SKEW))
    if created_before:
        rows = rows.filter(created_at__lt=created_before, id__lt=first_uuid7(created_before + SKEW))
    return rows


def is_empty(kind: str, state: str) -> bool:
    """Has no operation of this kind ended so, by the ledger's counters? To look for one would read all of the kind."""
    return bool(kind) and state in TERMINAL and not counts().get(kind, {}).get(state)


def expectations_of(rows: Iterable[Operation]) -> dict[UUID, Eta]:
    """When each of these that runs will probably be done, as far as that can be told."""
    running = [row for row in rows if row.state == State.RUNNING]
    if not running:
        return {}
    since, moment = _given_out(running), now()
    found = {row.id: _expected(row, since.get(row.id), moment) for row in running}
    untold = [row for row in running if found[row.id] is None and row.started_at]
    past = {kind: durations.of(kind) for kind in {row.kind for row in untold}}
    for row in untold:
        found[row.id] = by_past(durations=past[row.kind], started=row.started_at or moment, moment=moment)
    return {id: eta for id, eta in found.items() if eta is not None}


def _given_out(rows: Iterable[Operation]) -> dict[UUID, datetime]:
    """When each of these was claimed in its present epoch; asked for those that tell their progress."""
    epochs = {row.id: row.epoch for row in rows if row.progress_done}
    claims = Transition.objects.filter(operation__in=epochs, seq=0).values_list("operation", "epoch", "at")
    return {id: at for id, epoch, at in claims if epochs[id] == epoch}


def _expected(row: Operation, since: datetime | None, moment: datetime) -> Eta | None:
    if since is None:
        return None
    return by_rate(done=row.progress_done, total=row.progress_total, since=since, moment=moment)


def course_of(operation: Operation) -> list[Move]:
    """What changed its state or stage, the oldest first; of a very long history the first MOST_MOVES."""
    moved = operation.transitions.filter(verdict=Transition.Verdict.APPLIED).exclude(state="", stage="")
    rows = moved.order_by("epoch", "seq").values_list("seq", "state", "stage", "worker", "at")
    return [Move(*row) for row in rows[:MOST_MOVES]]


def transitions_of(operation: Operation) -> QuerySet[Transition]:
    """Its history, the newest (epoch, seq) first; what came late stands where it belongs."""
    return operation.transitions.order_by("-epoch", "-seq")


def moves_of(operation: Operation) -> QuerySet[Transition]:
    """The reports that changed its state, the newest first."""
    return transitions_of(operation).filter(verdict=Transition.Verdict.APPLIED).exclude(state="")


def siblings_of(operation: Operation, principal: Principal) -> QuerySet[Operation]:
    """What else the same event started, as far as this principal may see it."""
    if operation.event_id is None:
        return Operation.objects.none()
    return operations_for(principal).filter(event_id=operation.event_id).exclude(id=operation.id).order_by("id")


def dead_letters_for(principal: Principal, *, kind: str = "", reason: str = "") -> QuerySet[DeadLetter]:
    """Failed operations that nobody has retried, as far as this principal may see them, the newest first."""
    rows = DeadLetter.objects.select_related("operation").order_by("-operation_id")
    if not principal.may("operations:read"):
        return rows.none()
    if not principal.is_staff:
        rows = rows.filter(operation__actor=principal.id) if principal.id else rows.none()
    if kind:
        rows = rows.filter(kind=kind)
    return rows.filter(reason__icontains=reason) if reason else rows


def retries_of(operation: Operation) -> QuerySet[Operation]:
    return Operation.objects.filter(retry_of=operation.id).order_by("id")
