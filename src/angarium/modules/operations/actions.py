"""What people and services do to operations, each after asking whether they may."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import (
    Claim,
    LeaseLost,
    NoOperation,
    Operation,
    UnknownKind,
    Work,
    cancel,
    claim,
    claim_due,
    is_remote,
    pause,
    renew,
    resume,
    retry,
    start_many,
)
from angarium.engine.tasks.public import FORWARD
from angarium.kernel.clock import now
from angarium.kernel.errors import Forbidden, Invalid, Stale

from . import bulk, queries, runs
from .definitions import checked, declare, declared, startable
from .errors import KeyTaken, NoPipeline, NotAReporter, PipelineExists, RunEnded, RunGoesOn, RunsHere
from .models import TASK, Pipeline, PipelineRun, Task
from .pipelines import RunState


def create_task(*, by: Principal, name: str, processing_time: int) -> Task:
    """A literal task: somebody waits so many seconds for it."""
    _refuse_readers(by)
    work = Work(kind=TASK, input={"name": name, "processing_time": processing_time}, actor=by.id)
    return Task.objects.get(id=_accept(work))


def create_operation(
    kind: str,
    *,
    by: Principal,
    input: dict[str, Any] | None = None,
    key: str = "",
    run_at: datetime | None = None,
    metadata: dict[str, Any] | None = None,
) -> Operation:
    """Work of an active type of task, once for each `key`. UnknownKind when there is no such type, KeyTaken when the
    key was used with another input or by somebody whose operations one may not see."""
    _refuse_readers(by)
    if not queries.is_active_type(kind):
        raise UnknownKind(f"There is no active type of task called {kind}.", field="kind")
    terms = {"run_at": run_at, "actor": by.id, "metadata": metadata or {}}
    work = Work(kind=kind, input=input or {}, key=f"key:{key}" if key else None, **terms)  # type: ignore[arg-type]
    found = queries.operations_for(by).filter(id=_accept(work)).first()
    if found is None or found.input != work.input:
        raise KeyTaken(field="key")
    return found


def claim_operation(
    id: UUID, *, by: Principal, worker: str, lease_seconds: int | None = None, key: str = ""
) -> tuple[Claim, int]:
    """The claim and the seconds of its lease, unless told those of its type. NotClaimable says why not.

    Nothing is around it in one transaction: what has spent its claims is failed and refused at once.
    """
    _refuse_strangers(by)
    kind = Operation.objects.filter(id=id).values_list("kind", flat=True).first()
    if kind is None:
        raise NoOperation
    if not is_remote(kind):
        raise RunsHere(state=Operation.objects.values_list("state", flat=True).get(id=id))
    seconds = lease_seconds or queries.lease_seconds_of(kind)
    return claim(id, worker=worker, lease_seconds=seconds, key=key), seconds


def claim_due_operations(
    kinds: Sequence[str],
    *,
    by: Principal,
    worker: str,
    lease_seconds: int | None = None,
    limit: int = 1,
    key: str = "",
) -> tuple[list[Claim], int]:
    """What is due of these kinds, the longest waiting first, and the seconds of its leases. Invalid for what the system
    itself takes to other deployments."""
    _refuse_strangers(by)
    if own := sorted(kind for kind in kinds if kind.startswith(FORWARD)):
        raise Invalid(_("%(kind)s is done by this system itself.") % {"kind": own[0]}, field="kinds")
    seconds = lease_seconds or queries.lease_seconds_of(*kinds)
    terms = {"worker": worker, "lease_seconds": seconds, "limit": limit, "key": key}
    return claim_due(sorted(set(kinds)), **terms), seconds  # type: ignore[arg-type]


def renew_lease(id: UUID, epoch: int, *, by: Principal, lease_seconds: int) -> datetime:
    """Until when it is lent now. LeaseLost, with the head, when this epoch does not hold it any more."""
    _refuse_strangers(by)
    until = now() + timedelta(seconds=lease_seconds)
    if renew([(id, epoch)], lease_seconds=lease_seconds, slack=settings.LEASE_GRACE_SECONDS):
        return until
    head = Operation.objects.filter(id=id).first()
    if head is None:
        raise NoOperation
    raise LeaseLost(head={"state": head.state, "epoch": head.epoch, "seq": head.seq})


@dataclass(frozen=True, slots=True)
class Renewal:
    """Which operations are still held, and which are not."""

    held: list[UUID]
    lost: list[UUID]


def renew_leases(leases: Iterable[tuple[UUID, int]], *, by: Principal, lease_seconds: int) -> Renewal:
    """Renew many (operation, epoch). Of one that is named twice the newest epoch counts."""
    _refuse_strangers(by)
    newest: dict[UUID, int] = {}
    for id, epoch in leases:
        newest[id] = max(epoch, newest.get(id, 0))
    held = renew(newest.items(), lease_seconds=lease_seconds, slack=settings.LEASE_GRACE_SECONDS)
    return Renewal([id for id in newest if id in held], [id for id in newest if id not in held])


def cancel_operation(id: UUID, *, by: Principal, because: str = "", expected: str | None = None) -> Operation:
    """End an open operation. AlreadyFinal when it has ended."""
    return _steer(id, by, expected, lambda: cancel(id, by, because=_told("Cancelled", by, because)))


def pause_operation(id: UUID, *, by: Principal, because: str = "", expected: str | None = None) -> Operation:
    """Take an open operation out of the running. IllegalMove when it is not open."""
    return _steer(id, by, expected, lambda: pause(id, by, because=_told("Paused", by, because)))


def resume_operation(id: UUID, *, by: Principal, because: str = "", expected: str | None = None) -> Operation:
    """Let a paused operation run again. IllegalMove when it is not paused."""
    return _steer(id, by, expected, lambda: resume(id, by, because=_told("Resumed", by, because)))


def retry_operation(id: UUID, *, by: Principal, because: str = "", expected: str | None = None) -> Operation:
    """Start the same work again as a new operation. StillOpen when it has not ended."""
    told = _told("Retried", by, because)
    return _steer(id, by, expected, lambda: Operation.objects.get(id=retry(id, by, because=told)))


def retry_operations(ids: Sequence[UUID], *, by: Principal) -> list[Operation]:
    """Retry many, all or none of them: Forbidden or NoOperation for one leaves the others as they are."""
    with transaction.atomic():
        return [retry_operation(id, by=by) for id in sorted(set(ids))]


def count_meant(verb: bulk.Verb, filter: bulk.Filter, *, by: Principal) -> int:
    """How many operations would be cancelled or retried now."""
    _refuse_readers(by)
    filter.check(verb)
    return bulk.meant(verb, filter, by).count()


def cancel_meant(filter: bulk.Filter, *, by: Principal, because: str = "") -> Operation:
    """Start cancelling whatever is open and fits; the operation that does it can itself be watched and cancelled."""
    return _start_bulk("cancel", filter, by, _told("Cancelled", by, because))


def retry_meant(filter: bulk.Filter, *, by: Principal, because: str = "") -> Operation:
    """Start retrying whatever has ended, fits and was not retried; without a state that is what failed."""
    return _start_bulk("retry", filter, by, _told("Retried", by, because))


def define_pipeline(name: str, stages: Sequence[Mapping[str, Any]], *, by: Principal) -> Pipeline:
    """A pipeline of these stages (`name`, `kind`, `expected_seconds`), in their order. Defined twice alike it is the
    same one; PipelineExists when it has other stages. Invalid and UnknownKind name the field."""
    _refuse_members(by)
    wanted = checked(stages)
    with transaction.atomic():
        Pipeline(name=name).clean_fields()
        Pipeline(name=name).clean()
        pipeline, new = Pipeline.objects.get_or_create(name=name)
        if new:
            declare(pipeline, wanted)
        elif declared(pipeline) != wanted:
            raise PipelineExists(field="name")
    return pipeline


def redefine_pipeline(name: str, stages: Sequence[Mapping[str, Any]], *, by: Principal) -> Pipeline:
    """Give a pipeline other stages. Runs keep those that they began with. NoPipeline when there is none."""
    _refuse_members(by)
    wanted = checked(stages)
    with transaction.atomic():
        pipeline = Pipeline.objects.select_for_update().filter(name=name).first()
        if pipeline is None:
            raise NoPipeline
        pipeline.stages.all().delete()
        declare(pipeline, wanted)
    return pipeline


def start_run(name: str, *, by: Principal, input: dict[str, Any] | None = None, key: str = "") -> PipelineRun:
    """Begin a pipeline's first stage, once for each `key`. NoPipeline, PipelineRests; UnknownKind when a stage has no
    active type of task; KeyTaken when the key was used with another input, or by somebody else."""
    _refuse_readers(by)
    run = PipelineRun(pipeline=name, input=input or {}, actor=by.id, key=f"{name}:{key}" if key else None)
    run.stages = [asdict(one) for one in startable(name)]
    try:
        with transaction.atomic():
            run.save(force_insert=True)
            runs.start_first(run)
    except IntegrityError:
        if run.key is None:
            raise
        return runs.run_with(by, run.key, run.input)
    return run


def resume_run(id: UUID, *, by: Principal, because: str = "") -> PipelineRun:
    """Go on with a run where it failed or was cancelled: the newest operation of that stage is retried. RunGoesOn when
    it did neither."""
    with transaction.atomic():
        run = _run_to_steer(id, by)
        course = runs.as_they_stand([run])[0].course
        if course.state not in (RunState.FAILED, RunState.CANCELLED) or course.stage is None:
            raise RunGoesOn(state=course.state.value)
        if course.stage.operation:
            retry(course.stage.operation, by, because=_told("Resumed", by, because))
        else:
            runs.start_where_it_stands(run, course)
    return run


def cancel_run(id: UUID, *, by: Principal, because: str = "") -> PipelineRun:
    """Cancel what is open of a run, and so the run. RunEnded when nothing is."""
    with transaction.atomic():
        run = _run_to_steer(id, by)
        if not runs.cancel_parts(run, by, _told("Cancelled", by, because)):
            raise RunEnded(state=runs.as_they_stand([run])[0].course.state.value)
    return run


def _run_to_steer(id: UUID, by: Principal) -> PipelineRun:
    run = runs.run_for_update(by, id)
    if not runs.may_steer_run(by, run):
        raise Forbidden
    return run


def _start_bulk(verb: bulk.Verb, filter: bulk.Filter, by: Principal, because: str) -> Operation:
    _refuse_readers(by)
    filter.check(verb)
    asked = {"filter": filter.stored(), "by": bulk.signature(by), "because": because}
    return Operation.objects.get(id=_accept(Work(kind=bulk.KINDS[verb], input=asked, actor=by.id)))


def _steer(id: UUID, by: Principal, expected: str | None, act: Callable[[], Operation]) -> Operation:
    """`expected` is the version that was last seen; Stale when it no longer holds."""
    with transaction.atomic():
        operation = queries.operation_for_update(by, id)
        if not queries.may_steer(by, operation):
            raise Forbidden
        if expected not in (None, operation.version):
            raise Stale
        return act()


def _told(verb: str, by: Principal, because: str) -> str:
    return f"{verb} by {by.name}: {because}" if because else ""


def _accept(work: Work) -> UUID:
    """The id of the new operation, or of the one that had its key before."""
    try:
        with transaction.atomic():
            return start_many([work])[0]
    except IntegrityError:
        if work.key is None:
            raise
        return Operation.objects.values_list("id", flat=True).get(unique_key=work.unique_key)


def _refuse_readers(by: Principal) -> None:
    if not by.may("operations:write"):
        raise Forbidden


def _refuse_strangers(by: Principal) -> None:
    if not queries.may_report(by):
        raise NotAReporter


def _refuse_members(by: Principal) -> None:
    """What all share is defined by staff and services."""
    if not (by.is_staff and by.may("operations:write")):
        raise Forbidden
