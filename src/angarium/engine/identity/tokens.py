"""Making, finding and revoking tokens. The secret exists once, in the answer to its making."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from angarium.contracts.identity import TokenCreated, TokenRevoked
from angarium.engine.observability.public import get_logger
from angarium.kernel.clock import now
from angarium.kernel.errors import Forbidden, Invalid

from .errors import NoSuchToken, TokenExists
from .models import Person, Token
from .principal import SYSTEM, Principal
from .record import record
from .scopes import covers

log = get_logger("angarium.identity")

#: What a secret begins with, so that scanners and people recognise one.
PREFIX = "ang_"
#: Characters of a secret that others made: 128 bits in hexadecimal digits and the beginning.
SHORTEST = 36


def new_secret() -> str:
    """256 random bits, recognisable by their beginning."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def create_token(
    name: str, scopes: Sequence[str], *, person: Person | None = None, expires_at: datetime | None = None
) -> tuple[Token, str]:
    """Make a token; returns it with its secret, which nobody can read again.

    Raises Invalid for a bad name, scope or expiry, TokenExists when a token of this name is still in use.
    """
    secret = new_secret()
    return _made(Token(name=name, scopes=list(scopes), person=person, expires_at=expires_at), secret), secret


def keep_token(name: str, scopes: Sequence[str], secret: str) -> Token:
    """The service token of this name, with a secret that a deployment made for both sides; one with another secret
    ends. Raises Invalid for a secret that does not look like one of ours, TokenExists for one that has ended."""
    if not secret.startswith(PREFIX) or len(secret) < SHORTEST:
        raise Invalid(f"A token begins with {PREFIX} and has at least {SHORTEST} characters.", field="secret")
    with transaction.atomic():
        known = Token.objects.select_for_update().filter(name=name, revoked_at__isnull=True).first()
        if known is not None and known.sha256 != digest(secret):
            revoke_token(name)
        if known is None or known.sha256 != digest(secret):
            return _made(Token(name=name, scopes=list(scopes)), secret)
        if known.scopes != list(scopes):
            known.scopes = list(scopes)
            _checked(known).save(update_fields=["scopes"])
        return known


def _checked(token: Token) -> Token:
    try:
        token.clean_fields()
    except ValidationError as error:
        field, sentences = next(iter(error.message_dict.items()))
        raise Invalid(sentences[0], field=field) from error
    return token


def _made(token: Token, secret: str) -> Token:
    token.sha256 = digest(secret)
    _checked(token)
    try:
        with transaction.atomic():
            token.save(force_insert=True)
    except IntegrityError as error:
        raise TokenExists(field="name") from error
    log.debug("token.created", token=str(token.id), name=token.name)
    return token


def issue_token(
    *, by: Principal, name: str, scopes: Sequence[str], for_service: bool = False, expires_at: datetime | None = None
) -> tuple[Token, str]:
    """A token that acts for `by`, or, made by an administrator, a service's own; with its secret, which is shown once.

    Nobody gives away more than they hold. Raises Forbidden, Invalid or TokenExists.
    """
    person = None if for_service or by.id is None else Person.objects.filter(id=by.id, is_active=True).first()
    if not by.may("identity:write") or (for_service and not by.is_admin) or (person is None and not for_service):
        raise Forbidden
    if any(not covers(by.scopes, scope) for scope in scopes):
        raise Invalid("A token cannot do more than whoever makes it.", field="scopes")
    if expires_at is not None and expires_at <= now():
        raise Invalid("This moment has passed.", field="expires_at")
    with transaction.atomic():
        token, secret = create_token(name.strip(), scopes, person=person, expires_at=expires_at)
        record(by, TokenCreated(token_id=token.id, name=token.name, person_id=token.person_id, scopes=tuple(scopes)))
    return token, secret


def end_token(id: UUID, *, by: Principal) -> Token:
    """End a token at once: one's own, or, as an administrator, any. NoSuchToken when there is none to end."""
    if not by.may("identity:write"):
        raise Forbidden
    with transaction.atomic():
        token = Token.objects.select_for_update().filter(id=id, revoked_at__isnull=True).first()
        if token is None or not (by.is_admin or (by.id is not None and token.person_id == by.id)):
            raise NoSuchToken
        token.revoked_at = now()
        token.save(update_fields=["revoked_at"])
        record(by, TokenRevoked(token_id=token.id, name=token.name, person_id=token.person_id))
    return token


def find_token(secret: str) -> Token | None:
    """The good token of this secret, with its person."""
    if not secret.startswith(PREFIX):
        return None
    token = Token.objects.select_related("person").filter(sha256=digest(secret)).first()
    return token if token is not None and token.is_good(now()) else None


def revoke_token(name: str) -> Token:
    """End the token of this name at once. Raises NoSuchToken."""
    with transaction.atomic():
        token = Token.objects.select_for_update().filter(name=name, revoked_at__isnull=True).first()
        if token is None:
            raise NoSuchToken
        token.revoked_at = now()
        token.save(update_fields=["revoked_at"])
        record(SYSTEM, TokenRevoked(token_id=token.id, name=token.name, person_id=token.person_id))
    return token
