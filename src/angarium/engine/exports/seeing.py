"""Looking at exports: one's own, with how far each is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import Operation, State
from angarium.kernel.clock import now

from .asker import name_of
from .errors import NoExport
from .models import Export

#: Columns of the operation, by what they are called beside the row.
_OF_WORK = {
    "at_work": "state",
    "progress_done": "progress_done",
    "progress_total": "progress_total",
    "begun_at": "started_at",
    "stage": "stage",
    "said": "message",
}


def with_work(rows: QuerySet[Export]) -> QuerySet[Export]:
    """The rows with what their operations say, in one query."""
    work = Operation.objects.filter(id=OuterRef("operation"))
    found: dict[str, Any] = {name: Subquery(work.values(column)[:1]) for name, column in _OF_WORK.items()}
    return rows.annotate(**found)


def exports_of(principal: Principal) -> QuerySet[Export]:
    """What this principal has asked for; nobody sees the exports of others."""
    rows = with_work(Export.objects.all())
    return rows.filter(asker=name_of(principal)) if principal.is_authenticated else rows.none()


def access_export(principal: Principal, id: UUID) -> Export:
    """The export, if this principal asked for it. NoExport otherwise."""
    found = exports_of(principal).filter(id=id).first()
    if found is None:
        raise NoExport
    return found


def eta_of(export: Export) -> datetime | None:
    """When it will be done if it goes on as it has; None while nothing can be told."""
    done, total, since = export.progress_done, export.progress_total, export.begun_at
    if export.state != State.RUNNING or not done or not total or since is None or done >= total:
        return None
    moment = now()
    return moment + timedelta(seconds=(moment - since).total_seconds() * (total - done) / done)


def rows_of(export: Export) -> int | None:
    """How many rows are written: those of the file, or those that the worker has come to."""
    if export.rows is not None:
        return export.rows
    return None if export.progress_done is None else int(export.progress_done)


def total_of(export: Export) -> int | None:
    """How many there are."""
    if export.total is not None:
        return export.total
    return None if export.progress_total is None else int(export.progress_total)
