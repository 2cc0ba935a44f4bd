"""Finding operations for a page of the list. Where no index helps, the newest ones are looked through, so many and no
more, and the page says how far back that was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import TERMINAL, Operation
from angarium.modules.operations.queries import filtered, is_empty, operations_for

from .filters import OPEN, Filters

#: Operations that are looked through for one page.
MOST = 30_000


@dataclass(frozen=True, slots=True)
class Found:
    """The rows, newest first. `floor` is the last one that was looked at; None when all were."""

    rows: QuerySet[Operation]
    floor: UUID | None = None

    @property
    def back_to(self) -> datetime | None:
        """When that one was accepted, by its identifier (RFC 9562, 5.7)."""
        return datetime.fromtimestamp((self.floor.int >> 80) / 1000, UTC) if self.floor else None


def find(form: Filters, principal: Principal) -> Found:
    """What fits the form, which is valid, as far as this principal may see it."""
    rows = _found_by_index(form, operations_for(principal))
    if is_empty(form.kind, form.cleaned_data["state"]):
        return Found(rows.none())
    floor = None
    if form.scans:
        floor = rows.values_list("id", flat=True)[MOST - 1 : MOST].first()
        rows = rows.filter(id__gte=floor) if floor else rows
    return Found(_found_by_looking(form, rows), floor)


def _found_by_index(form: Filters, rows: QuerySet[Operation]) -> QuerySet[Operation]:
    wanted = form.cleaned_data
    if (id := form.identifier) is not None:
        rows = rows.filter(Q(id=id) | Q(event_id=id) | Q(parent=id))
    if wanted["state"] and wanted["state"] not in TERMINAL:
        rows = rows.filter(due__isnull=False)
    if wanted["before"]:
        rows = rows.filter(id__lt=wanted["before"])
    times = {name: wanted[name] for name in ("created_after", "created_before")}
    return filtered(rows, kind=form.kind, **times).order_by("-id")


def _found_by_looking(form: Filters, rows: QuerySet[Operation]) -> QuerySet[Operation]:
    wanted = form.cleaned_data
    if wanted["q"] and not form.kind and form.identifier is None:
        rows = rows.filter(kind__istartswith=wanted["q"])
    if wanted["state"] not in ("", OPEN):
        rows = rows.filter(state=wanted["state"])
    if wanted["text"]:
        rows = rows.filter(message__icontains=wanted["text"])
    if wanted["retries"]:
        rows = rows.filter(retry_of__isnull=False)
    return filtered(rows, stage=wanted["stage"], worker=wanted["worker"])
