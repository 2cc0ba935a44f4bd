"""Reading and writing what people chose to be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from angarium.engine.identity.public import Person, Principal, open_person
from angarium.kernel.errors import Invalid

from .choices import HOUR, Wishes
from .errors import NobodyToTell
from .models import Choice, Preference
from .queries import projects_seen_by


class Chosen(TypedDict):
    """One choice; `project` None for all projects."""

    project: int | None
    reason: str
    way: str


def person_of(by: Principal) -> Person:
    """Whose choices these are. NobodyToTell for services, whom nobody writes to."""
    person = open_person() if by.is_open else None
    if person is None and by.kind == "person" and by.id is not None:
        person = Person.objects.filter(pk=by.id).first()
    if person is None:
        raise NobodyToTell
    return person


def wishes_of(people: Iterable[UUID]) -> Mapping[UUID, Wishes]:
    """What each of these people chose; two queries for all."""
    ids = set(people)
    preferences = {row.person: row for row in Preference.objects.filter(person__in=ids)}
    chosen: dict[UUID, dict[tuple[int | None, str], str]] = {id: {} for id in ids}
    for row in Choice.objects.filter(person__in=ids):
        chosen[row.person][row.project_id, row.reason] = row.way
    return {id: _wishes(preferences.get(id), chosen[id]) for id in ids}


def _wishes(row: Preference | None, chosen: Mapping[tuple[int | None, str], str]) -> Wishes:
    return Wishes(row.hour if row else HOUR, bool(row and row.own_changes), chosen)


def choose(
    by: Principal, *, choices: Iterable[Chosen], hour: int | None = None, own_changes: bool | None = None
) -> Wishes:
    """Put these choices in the place of all that the person made; hour and own changes stay when they are None.

    NobodyToTell; Invalid for a project that is not there or not seen, and for two choices of one thing.
    """
    person = person_of(by)
    rows = [
        Choice(person=person.pk, project_id=one["project"], reason=one["reason"], way=one["way"]) for one in choices
    ]
    _refuse_unfit(by, rows)
    with transaction.atomic():
        preference = Preference.objects.select_for_update().get_or_create(person=person.pk)[0]
        preference.hour = preference.hour if hour is None else hour
        preference.own_changes = preference.own_changes if own_changes is None else own_changes
        preference.save()
        Choice.objects.filter(person=person.pk).delete()
        Choice.objects.bulk_create(rows)
    return wishes_of([person.pk])[person.pk]


def _refuse_unfit(by: Principal, rows: list[Choice]) -> None:
    if len({(row.project_id, row.reason) for row in rows}) < len(rows):
        raise Invalid(_("There are two choices for one project and reason."), field="choices")
    wanted = {row.project_id for row in rows if row.project_id is not None}
    seen = set(projects_seen_by(by).filter(pk__in=wanted).values_list("pk", flat=True))
    if wanted - seen:
        raise Invalid(_("There is no project %(id)s.") % {"id": min(wanted - seen)}, field="choices")
