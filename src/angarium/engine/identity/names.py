"""What a person may be called: usernames that differ in case only are one, and details that the model refuses."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower

from angarium.kernel.errors import Invalid

from .errors import AddressTaken, NameTaken
from .models import Person

#: What `UnicodeUsernameValidator` takes, and a mail address's local part may have more than.
_unfit = re.compile(r"[^\w.@+-]+")


def take_username(person: Person, username: str) -> None:
    """Give the person this username. Raises Invalid or NameTaken, naming the field."""
    person.username = Person.normalize_username(username.strip())
    check_details(person)
    if _others(person, person.username):
        raise NameTaken(field="username")


def free_username(address: str) -> str:
    """A username that nobody has, from the part of an address before the @; its owner may choose another one."""
    wanted = _unfit.sub("", address.partition("@")[0])[:100] or "person"
    taken = set(
        Person.objects.annotate(lower=Lower("username"))
        .filter(lower__startswith=wanted.lower())
        .values_list("lower", flat=True)
    )
    numbered = (wanted if number == 1 else f"{wanted}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in numbered if name.lower() not in taken)


def check_details(person: Person) -> None:
    """Raises Invalid with the first thing that the model does not take, and the field."""
    try:
        person.clean_fields(exclude=["password"])
    except ValidationError as error:
        field, sentences = next(iter(error.message_dict.items()))
        raise Invalid(sentences[0], field=field) from error


def save_person(person: Person) -> None:
    """Save, when somebody else may take the name or the address at the same moment: AddressTaken or NameTaken then."""
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError as error:
        if _others(person, person.username):
            raise NameTaken(field="username") from error
        raise AddressTaken(field="email") from error


def _others(person: Person, username: str) -> bool:
    lowered = Person.objects.annotate(lower=Lower("username")).filter(lower=username.lower())
    return lowered.exclude(id=person.id).exists()
