"""How people are made and found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager

from .addresses import folded
from .roles import Role

if TYPE_CHECKING:
    from .models import Person


class People(BaseUserManager["Person"]):
    """`create_user` makes a member, `create_superuser` an admin; without a password nobody can sign in."""

    def create_user(
        self, username: str, email: str = "", password: str | None = None, *, role: Role = Role.MEMBER, **fields: Any
    ) -> Person:
        if not username:
            raise ValueError("A person needs a username.")
        person = self.model(
            username=self.model.normalize_username(username),
            email=folded(email or ""),
            role=role,
            **fields,
        )
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> Person:
        return self.create_user(username, email, password, **{**fields, "role": Role.ADMIN})
