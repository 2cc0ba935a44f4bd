"""Who is at the other end: found when a connection is made, and asked again when rights may have changed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from angarium.engine.identity.public import (
    Person,
    Principal,
    find_token,
    note_use,
    of_open,
    of_person,
    of_token,
    open_person,
    write_use,
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A principal and what it showed: a session's key, a token's secret, or nothing in the open form."""

    principal: Principal
    session: str = ""
    secret: str = ""
    ids: frozenset[str] = frozenset()

    @property
    def showed(self) -> Showed:
        return self.session, self.secret


#: What somebody shows: a session's key and a token's secret, each empty where there is none.
Showed = tuple[str, str]


def find(showed: Showed) -> Visitor | None:
    """Who shows this. A token counts more than a session, which a browser sends along."""
    session, secret = showed
    if secret:
        return by_token(secret)
    return (by_session(session) if session else None) or by_open_form()


def by_session(key: str) -> Visitor | None:
    """Whose session this is; None when it has ended."""
    request = HttpRequest()
    request.session = _store()(key)
    person = get_user(request)
    if not isinstance(person, Person) or not person.is_active:
        return None
    return Visitor(of_person(person), session=key, ids=frozenset({str(person.id)}))


def by_token(secret: str) -> Visitor | None:
    token = find_token(secret)
    if token is None:
        return None
    note_use(token)
    write_use()
    ids = {str(token.id), *([str(token.person_id)] if token.person_id else [])}
    return Visitor(of_token(token), secret=secret, ids=frozenset(ids))


def by_open_form() -> Visitor | None:
    person = open_person()
    return Visitor(of_open(person), ids=frozenset({str(person.id)})) if person else None


def again(visitor: Visitor) -> Visitor | None:
    """The same one as it stands now; None when it may not be here any more."""
    if visitor.session:
        return by_session(visitor.session)
    return by_token(visitor.secret) if visitor.secret else by_open_form()


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore
