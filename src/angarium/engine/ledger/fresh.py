"""Claiming many at once what nobody ever tried, in a fixed number of statements.

Only what is fresh goes together: an operation that was claimed before may be the one that killed its worker, and the
next time it must take nobody with it. So after a crash each of them is claimed alone, and an innocent one loses one
attempt at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from angarium.engine.events.public import nudge
from angarium.kernel.clock import now

from . import metrics
from .batch import append
from .claim import Claim, came_twice, slack_of
from .counters import note
from .models import Due, Operation, Transition
from .order import blocked, one_at_a_time
from .states import CLAIMABLE, State
from .tallies import Harmless, tally
from .write import control_many, let_wait, locked, schedule

_READ = (
    "id", "kind", "state", "epoch", "max_claims", "input", "actor", "event_id", "due__order_key", "metadata", "stage",
    "retry_of", "parent",
)  # fmt: skip
_LINE = ("operation", "epoch", "seq", "state", "at", "worker", "stage", "message", "digest", "verdict")
_EMPTY = ("", "", "", Transition.Verdict.APPLIED)
_AT_ONCE = """
    WITH heads AS (
        UPDATE ledger_operation
        SET state = 'running', epoch = epoch + 1, seq = 0, claims = 1, worker = %(worker)s, updated_at = %(at)s,
            started_at = COALESCE(started_at, %(at)s)
        WHERE id = ANY(%(ids)s) RETURNING id, epoch
    ), dues AS (
        UPDATE ledger_due SET due_at = %(until)s, claimed = true, publishes = 0, epoch = heads.epoch,
            claim_key = %(key)s
        FROM heads WHERE operation_id = heads.id
    )
    INSERT INTO ledger_transition (operation_id, epoch, seq, state, at, worker, stage, message, digest, verdict)
    SELECT id, epoch, 0, 'running', %(at)s, %(worker)s, '', '', '', 'applied' FROM heads
"""
Row = Mapping[str, Any]


def claim_fresh(ids: Sequence[UUID], *, worker: str, lease_seconds: float, claim_key: str = "") -> list[Claim]:
    """Claim those of these operations that were never claimed before and may be now, in the order of `ids`. What is
    left out (tried before, locked, not due, behind another one with its order key) is for `claim` to judge."""
    with transaction.atomic():
        rows = _fresh(ids)
        waiting = _behind_others(rows)
        let_wait(waiting)
        free = {row["id"]: row for row in rows if row["id"] not in waiting}
        return _give([free[id] for id in dict.fromkeys(ids) if id in free], worker, lease_seconds, claim_key)


def _fresh(ids: Sequence[UUID]) -> list[Row]:
    due = Q(state=State.QUEUED) | Q(state=State.SCHEDULED) & (Q(due__publishes__gt=0) | Q(due__due_at__lte=now()))
    heads = Operation.objects.select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("id")
    return list(heads.filter(due, id__among=ids, claims=0, max_claims__gt=0).values(*_READ))


def _behind_others(rows: Sequence[Row]) -> Collection[UUID]:
    keyed = {row["id"]: (row["kind"], row["due__order_key"]) for row in rows if row["due__order_key"]}
    if not keyed:
        return ()
    one_at_a_time(*keyed.values())
    return set(blocked(Due.objects.filter(pk__among=keyed)).values_list("pk", flat=True))


def _give(rows: Sequence[Row], worker: str, lease_seconds: float, claim_key: str) -> list[Claim]:
    if not rows:
        return []
    moment = now()
    until = moment + timedelta(seconds=lease_seconds)
    slack = timedelta(seconds=max(slack_of(kind) for kind in {row["kind"] for row in rows}))
    write = _write_at_once if connection.vendor == "postgresql" else _write_one_by_one
    write(rows, worker, moment, until + slack, claim_key)
    note((row["kind"], row["state"], State.RUNNING) for row in rows)
    transaction.on_commit(nudge, robust=True)
    for kind, number in Counter(row["kind"] for row in rows).items():
        metrics.claimed(kind, number)
    return [_claim(row, until) for row in rows]


def _write_at_once(rows: Sequence[Row], worker: str, moment: datetime, until: datetime, claim_key: str) -> None:
    """In one statement, which PostgreSQL can: between commit and start every round trip counts."""
    given: dict[str, Any] = {
        "ids": [row["id"] for row in rows],
        "worker": worker,
        "at": moment,
        "until": until,
        "key": claim_key,
    }
    with connection.cursor() as cursor:
        cursor.execute(_AT_ONCE, given)


def _write_one_by_one(rows: Sequence[Row], worker: str, moment: datetime, until: datetime, claim_key: str) -> None:
    ids = [row["id"] for row in rows]
    heads, dues = Operation.objects.filter(id__among=ids), Due.objects.filter(pk__among=ids)
    begun = {"updated_at": moment, "started_at": Coalesce("started_at", moment)}
    heads.update(state=State.RUNNING, epoch=F("epoch") + 1, seq=0, claims=1, worker=worker, **begun)
    epoch = Subquery(Operation.objects.filter(id=OuterRef("operation_id")).values("epoch"))
    dues.update(due_at=until, claimed=True, publishes=0, epoch=epoch, claim_key=claim_key)
    append(
        Transition, _LINE, [(row["id"], row["epoch"] + 1, 0, State.RUNNING, moment, worker, *_EMPTY) for row in rows]
    )


def _claim(row: Row, until: datetime) -> Claim:
    return Claim(
        operation=row["id"],
        kind=row["kind"],
        epoch=row["epoch"] + 1,
        attempt=1,
        max_claims=row["max_claims"],
        lease_until=until,
        input=row["input"],
        actor=row["actor"],
        event_id=row["event_id"],
        metadata=row["metadata"],
        stage=row["stage"],
        retry_of=row["retry_of"],
        parent=row["parent"],
    )


def still_claimable(ids: Sequence[UUID]) -> list[UUID]:
    """Those of these operations that may be claimed, in order. Calls for what runs or ran already came twice: they
    are counted together, where a backlog is older than the pause between two calls there are many of them."""
    heads = list(Operation.objects.filter(id__among=ids).values_list("id", "state", "claims"))
    tally(Harmless.DUPLICATE, sum(came_twice(state, claims) for _, state, claims in heads))
    claimable = {id for id, state, _ in heads if state in CLAIMABLE}
    return [id for id in ids if id in claimable]


def give_back(claims: Sequence[Claim]) -> None:
    """Return what was claimed and not begun: queued again, due now, and the attempt is not counted."""
    with transaction.atomic():
        held = {claim.operation: claim.epoch for claim in claims}
        heads = [head for id, head in locked(sorted(held)).items() if head.epoch == held[id] and not head.seq]
        heads = [head for head in heads if head.state == State.RUNNING]
        for head in heads:
            head.claims -= 1
        control_many(heads, State.QUEUED, message="Given back by a worker that stops.")
        schedule({head.id: now() for head in heads})
