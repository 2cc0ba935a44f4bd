"""Saved views: a person's own names for filters of the list of operations."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from angarium.engine.identity.public import Person, Principal
from angarium.kernel.errors import Conflict, Forbidden, Invalid, Missing

from .models import SavedView

#: Of one person.
MOST = 20


def views_of(principal: Principal) -> QuerySet[SavedView]:
    """One's own, by their names."""
    if principal.kind != "person" or principal.id is None:
        return SavedView.objects.none()
    return SavedView.objects.filter(person=principal.id)


def save_view(name: str, query: str, *, by: Principal) -> SavedView:
    """Keep this query string under this name. Conflict when one has such a name already, or MOST views; Invalid for a
    name or a query that does not fit."""
    with transaction.atomic():
        person = _one_at_a_time(by)
        if views_of(by).count() >= MOST:
            raise Conflict("You have as many views as one may have; delete one of them first.", field="name")
        return _written(SavedView(person=person.id, name=name.strip(), query=query))


def rename_view(id: int, name: str, *, by: Principal) -> SavedView:
    """Another name for one's own view. Missing, and Conflict and Invalid as for a new one."""
    with transaction.atomic():
        _one_at_a_time(by)
        view = _own(id, by)
        view.name = name.strip()
        return _written(view)


def delete_view(id: int, *, by: Principal) -> None:
    """Missing when one has no such view."""
    _own(id, by).delete()


def _own(id: int, by: Principal) -> SavedView:
    view = views_of(by).filter(id=id).first()
    if view is None:
        raise Missing
    return view


def _one_at_a_time(by: Principal) -> Person:
    """Whoever saves from two windows at once takes turns, so that there are never more than MOST."""
    rows = Person.objects.select_for_update(no_key=True)
    person = rows.filter(id=by.id).first() if by.kind == "person" and by.id else None
    if person is None:
        raise Forbidden
    return person


def _written(view: SavedView) -> SavedView:
    try:
        view.clean_fields()
    except ValidationError as wrong:
        said = wrong.message_dict.get("name", ["This filter is too long to be kept."])
        raise Invalid(said[0], field="name") from wrong
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as wrong:
        raise Conflict("You have a view of this name already.", field="name") from wrong
    return view
