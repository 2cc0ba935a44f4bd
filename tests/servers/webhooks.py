"""A receiver of webhooks, as somebody else would write it by the specification of Standard Webhooks 1.0.0: it shares
no line with what signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from tests.servers.http import Asked

#: Seconds by which a message may be older, or the clocks differ.
TOLERANCE = 300


def verified(asked: Asked, secret: str) -> dict[str, Any]:
    """The payload of a request that was signed with this secret. AssertionError for any other."""
    headers = {name.lower(): value for name, value in asked.headers.items()}
    id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    assert "." not in id
    assert abs(time.time() - int(timestamp)) < TOLERANCE, "the message is old, or somebody sent it again"
    assert secret[:6] == "whsec_"
    key = base64.b64decode(secret[6:])
    assert 24 <= len(key) <= 64
    content = b".".join([id.encode(), timestamp.encode(), asked.body])
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    passed = [part.split(",", 1) for part in headers["webhook-signature"].split(" ")]
    signatures = [given for version, given in passed if version == "v1"]
    assert any(hmac.compare_digest(given, expected) for given in signatures), "signed with another secret"
    payload: dict[str, Any] = json.loads(asked.body)
    return payload
