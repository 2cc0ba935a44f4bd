"""What a report is in JSON, read strictly: one reading for every way in, alone, in a batch and by queue.

Pure: bytes in, `Report` or a refusal with its field out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from math import isfinite
from typing import Annotated, Any, Literal, NoReturn
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from angarium.engine.ledger.public import Report
from angarium.kernel.errors import Invalid

MOST_IN_BATCH = 1000
#: Bytes of metadata, of output and of error; how deep they may go.
LARGEST_PART, DEEPEST = 64 * 1024, 32
#: Whole numbers that every reader of JSON and every database has.
LARGEST_NUMBER = 2**63 - 1
Reportable = Literal["running", "retrying", "scheduled", "succeeded", "failed", "cancelled"]


class Progress(Struct, forbid_unknown_fields=True):
    """`done` of `total` in this unit; without a total nobody knows yet."""

    done: Annotated[float, Meta(ge=0)]
    total: Annotated[float, Meta(ge=0)] | None = None
    unit: Annotated[str, Meta(max_length=20)] = ""


class Said(Struct, forbid_unknown_fields=True, kw_only=True):
    """A report on one operation, as it is sent."""

    epoch: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    seq: Annotated[int, Meta(ge=1, le=LARGEST_NUMBER)]
    state: Reportable | UnsetType = UNSET
    stage: Annotated[str, Meta(max_length=100)] = ""
    progress: Progress | None = None
    message: Annotated[str, Meta(max_length=1000)] = ""
    metadata: Raw | UnsetType = UNSET
    output: Raw | UnsetType = UNSET
    error: Raw | UnsetType = UNSET
    run_at: Annotated[datetime, Meta(tz=True)] | None = None
    event_id: UUID | None = None


class SaidOf(Said, forbid_unknown_fields=True, kw_only=True):
    """The same among reports on many."""

    operation: UUID


class Batch(Struct, forbid_unknown_fields=True):
    """Reports on many operations, each read by itself: a bad one spoils none of the others."""

    transitions: Annotated[list[Raw], Meta(min_length=1, max_length=MOST_IN_BATCH)]


_said, _said_of = msgspec.json.Decoder(Said), msgspec.json.Decoder(SaidOf)
_batch, _any = msgspec.json.Decoder(Batch), msgspec.json.Decoder()
_control = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def report_of(operation: UUID, body: bytes) -> Report:
    """The report in this body. Invalid, naming the field, when it is none."""
    return _report(operation, _read(_said, body))


def reports_of(body: bytes) -> list[Report | Invalid]:
    """The reports in the body of a batch, each or why it is none. Invalid when it is no batch at all."""
    return [item_of(raw) for raw in _read(_batch, body).transitions]


def item_of(raw: bytes | Raw) -> Report | Invalid:
    """One item of a batch, or why it is none."""
    try:
        said = _read(_said_of, raw)
        return _report(said.operation, said)
    except Invalid as refusal:
        return refusal


def _read(decoder: Any, body: bytes | Raw) -> Any:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        _refuse(str(error))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("The body is not JSON in UTF-8.") from None


def _refuse(sentence: str) -> NoReturn:
    """What msgspec says, as a sentence and a field: "Expected `int`, got `str` - at `$.epoch`"."""
    said, _, place = sentence.partition(" - at `")
    field = re.sub(r"^\$\.?|`$", "", place).replace("[...]", "")
    if missing := re.search(r"missing required field `(\w+)`|unknown field `([^`]{1,50})`", said):
        field = f"{field}.{missing[1] or missing[2]}".lstrip(".")
    raise Invalid(f"{said.replace('`', '')}.", field=field or None)


def _report(operation: UUID, said: Said) -> Report:
    if said.state == "scheduled" and said.run_at is None:
        raise Invalid("Say when it is to run again.", field="run_at")
    if said.run_at is not None and said.state not in ("scheduled", "retrying"):
        raise Invalid("Only what is scheduled or retrying runs again.", field="run_at")
    for name, text in (("stage", said.stage), ("message", said.message)):
        if text and _control.search(text):
            raise Invalid("Control characters are not allowed here.", field=name)
    progress = said.progress
    metadata = _part("metadata", said.metadata)
    if metadata is not None and not isinstance(metadata, dict):
        raise Invalid("Expected object.", field="metadata")
    return Report(
        operation=operation,
        epoch=said.epoch,
        seq=said.seq,
        state=said.state or "",
        stage=said.stage,
        progress=(progress.done, progress.total) if progress else None,
        unit=progress.unit if progress else "",
        message=said.message,
        metadata=metadata or {},
        output=_part("output", said.output),
        error=_part("error", said.error),
        run_at=said.run_at,
        event_id=said.event_id,
    )


def _part(name: str, raw: Raw | UnsetType) -> Any:
    """A part that may hold anything that can be stored and read again as it is."""
    if raw is UNSET:
        return None
    if len(raw) > LARGEST_PART:
        raise Invalid(f"{name} may have at most {LARGEST_PART} bytes.", field=name)
    try:
        value = _any.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid("This is not JSON in UTF-8.", field=name) from None
    for trouble in troubles(value):
        raise Invalid(trouble, field=name)
    return value


def troubles(value: Any, depth: int = 1) -> Iterator[str]:
    """Why this JSON could not be kept as it is."""
    if depth > DEEPEST:
        yield f"JSON goes at most {DEEPEST} deep here."
    elif isinstance(value, str):
        if "\x00" in value:
            yield "NUL cannot be stored."
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if not isfinite(value) or (isinstance(value, int) and abs(value) > LARGEST_NUMBER):
            yield "Numbers have at most 64 bits."
    elif isinstance(value, dict | list):
        inside = [*value, *value.values()] if isinstance(value, dict) else value
        for one in inside:
            yield from troubles(one, depth + 1)
