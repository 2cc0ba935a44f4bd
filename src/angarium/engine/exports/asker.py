"""Who asked: kept so that a worker, hours later, can ask the policies again for exactly that principal."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from angarium.engine.identity.public import Person, Principal, Token, of_open, of_person, of_token, open_person
from angarium.kernel.clock import now

from .errors import MayNotRead
from .models import Export


def name_of(principal: Principal) -> str:
    """`person:<id>`, `service:<id>`: whose an export is."""
    return f"{principal.kind}:{principal.id or principal.name}"[:60]


def person_of(principal: Principal) -> Person | None:
    if principal.kind != "person" or principal.id is None:
        return None
    return Person.objects.filter(id=principal.id).first()


def columns_of(principal: Principal, token: Token | None) -> dict[str, Any]:
    """The asker as columns of the row, with the language and zone that the file is written in."""
    person = person_of(principal)
    return {
        "asker": name_of(principal),
        "person": person.id if person else None,
        "token": token.id if token else None,
        "is_open": principal.is_open,
        "language": (person.language if person else "") or settings.LANGUAGE_CODE,
        "timezone": person.timezone if person else settings.TIME_ZONE,
    }


def asker_again(export: Export) -> Principal:
    """The principal as it is now. Raises MayNotRead with what has ended."""
    if export.token is not None:
        token = Token.objects.select_related("person").filter(id=export.token).first()
        if token is None or not token.is_good(now()):
            raise MayNotRead("The token that asked for it was revoked or has expired.")
        return of_token(token)
    if export.is_open:
        person = open_person()
        if person is None or person.id != export.person:
            raise MayNotRead("The open form that asked for it is closed.")
        return of_open(person)
    found = Person.objects.filter(id=export.person, is_active=True).first() if export.person else None
    if found is None:
        raise MayNotRead("Whoever asked for it may not sign in any more.")
    return of_person(found)
