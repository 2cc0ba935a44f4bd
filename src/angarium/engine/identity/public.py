"""The door of identity: people, tokens, and the Principal that every policy asks.

    def may_complete(principal: Principal, lesson: Lesson) -> bool:       # a policy is a plain predicate
        return principal.is_staff or lesson.teacher_person == principal.id

    principal_of(request)                    # in a view or a page
    current_principal()                      # deep inside: who acts; the system outside of requests
    with acting_as(principal): ...           # a worker acts for whoever started the work

It needs loaded apps: an apps.py opens it inside `ready`, not at its top.
"""

from .acting import acting_as, current_principal, principal_of
from .models import Person, Token
from .principal import NOBODY, SYSTEM, Principal, of_person, of_token
from .roles import Language, Role
from .scopes import validate_scopes
from .timezones import timezones, validate_timezone
from .tokens import create_token, find_token, revoke_token
from .uses import note_use

__all__ = [
    "NOBODY",
    "SYSTEM",
    "Language",
    "Person",
    "Principal",
    "Role",
    "Token",
    "acting_as",
    "create_token",
    "current_principal",
    "find_token",
    "note_use",
    "of_person",
    "of_token",
    "principal_of",
    "revoke_token",
    "timezones",
    "validate_scopes",
    "validate_timezone",
]
