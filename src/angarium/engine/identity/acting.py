"""Who acts in this context: the request's principal, the one given to `acting_as`, else the system itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest

from angarium.engine.observability.public import bind, note

from .models import Person
from .principal import NOBODY, SYSTEM, Principal, of_person

#: A request stands for its principal, which is only found out (one query) when somebody asks.
_acting: ContextVar[Principal | HttpRequest] = ContextVar("angarium_acting", default=SYSTEM)


def principal_of(request: Any) -> Principal:
    """Who sent a Django or DRF request: what the API's authentication found, else the session's person, else nobody.

    For the request under way that is noted for its lines in the log.
    """
    principal = _found(request)
    if _acting.get() is getattr(request, "_request", request):
        note_principal(principal)
    return principal


def _found(request: Any) -> Principal:
    found = getattr(request, "principal", None)
    if isinstance(found, Principal):
        return found
    user = getattr(request, "user", None)
    return of_person(user) if isinstance(user, Person) and user.is_active else NOBODY


def note_principal(principal: Principal) -> None:
    """Have the lines of the request under way say who sent it; a service's token has no `person_id`."""
    if principal.is_authenticated:
        person = str(principal.id) if principal.kind == "person" else None
        note(actor=str(principal.id or principal.name), person_id=person)


def current_principal() -> Principal:
    """Who acts here. In a shell, a command or a scheduled task that is the system."""
    acting = _acting.get()
    return acting if isinstance(acting, Principal) else principal_of(acting)


@contextmanager
def acting_as(principal: Principal | HttpRequest) -> Iterator[None]:
    """Let everything inside be done by this principal (or by whoever sent this request)."""
    token = _acting.set(principal)
    try:
        if isinstance(principal, Principal):
            with bind(actor=str(principal.id or principal.name)):
                yield
        else:
            yield
    finally:
        _acting.reset(token)
