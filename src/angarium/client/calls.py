"""The routes that a service uses, each as a call: what is sent, and how its answer is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from math import ceil
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import msgspec

from .errors import Invalid
from .shapes import Granted, ManyGranted, Operation, Page, Renewed, Results
from .transport import Call

#: Seconds for which the server holds a question back.
LONGEST_WAIT = 60
_results = msgspec.json.Decoder(Results)
_operation = msgspec.json.Decoder(Operation)
_page = msgspec.json.Decoder(Page)
_granted = msgspec.json.Decoder(Granted)
_many = msgspec.json.Decoder(ManyGranted)
_renewed = msgspec.json.Decoder(Renewed)


class _Made(msgspec.Struct):
    id: UUID


_made = msgspec.json.Decoder(_Made)


def create(
    kind: str, input: Mapping[str, Any] | None, key: str, run_at: datetime | None, metadata: Mapping[str, Any] | None
) -> Call[UUID]:
    said = {"kind": kind, "input": input, "key": key, "run_at": run_at, "metadata": metadata}
    body = _json({name: value for name, value in said.items() if value})
    return Call("POST", "/operations", lambda data: _made.decode(data).id, body, headers=_once())


def claim(operation: UUID | str, worker: str, lease_seconds: float | None) -> Call[Granted]:
    body = _json(_wanted(worker, lease_seconds))
    return Call("POST", f"/operations/{_id(operation)}/claim", _granted.decode, body)


def claim_due(kinds: Iterable[str], worker: str, lease_seconds: float | None, limit: int) -> Call[list[Granted]]:
    said = {"kinds": list(kinds), "limit": limit, **_wanted(worker, lease_seconds)}
    return Call("POST", "/operations:claim", lambda data: _many.decode(data).claims, _json(said))


def renew(held: Iterable[tuple[UUID, int]], lease_seconds: int) -> Call[Renewed]:
    leases = [{"operation": operation, "epoch": epoch} for operation, epoch in held]
    body = _json({"leases": leases, "lease_seconds": lease_seconds})
    return Call("POST", "/operations/leases:batch", _renewed.decode, body)


def report(bodies: list[bytes]) -> Call[Results]:
    """Reports exactly as they were written down."""
    body = b'{"transitions":[' + b",".join(bodies) + b"]}"

    def read(data: bytes) -> Results:
        results = _results.decode(data)
        if len(results.results) != len(bodies):
            raise msgspec.ValidationError(f"{len(results.results)} answers to {len(bodies)} reports")
        return results

    return Call("POST", "/operations/transitions:batch", read, body)


def operation(id: UUID | str, wait: float) -> Call[Operation]:
    seconds = min(ceil(wait), LONGEST_WAIT)
    query = {"wait": f"{seconds}s"} if seconds > 0 else {}
    return Call("GET", f"/operations/{_id(id)}", _operation.decode, query=query, patience=seconds)


def operations(filters: Mapping[str, Any], cursor: str) -> Call[Page]:
    """One page, newest first."""
    said = {**filters, "cursor": cursor}
    query = {name: _text(value) for name, value in said.items() if value not in (None, "")}
    return Call("GET", "/operations", _page.decode, query=query)


def cancel(id: UUID | str, because: str) -> Call[Operation]:
    body = _json({"because": because}) if because else None
    return Call("POST", f"/operations/{_id(id)}:cancel", _operation.decode, body, headers=_once())


def cursor_of(page: Page) -> str:
    """Where the next page begins; empty after the last."""
    return parse_qs(urlsplit(page.next or "").query).get("cursor", [""])[0]


def _wanted(worker: str, lease_seconds: float | None) -> dict[str, Any]:
    """Asked again with this key, the same claim is given again. Leases are whole seconds."""
    lease = {} if lease_seconds is None else {"lease_seconds": ceil(lease_seconds)}
    return {"worker": worker, **lease, "key": uuid4().hex}


def _once() -> dict[str, str]:
    """Asked again with this key, the same is answered and nothing is done twice."""
    return {"Idempotency-Key": uuid4().hex}


def _id(operation: UUID | str) -> UUID:
    try:
        return operation if isinstance(operation, UUID) else UUID(operation)
    except ValueError as error:
        raise Invalid(f"{operation!r} is no id of an operation.", field="operation") from error


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _json(said: Mapping[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(said)
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(f"This cannot be written as JSON: {error}.") from error
