"""Facts that were made true elsewhere: another deployment's events, inserted under the uids that they have there."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction

from .committed import tell_once_committed
from .models import Event
from .wake import wake


def insert_foreign(rows: Sequence[Event]) -> dict[UUID, bool | None]:
    """Insert these events in one transaction. By uid: True for those that are new, False for those that were there,
    None for those of which another event says the same of the same version, and that cannot be."""
    with transaction.atomic():
        known = set(Event.objects.filter(uid__in=[row.uid for row in rows]).values_list("uid", flat=True))
        new = {row.uid: row for row in rows if row.uid not in known}
        found: dict[UUID, bool | None] = {**dict.fromkeys(known, False), **_inserted(list(new.values()))}
        if new:
            tell_once_committed([row for row in new.values() if found[row.uid]])
            transaction.on_commit(wake, robust=True)
    return found


def _inserted(rows: Sequence[Event]) -> dict[UUID, bool | None]:
    """Together, or one by one where somebody else was faster or one of them does not fit."""
    try:
        with transaction.atomic():
            Event.objects.bulk_create(rows)
    except IntegrityError:
        return {row.uid: _inserted_alone(row) for row in rows}
    return {row.uid: True for row in rows}


def _inserted_alone(row: Event) -> bool | None:
    row.pk = None
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False if Event.objects.filter(uid=row.uid).exists() else None
    return True
