"""Passwords: forgotten ones by letter, known ones by hand. A new one ends every session but the one that set it, since
sessions carry a digest of the password (django.contrib.auth.get_user)."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from angarium.contracts.identity import PasswordChanged, PasswordResetRequested
from angarium.kernel.errors import Invalid

from .addresses import person_of_email
from .errors import NoSuchPerson, WrongPassword
from .links import make_link, use_link, withdraw_links
from .models import Link, Person
from .principal import NOBODY, of_person
from .record import record


def set_password(person: Person, password: str, *, field: str = "password") -> None:
    """Set it on the instance, unless the rules for passwords refuse it; Invalid then names the field."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=field) from error
    person.set_password(password)


def request_reset(email: str) -> Link | None:
    """A link for choosing a new password. None when nobody who could use it has this address: whoever asked must not
    be able to tell."""
    with transaction.atomic():
        person = person_of_email(email)
        if person is None or not person.is_active or not person.has_usable_password():
            return None
        link = make_link(Link.Purpose.RESET, person, NOBODY)
        record(NOBODY, PasswordResetRequested(person_id=person.id))
    return link


def reset_password(key: str, password: str) -> Person:
    """Choose a new password with a link. Raises LinkSpent, or Invalid naming the field."""
    with transaction.atomic():
        person = use_link(key, Link.Purpose.RESET).person
        assert person is not None
        set_password(person, password)
        person.save(update_fields=["password"])
        record(of_person(person), PasswordChanged(person_id=person.id, by_letter=True))
    return person


def change_password(person: Person, *, old: str, new: str) -> Person:
    """Choose a new password knowing the old one; returns the person as stored, for the session that goes on. Links for
    resetting it end. WrongPassword names the field."""
    with transaction.atomic():
        stored = Person.objects.select_for_update().filter(id=person.id, is_active=True).first()
        if stored is None:
            raise NoSuchPerson("There is no such person.")
        if not stored.check_password(old):
            raise WrongPassword(field="old")
        set_password(stored, new)
        stored.save(update_fields=["password"])
        withdraw_links(Link.Purpose.RESET, stored)
        record(of_person(stored), PasswordChanged(person_id=stored.id, by_letter=False))
    return stored
