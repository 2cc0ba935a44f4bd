"""Cancelling and retrying what a filter finds: counted at once, done by an operation of its own in short transactions.

How far it is, is written in the transaction in which it goes so far: whoever takes it up after a crash goes on there,
and who was replaced or cancelled has not done what it could not write. It acts with the rights that whoever asked for
it has when it acts, and only on what was there when it was asked for.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from angarium.engine.identity.public import SYSTEM, Person, Principal, Token, of_person, of_token
from angarium.engine.ledger.public import (
    TERMINAL,
    Operation,
    Report,
    cancel_many,
    report,
    retry_many,
)
from angarium.engine.tasks.public import Done, Outcome, Run, Snooze
from angarium.kernel.clock import now
from angarium.kernel.errors import Invalid

from .errors import NotAllowedAnyMore
from .queries import filtered, operations_for

Verb = Literal["cancel", "retry"]
KINDS: Mapping[Verb, str] = {"cancel": "operations.cancel_many", "retry": "operations.retry_many"}
_ACTS = {"cancel": cancel_many, "retry": retry_many}
#: Operations in one transaction; seconds after which others on the queue get their turn.
TOGETHER, STINT = 300, 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is to be found; what is empty does not matter. `reason` is a part of the reason of dead letters."""

    kind: str = ""
    state: str = ""
    stage: str = ""
    worker: str = ""
    created_after: datetime | None = None
    created_before: datetime | None = None
    reason: str = ""

    def check(self, verb: Verb) -> None:
        """Invalid, with its field, for what could find nothing, and for a filter that says nothing."""
        if self == Filter():
            raise Invalid("Say at least one thing of the operations that you mean.", field="filter")
        if verb == "cancel" and self.state in TERMINAL:
            raise Invalid("Only what is open can be cancelled.", field="filter.state")
        if verb == "retry" and self.state and self.state not in TERMINAL:
            raise Invalid("Only what has ended can be retried.", field="filter.state")
        if self.reason and (verb == "cancel" or self.state not in ("", "failed")):
            raise Invalid("Only dead letters have a reason: what failed and was not retried.", field="filter.reason")

    def stored(self) -> dict[str, Any]:
        """As JSON, without what is empty."""
        told = {name: value for name, value in asdict(self).items() if value}
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in told.items()}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Filter:
        moments = {name: datetime.fromisoformat(stored[name]) for name in stored if name.startswith("created_")}
        return cls(**{**stored, **moments})


def meant(verb: Verb, filter: Filter, by: Principal) -> QuerySet[Operation]:
    """The operations that this principal may steer and would: of what has ended that which nobody has retried, and
    without a `state` only what failed."""
    said = {name: value for name, value in asdict(filter).items() if name != "reason"}
    rows = filtered(operations_for(by), **said)
    if not by.may("operations:write"):
        return rows.none()
    if verb == "cancel":
        return rows.filter(due__isnull=False)
    if filter.state in ("", "failed"):
        rows = rows.filter(dead_letter__isnull=False)
        return rows.filter(dead_letter__reason__icontains=filter.reason) if filter.reason else rows
    return rows.filter(~Exists(Operation.objects.filter(retry_of=OuterRef("pk"))))


def signature(by: Principal) -> dict[str, str]:
    """Who asks, to be stored with what is asked for."""
    return {"kind": by.kind, "id": str(by.id or ""), "name": by.name}


def signed_by(stored: Mapping[str, str]) -> Principal:
    """Who asked, with the rights of now. NotAllowedAnyMore for a person who may not sign in, and a revoked token."""
    if stored["kind"] == SYSTEM.kind:
        return SYSTEM
    id = UUID(stored["id"])
    if stored["kind"] == "person":
        person = Person.objects.filter(id=id, is_active=True).first()
        found = of_person(person) if person else None
    else:
        token = Token.objects.select_related("person").filter(id=id).first()
        found = of_token(token) if token and token.is_good(now()) else None
    if found is None:
        raise NotAllowedAnyMore
    return replace(found, name=stored["name"])


@dataclass(slots=True)
class Tally:
    """How far it is: of `total` so many were `done`; those up to the id `after` were looked at, `seen` of them."""

    total: int
    done: int = 0
    seen: int = 0
    after: str = ""

    def add(self, ids: list[UUID], done: int) -> None:
        self.done, self.seen, self.after = self.done + done, self.seen + len(ids), str(ids[-1])
        self.total = max(self.total, self.seen)

    @property
    def totals(self) -> dict[str, int]:
        return {"done": self.done, "skipped": self.total - self.done}


def work_off(verb: Verb, run: Run, *, filter: Filter, by: Principal, because: str) -> Outcome:
    """Go on with it for a while. Snooze when there is more. LeaseLost when it was cancelled or replaced."""
    rows = meant(verb, filter, by).filter(id__lt=run.operation)
    tally = Tally(**run.claim.metadata) if run.claim.metadata else Tally(rows.count())
    until = time.monotonic() + STINT
    while ids := _following(rows, tally.after):
        with transaction.atomic():
            tally.add(ids, len(_ACTS[verb](ids, by, because=because)))
            _tell(run, tally)
        if time.monotonic() > until:
            return Snooze(until=now(), because="Others get their turn.")
    if tally.seen < tally.total:  # the others had ended before it came to them
        tally.seen = tally.total
        _tell(run, tally)
    return Done(tally.totals)


def _following(rows: QuerySet[Operation], after: str) -> list[UUID]:
    if after:
        rows = rows.filter(id__gt=UUID(after))
    return list(rows.order_by("id").values_list("id", flat=True)[:TOGETHER])


def _tell(run: Run, tally: Tally) -> None:
    """After the others, whose ids are smaller: locks are taken in the order of ids. It is its own transaction's last
    word, so that nothing is done that was not written."""
    report(
        Report(
            operation=run.operation,
            epoch=run.claim.epoch,
            seq=run.next_seq(),
            progress=(tally.seen, tally.total),
            unit="operations",
            metadata=asdict(tally),
        )
    )
