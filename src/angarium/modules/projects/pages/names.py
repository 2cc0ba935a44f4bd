"""People as pages name them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from angarium.engine.identity.public import Person

#: Somebody whose account is gone.
GONE = _("somebody who is gone")


def names_of(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """The name of each of these people who has an account. One query."""
    return {person.pk: person.name for person in Person.objects.filter(pk__in={id for id in ids if id is not None})}


def choices_of(people: Iterable[Person]) -> list[tuple[str, str]]:
    """(UUID, name) of these people for a <select>, by name; of two of one name, with their usernames."""
    rows = sorted(people, key=lambda one: (one.name.casefold(), one.username))
    twice = {one.name for one, other in pairwise(rows) if one.name == other.name}
    return [(str(one.pk), f"{one.name} ({one.username})" if one.name in twice else one.name) for one in rows]


def initials(name: str | Promise) -> str:
    """`Ирина Ким` is `ИК`, `demo` is `D`."""
    words = str(name).split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
