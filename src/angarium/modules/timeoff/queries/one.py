"""One row or the refusal that says which there is none of; and a version that no longer holds."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

from angarium.engine.events.public import TrackedModel
from angarium.kernel.errors import AngariumError, Stale

M = TypeVar("M", bound=Model)


def only(rows: QuerySet[M], id: int, refusal: type[AngariumError]) -> M:
    """The row with this key among these; the refusal when there is none."""
    row = rows.filter(pk=id).first()
    if row is None:
        raise refusal
    return row


def refuse_stale(row: TrackedModel, expected_version: int | None) -> None:
    """Stale when somebody has changed the row since."""
    if expected_version is not None and expected_version != row.version:
        raise Stale(current=row.version, given=expected_version)
