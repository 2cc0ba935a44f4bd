"""People, tokens and clients for tests of every part."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.test import Client

from .models import Person
from .principal import Principal, of_person
from .roles import Role
from .tokens import create_token

_numbers = count(1)
PASSWORD = "correct horse battery staple"  # noqa: S105 - for accounts that live as long as a test


def make_person(username: str = "", role: Role = Role.MEMBER, **fields: Any) -> Person:
    """A person who can sign in with PASSWORD."""
    return Person.objects.create_user(
        username or f"person-{next(_numbers)}", password=fields.pop("password", PASSWORD), role=role, **fields
    )


def principal(role: Role = Role.MEMBER, **fields: Any) -> Principal:
    """The principal of a new person."""
    return of_person(make_person(role=role, **fields))


def make_token(*scopes: str, name: str = "", person: Person | None = None, **fields: Any) -> str:
    """The secret of a new token; of a service's own, with every scope, unless told otherwise."""
    return create_token(name or f"token-{next(_numbers)}", scopes or ("*",), person=person, **fields)[1]


def client_with_token(*scopes: str, person: Person | None = None, **fields: Any) -> Client:
    """A Django client that sends a new token; give it `content_type="application/json"` with each body."""
    secret = make_token(*scopes, person=person, **fields)
    return Client(headers={"authorization": f"Bearer {secret}"}, raise_request_exception=False)


def client_signed_in(person: Person | None = None, **options: Any) -> Client:
    """A Django client with the session of a person (a new member unless given)."""
    client = Client(**options)
    client.force_login(person or make_person())
    return client
