"""Who is acting: the one value that every policy asks, whether a person, a service, nobody or the system acts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from .roles import Role
from .scopes import ALL, covers

if TYPE_CHECKING:
    from .models import Person, Token

Kind = Literal["person", "service", "nobody", "system"]


@dataclass(frozen=True, slots=True)
class Principal:
    """`id` is the person's or the token's UUID, None for nobody and the system.

    A service counts as staff and is limited by its scopes alone. `is_open` marks the open form: an anonymous
    request that acts as the member account `user` and may do everything on the literal routes.
    """

    kind: Kind
    id: UUID | None = None
    name: str = ""
    role: str = ""
    scopes: frozenset[str] = frozenset()
    is_open: bool = False

    @property
    def is_admin(self) -> bool:
        return self.kind == "system" or self.role == Role.ADMIN

    @property
    def is_staff(self) -> bool:
        return self.is_admin or self.role == Role.STAFF

    @property
    def is_authenticated(self) -> bool:
        return self.kind != "nobody"

    @property
    def is_anonymous(self) -> bool:
        return self.kind == "nobody"

    def may(self, scope: str) -> bool:
        """Is this scope (`lessons:write`) within what this principal was given?"""
        return covers(self.scopes, scope)

    def __str__(self) -> str:
        return self.name or self.kind


NOBODY = Principal("nobody", name="nobody")
SYSTEM = Principal("system", name="system", scopes=frozenset((ALL,)))


def of_person(person: Person, scopes: frozenset[str] = frozenset((ALL,))) -> Principal:
    """Somebody who signed in may use every scope; what he may do is then his role's and the policies' affair."""
    return Principal("person", person.id, person.name, person.role, scopes)


def of_token(token: Token) -> Principal:
    """A token acts for its person, within its own scopes, else as a service."""
    scopes = frozenset(token.scopes)
    if token.person is not None:
        return of_person(token.person, scopes)
    return Principal("service", token.id, token.name, Role.STAFF, scopes)
