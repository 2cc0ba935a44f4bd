"""Where operations stand while reports are judged: plain rows, since a batch has many, and the one statement that
writes what changed of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Value

from . import at_once
from .batch import fields_of, sources
from .models import Operation
from .rule import Head, Report
from .states import TERMINAL, State

_READ = ("id", "kind", "state", "epoch", "seq", "claims", "worker", "parent", "progress_done")
#: How a column becomes what it was told; most keep what they have when they are told nothing.
_TOTAL = "CASE WHEN given.progress_done IS NULL THEN {old} ELSE given.progress_total END"
_ERROR = "CASE WHEN given.state = 'succeeded' THEN NULL ELSE COALESCE(given.error, {old}) END"
_ENDED = ", ".join(f"'{state}'" for state in sorted(TERMINAL))


@dataclass(slots=True)
class Standing:
    """A head that is locked, and on PostgreSQL its `place`. `told` holds the columns that reports changed, `known` the
    digests and verdicts of what was reported before, by (epoch, seq) and by event_id; `before` is the state that it
    came from."""

    id: UUID
    kind: str
    state: str
    epoch: int
    seq: int
    claims: int
    worker: str
    parent: UUID | None
    progress_done: float | None
    place: str
    metadata: dict[str, Any] | None = None
    before: str = ""
    known: dict[Any, tuple[str, str]] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def head(self) -> Head:
        return Head(self.state, self.epoch, self.seq)

    @property
    def error(self) -> Any:
        return self.told.get("error")

    @property
    def message(self) -> str:
        return str(self.told.get("message", ""))

    def may_know(self, one: Report) -> bool:
        """Can it have been reported before?"""
        return (one.epoch, one.seq) <= (self.epoch, self.seq)

    def knows(self, one: Report) -> tuple[str, str] | None:
        """What is stored of this report, if it came before."""
        if one.event_id and (found := self.known.get(one.event_id)):
            return found
        return self.known.get((one.epoch, one.seq)) if self.may_know(one) else None

    def keep(self, one: Report, digest: str, verdict: str) -> None:
        self.known[one.epoch, one.seq] = (digest, verdict)
        if one.event_id:
            self.known[one.event_id] = (digest, verdict)

    def apply(self, one: Report) -> None:
        """Stand where this report says."""
        self.before = self.before or self.state
        told = self.told
        self.seq = told["seq"] = one.seq
        for name, text in (("stage", one.stage), ("message", one.message), ("progress_unit", one.unit)):
            if text:
                told[name] = text
        if one.progress is not None:
            done, told["progress_total"] = one.progress
            self.progress_done = told["progress_done"] = max(done, self.progress_done or done)
        if one.metadata:
            told["metadata"] = {**told.get("metadata", {}), **one.metadata}
        if one.output is not None:
            told["output"] = one.output
        if one.error is not None:
            told["error"] = one.error
        if one.state:
            self._move(one.state)

    def _move(self, state: str) -> None:
        self.state = self.told["state"] = state
        if state == State.SUCCEEDED:
            self.told.setdefault("error", None)
        if state == State.SCHEDULED:
            self.claims = self.told["claims"] = self.claims - 1  # a snooze is not an attempt


Told = dict[str, Any]


def told(head: Standing, one: Report, verdict: str) -> Told:
    """The line of the history that this report becomes, by the names of its columns; what is empty is left out."""
    line: Told = {"operation": head.id, "epoch": one.epoch, "seq": one.seq, "state": one.state, "digest": one.digest()}
    line["worker"], line["verdict"] = head.worker, verdict
    if one.progress is not None:
        line["progress_done"], line["progress_total"] = one.progress
    for name, value in (
        ("stage", one.stage), ("message", one.message), ("progress_unit", one.unit), ("event_id", one.event_id),
        ("metadata", one.metadata),
    ):  # fmt: skip
        if value:
            line[name] = value
    if one.output is not None:
        line["output"] = one.output
    if one.error is not None:
        line["error"] = one.error
    return line


def standing(ids: Sequence[UUID]) -> dict[UUID, Standing]:
    """These heads, locked in the order of their ids."""
    rows = at_once.lock(ids) if connection.vendor == "postgresql" else _read(ids)
    return {row[0]: Standing(*row) for row in rows}


def _read(ids: Sequence[UUID]) -> Iterable[tuple[Any, ...]]:
    """Without a lock: SQLite has one writer at a time. Its JSON functions merge otherwise than we do, so what is there
    is read as well."""
    return Operation.objects.filter(id__among=ids).values_list(*_READ, Value(""), "metadata")


def write_heads(heads: Sequence[Standing], moment: datetime) -> None:
    """Write what was told of them, on SQLite. Columns that none was told of are left alone."""
    for one in heads:
        if "metadata" in one.told:
            one.told["metadata"] = {**(one.metadata or {}), **one.told["metadata"]}
    columns = sorted({name for one in heads for name in one.told})
    ended = [moment] if "state" in columns else []
    fields = fields_of(Operation, ("id", *columns))
    for source, parameters in sources(fields, [[one.id, *(one.told.get(name) for name in columns)] for one in heads]):
        with connection.cursor() as cursor:
            cursor.execute(_statement(columns, source), [*parameters, moment, *ended])


def _statement(columns: Sequence[str], source: str) -> str:
    """`WITH … UPDATE … FROM`, which SQLite has from 3.33."""
    changes = [f"{name} = {_rule(name, columns).format(old=f'ledger_operation.{name}')}" for name in columns]
    changes.append("updated_at = %s")
    if "state" in columns:
        changes.append(f"finished_at = CASE WHEN given.state IN ({_ENDED}) THEN %s END")
    return (
        f"WITH given ({', '.join(['id', *columns])}) AS ({source}) "  # noqa: S608  names come from the model
        f"UPDATE ledger_operation SET {', '.join(changes)} FROM given WHERE ledger_operation.id = given.id"
    )


def _rule(name: str, columns: Sequence[str]) -> str:
    if name == "error" and "state" in columns:
        return _ERROR
    return _TOTAL if name == "progress_total" else f"COALESCE(given.{name}, {{old}})"
