"""`angarium token create NAME --scope '*'`, `token keep NAME --scope …`, `token list`, `token revoke NAME`."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from angarium.engine.identity.errors import NoSuchPerson
from angarium.engine.identity.models import Person, Token
from angarium.engine.identity.tokens import create_token, keep_token, revoke_token
from angarium.engine.observability.public import logs_aside
from angarium.kernel.clock import now
from angarium.kernel.errors import AngariumError


class Command(BaseCommand):
    help = "Makes, keeps, lists and revokes tokens. A new token's secret is printed alone, and only once."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="create|keep|list|revoke")
        create = verbs.add_parser("create", help="make a token and print its secret")
        create.add_argument("name")
        create.add_argument("--scope", action="append", required=True, help="*, lessons:* or lessons:write; repeatable")
        create.add_argument("--person", metavar="USERNAME", help="act for this person; without it, as a service")
        create.add_argument("--days", type=int, help="end after so many days")
        keep = verbs.add_parser("keep", help="have a service's token with the secret that ANGARIUM_TOKEN holds")
        keep.add_argument("name")
        keep.add_argument("--scope", action="append", required=True, help="as for create")
        verbs.add_parser("list", help="list all tokens")
        verbs.add_parser("revoke", help="end a token at once").add_argument("name")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            with logs_aside():
                getattr(self, verb)(**options)
        except AngariumError as error:
            raise CommandError(error.message) from error

    def create(self, name: str, scope: list[str], person: str | None, days: int | None, **options: Any) -> None:
        if days is not None and not 1 <= days <= 36500:
            raise CommandError("--days is a number from 1 to 36500.")
        ends = now() + timedelta(days=days) if days else None
        _token, secret = create_token(name, scope, person=_person(person), expires_at=ends)
        self.stdout.write(secret)

    def keep(self, name: str, scope: list[str], **options: Any) -> None:
        """Asked again it changes nothing: for deployments, which give both sides the secret at every start."""
        keep_token(name, scope, os.environ.get("ANGARIUM_TOKEN", ""))
        self.stdout.write(f"{name} may act.")

    def list(self, **options: Any) -> None:
        for token in Token.objects.select_related("person"):
            ends = "revoked" if token.revoked_at else token.expires_at.isoformat() if token.expires_at else "-"
            used = token.last_used_at.isoformat(timespec="seconds") if token.last_used_at else "never"
            who = token.person.username if token.person else "(service)"
            self.stdout.write("\t".join([token.name, ",".join(token.scopes), who, f"used {used}", f"ends {ends}"]))

    def revoke(self, name: str, **options: Any) -> None:
        revoke_token(name)
        self.stdout.write(f"{name} is revoked.")


def _person(username: str | None) -> Person | None:
    if username is None:
        return None
    person = Person.objects.filter(username=username).first()
    if person is None:
        raise NoSuchPerson(f"There is no person called {username}.")
    return person
