"""Secrets that are kept nowhere: each is made anew of the instance's SECRET_KEY and a seed, which is no secret.

Who reads the database, or a copy of it, cannot sign. `proof` tells whether SECRET_KEY is still the one of that day.
"""

from __future__ import annotations

import hashlib
import secrets as chance

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from .signature import secret_of

_SALT = "angarium.delivery.webhook"


def new_seed() -> str:
    """A seed with its proof, in 49 letters."""
    seed = chance.token_hex(16)
    return f"{seed}-{_proof(_secret(seed, str(settings.SECRET_KEY)))}"


def secret_from(seed: str) -> str:
    """The secret that the seed has stood for since it was made; empty when its SECRET_KEY is gone, also from
    SECRET_KEY_FALLBACKS."""
    number, _, proof = seed.partition("-")
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        secret = _secret(number, str(key))
        if constant_time_compare(_proof(secret), proof):
            return secret
    return ""


def _secret(number: str, key: str) -> str:
    return secret_of(salted_hmac(_SALT, number, secret=key, algorithm="sha256").digest())


def _proof(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
