"""The door of identity: people, tokens, and the Principal that every policy asks.

    def may_complete(principal: Principal, lesson: Lesson) -> bool:       # a policy is a plain predicate
        return principal.is_staff or lesson.teacher_person == principal.id

    principal_of(request)                    # in a view or a page
    current_principal()                      # deep inside: who acts; the system outside of requests
    with acting_as(principal): ...           # a worker acts for whoever started the work

It needs loaded apps: an apps.py opens it inside `ready`, not at its top.
"""

from .acting import acting_as, current_principal, note_principal, principal_of
from .links import key_of, link_of
from .membership import (
    accept_invitation,
    change_role,
    deactivate_person,
    has_open_invitation,
    invite_again,
    invite_person,
    is_set_up,
    make_setup_link,
    may_administer,
    reactivate_person,
    set_up,
    withdraw_invitation,
)
from .models import Link, Person, Token
from .open import OPEN_ACCOUNT, of_open, open_person
from .passwords import change_password, request_reset, reset_password
from .principal import NOBODY, SYSTEM, Principal, of_person, of_token
from .record import keep_facts
from .roles import Language, Role
from .scopes import covers, validate_scopes
from .timezones import timezones, validate_timezone
from .tokens import create_token, end_token, find_token, issue_token, revoke_token
from .uses import note_use, write_use

__all__ = [
    "NOBODY",
    "OPEN_ACCOUNT",
    "SYSTEM",
    "Language",
    "Link",
    "Person",
    "Principal",
    "Role",
    "Token",
    "accept_invitation",
    "acting_as",
    "change_password",
    "change_role",
    "covers",
    "create_token",
    "current_principal",
    "deactivate_person",
    "end_token",
    "find_token",
    "has_open_invitation",
    "invite_again",
    "invite_person",
    "is_set_up",
    "issue_token",
    "keep_facts",
    "key_of",
    "link_of",
    "make_setup_link",
    "may_administer",
    "note_principal",
    "note_use",
    "of_open",
    "of_person",
    "of_token",
    "open_person",
    "principal_of",
    "reactivate_person",
    "request_reset",
    "reset_password",
    "revoke_token",
    "set_up",
    "timezones",
    "validate_scopes",
    "validate_timezone",
    "withdraw_invitation",
    "write_use",
]
