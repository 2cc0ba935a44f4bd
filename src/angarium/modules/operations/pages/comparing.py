"""Two lines of an operation's history beside each other: what differs in how it stood, or in what was said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from angarium.engine.console.public import page, signed_in
from angarium.engine.identity.public import principal_of
from angarium.engine.ledger.public import NoOperation, Operation, Transition
from angarium.modules.operations.queries import access_operation

from .differences import differences, standing

#: Differences that are shown; lines of a history that are put together.
MOST, MOST_LINES = 300, 20_000
SHOWN = (
    "epoch", "seq", "state", "stage", "progress_done", "progress_total", "progress_unit", "message", "metadata",
    "output", "error", "worker", "event_id", "verdict", "at",
)  # fmt: skip
Place = tuple[int, int]


@signed_in
def compare(request: HttpRequest, id: UUID) -> HttpResponse:
    """`from` and `to` are places in the history (`epoch.seq`); without `from` it is the line before `to`."""
    operation = access_operation(principal_of(request), id)
    to = _line(operation, request.GET.get("to", ""))
    chosen = request.GET.get("from", "")
    lines = sorted([_line(operation, chosen) if chosen else _before(operation, to), to], key=_place)
    said = request.GET.get("of") == "said"
    before, after = (_as_said(line) if said else _as_it_stood(operation, _place(line)) for line in lines)
    found = list(islice(differences(before, after), MOST + 1))
    context = {
        "operation": operation,
        "lines": lines,
        "places": [f"{line.epoch}.{line.seq}" for line in lines],
        "said": said,
        "differences": found[:MOST],
        "full": len(found) > MOST,
        "values": (before, after),
    }
    return page(request, "operations/difference.html", context)


def _place(line: Transition) -> Place:
    return line.epoch, line.seq


def _line(operation: Operation, words: str) -> Transition:
    """The line at `epoch.seq`. NoOperation when there is none."""
    match = re.fullmatch(r"(\d{1,10})\.(\d{1,18})", words)
    found = operation.transitions.filter(epoch=match[1], seq=match[2]).first() if match else None
    if found is None:
        raise NoOperation
    return found


def _before(operation: Operation, line: Transition) -> Transition:
    earlier = operation.transitions.filter(epoch=line.epoch, seq__lt=line.seq) | operation.transitions.filter(
        epoch__lt=line.epoch
    )
    return earlier.order_by("-epoch", "-seq").first() or line


def _as_said(line: Transition) -> dict[str, Any]:
    return {name: value for name in SHOWN if (value := getattr(line, name)) not in ("", None)}


def _as_it_stood(operation: Operation, place: Place) -> dict[str, Any]:
    """After the applied lines up to this place, which may itself be of a late one."""
    rows = operation.transitions.filter(verdict=Transition.Verdict.APPLIED, epoch__lte=place[0])
    lines = rows.exclude(epoch=place[0], seq__gt=place[1]).order_by("-epoch", "-seq").values(*SHOWN)[:MOST_LINES]
    applied: list[Mapping[str, Any]] = list(lines)[::-1]
    return standing(applied)
