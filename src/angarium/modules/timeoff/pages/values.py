"""Columns as they were kept (`Change`), in people's words: the fields' labels, days, choices, who is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateField, DecimalField, Field, ForeignKey, Model, Q
from django.utils.translation import gettext, pgettext

from angarium.engine.identity.public import Person, Principal
from angarium.modules.timeoff.models import Department, Employee
from angarium.modules.timeoff.queries import departments_seen_by, employees_seen_by

from .wording import day_said, days_said

#: By column and by key, as JSON has it.
Names = Mapping[str, Mapping[Any, str]]
NOTHING = "–"


def names_in(by: Principal, row: Model, columns: Iterable[Mapping[str, Any]]) -> Names:
    """Who and what is meant, of whom this principal may see; whoever is the manager now stands on the page as it is."""
    ids: dict[str, set[Any]] = {"manager_id": set(), "department_id": set(), "person": set()}
    for found in columns:
        for column, keys in ids.items():
            keys |= {found[column]} if found.get(column) is not None else set()
    now = {name: getattr(row, name, None) for name in ("manager_id", "department_id")}
    people = Employee.objects.filter(Q(pk__in=employees_seen_by(by).values("pk")) | Q(pk=now["manager_id"]))
    places = Department.objects.filter(Q(pk__in=departments_seen_by(by).values("pk")) | Q(pk=now["department_id"]))
    persons = Person.objects.filter(pk__in=ids["person"]) if ids["person"] else ()
    return {
        "manager_id": _named(people, ids["manager_id"]),
        "department_id": _named(places, ids["department_id"]),
        "person": {str(one.pk): one.username for one in persons},
    }


def _named(rows: Any, keys: set[Any]) -> dict[Any, str]:
    return dict(rows.filter(pk__in=keys).values_list("pk", "name")) if keys else {}


def label_of(row: Model, column: str) -> str:
    """`first day`; the column's own name when there is no such field any more."""
    field = _field(row, column)
    return str(field.verbose_name) if field else column


def said_of(row: Model, column: str, value: Any, names: Names) -> str:
    """`14 July 2026`, `vacation`, `Anna Kim`; a dash for nothing, and the value itself for what is not understood."""
    field = _field(row, column)
    if value in (None, ""):
        return NOTHING
    if column in names:
        return names[column].get(value) or pgettext("change", "hidden or gone")
    if column == "language":
        return gettext(dict(settings.LANGUAGES).get(value, value))
    return _plain(field, value) if field else str(value)


def _plain(field: Field[Any, Any], value: Any) -> str:
    try:
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(field, DateField):
            return day_said(date.fromisoformat(value))
        return days_said(Decimal(value)) if isinstance(field, DecimalField) else str(value)
    except (ValueError, TypeError, InvalidOperation):
        return str(value)


def _field(row: Model, column: str) -> Field[Any, Any] | None:
    try:
        field = row._meta.get_field(column)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, Field | ForeignKey) else None
