"""The open form: who brings neither token nor session acts as one account, so that things can be tried by hand."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings

from .models import Person
from .principal import Principal, of_person

#: The account that anonymous requests act as in the open form.
OPEN_ACCOUNT = "user"


def open_person() -> Person | None:
    """Whom anonymous requests act as. None where the form is not open, or has no such account."""
    if not settings.ANGARIUM_OPEN:
        return None
    return Person.objects.filter(username=OPEN_ACCOUNT, is_active=True).first()


def of_open(person: Person) -> Principal:
    """That account as the open form lets it act: everything on the literal routes."""
    return replace(of_person(person), is_open=True)
