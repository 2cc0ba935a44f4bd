"""Who acts in this context: the request's principal, the one given to `acting_as`, else the system itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest

from angarium.engine.observability.public import bind

from .models import Person
from .principal import NOBODY, SYSTEM, Principal, of_person

#: A request stands for its principal, which is only found out (one query) when somebody asks.
_acting: ContextVar[Principal | HttpRequest] = ContextVar("angarium_acting", default=SYSTEM)


def principal_of(request: Any) -> Principal:
    """Who sent a Django or DRF request: what the API's authentication found, else the session's person, else nobody."""
    found = getattr(request, "principal", None)
    if isinstance(found, Principal):
        return found
    user = getattr(request, "user", None)
    return of_person(user) if isinstance(user, Person) and user.is_active else NOBODY


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
