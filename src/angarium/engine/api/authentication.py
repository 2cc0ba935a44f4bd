"""Who sends an API request: a token's bearer, a signed-in person, or, in the open form, the account `user`."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from angarium.engine.identity.public import (
    Principal,
    find_token,
    note_principal,
    note_use,
    of_open,
    of_person,
    of_token,
    open_person,
)


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer ang_…` (RFC 6750)."""

    realm = 'Bearer realm="angarium"'

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        scheme, _space, secret = request.headers.get("Authorization", "").strip().partition(" ")
        if not scheme:
            return None
        token = find_token(secret.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            raise AuthenticationFailed("This token is not known, has expired or was revoked.", "bad_token")
        note_use(token)
        principal = _acts_as(request, of_token(token))
        return token.person or principal, token

    def authenticate_header(self, request: Request) -> str:
        return f'{self.realm}, error="invalid_token"' if request.headers.get("Authorization") else self.realm


class Session(SessionAuthentication):
    """A signed-in person in a browser; what writes needs the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found = super().authenticate(request)
        if found is not None:
            _acts_as(request, of_person(found[0]))
        return found


class OpenForm(BaseAuthentication):
    """With ANGARIUM_OPEN, an anonymous request may use the literal routes; never one that another site sent."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        literal = getattr((request.parser_context or {}).get("view"), "literal", False)
        if not literal or request.headers.get("Sec-Fetch-Site") == "cross-site":
            return None
        person = open_person()
        if person is None:
            return None
        _acts_as(request, of_open(person))
        return person, None


def _acts_as(request: Request, principal: Principal) -> Principal:
    request._request.principal = principal  # type: ignore[attr-defined]
    note_principal(principal)
    return principal
