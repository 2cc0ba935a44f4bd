"""Rows that are edited in place are written by these, which keep who changed what, in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model

from angarium.engine.identity.public import Principal
from angarium.modules.timeoff.models import Change

#: What says nothing about a change.
LEFT_OUT = {"id", "version"}


def keep(row: Model, by: Principal) -> None:
    """Save the row, and note which columns are others now. What changes nothing leaves nothing behind."""
    before = _stored(row)
    row.save()
    after = _columns(row)
    if before is None:
        _note(row, by, None, after)
    elif changed := [name for name in after if before[name] != after[name]]:
        _note(row, by, {name: before[name] for name in changed}, {name: after[name] for name in changed})


def note_made(rows: Iterable[Model], by: Principal) -> None:
    """Note that these were entered, all at once."""
    told = {"person": by.id, "name": by.name[:255]}
    Change.objects.bulk_create(Change(subject=_subject(row), after=_columns(row), **told) for row in rows)


def note_changed(rows: Iterable[Model], name: str, before: Mapping[int, Any], by: Principal) -> None:
    """Note that this column of these rows, which have been written, is another than `before`, by their keys."""
    told = {"person": by.id, "name": by.name[:255]}
    Change.objects.bulk_create(
        Change(subject=_subject(row), before={name: before[row.pk]}, after={name: getattr(row, name)}, **told)
        for row in rows
    )


def remove(row: Model, by: Principal) -> None:
    """Delete the row, and note what it was."""
    before, subject = _columns(row), _subject(row)
    row.delete()
    Change.objects.create(subject=subject, before=before, person=by.id, name=by.name[:255])


def _stored(row: Model) -> dict[str, Any] | None:
    found = type(row)._base_manager.filter(pk=row.pk).first() if row.pk is not None else None
    return _columns(found) if found is not None else None


def _columns(row: Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.fields if field.name not in LEFT_OUT}


def _subject(row: Model) -> str:
    return f"timeoff.{row._meta.model_name}:{row.pk}"


def _note(row: Model, by: Principal, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
    Change.objects.create(subject=_subject(row), before=before, after=after, person=by.id, name=by.name[:255])
