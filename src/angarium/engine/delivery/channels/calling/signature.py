"""Signatures by Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec 1.0.0). Pure.

`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, by the bytes that a secret `whsec_<base64>` stands for;
one signature for each secret, so that a receiver may change from one to the next in its own time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
#: Bytes of a secret, by the specification.
SHORTEST, LONGEST = 24, 64


def signed(id: str, seconds: int, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers of a message that goes at this Unix time. ValueError without a secret."""
    if not secrets:
        raise ValueError("Nothing is sent unsigned.")
    content = f"{id}.{seconds}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(key_of(one), content, hashlib.sha256)) for one in secrets)
    return {
        "webhook-id": id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{one.decode()}" for one in signatures),
    }


def secret_of(key: bytes) -> str:
    """The secret as its receiver gets it."""
    return PREFIX + base64.b64encode(key).decode()


def key_of(secret: str) -> bytes:
    """The bytes that it stands for. ValueError for what is no secret; it says nothing of it."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not SHORTEST <= len(key) <= LONGEST:
        raise ValueError(f"A secret is {PREFIX} and the base64 of {SHORTEST} to {LONGEST} bytes.")
    return key
