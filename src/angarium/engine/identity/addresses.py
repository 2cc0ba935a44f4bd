"""E-mail addresses of people: one is one, however it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models.functions import Lower

from angarium.kernel.errors import Invalid

if TYPE_CHECKING:
    from .models import Person


def folded(email: str) -> str:
    """Addresses that differ in case only are one: so providers treat them, whatever RFC 5321 (2.4) allows."""
    return email.strip().lower()


def checked(email: str) -> str:
    """The address as it is kept. Raises Invalid, naming the field."""
    address = email.strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid(error.messages[0], field="email") from error
    if len(address) > 254:
        raise Invalid("An e-mail address has at most 254 characters.", field="email")
    return folded(address)


def person_of_email(email: str) -> Person | None:
    """The person who has this address, however either is written."""
    from .models import Person

    address = folded(email)
    if not address or "\x00" in address:  # which PostgreSQL cannot even compare
        return None
    return Person.objects.annotate(folded=Lower("email")).filter(folded=address).first()
