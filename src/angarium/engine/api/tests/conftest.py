"""A client with a token, and the example's routes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from angarium.engine.identity.testing import make_token


class Api:
    """Sends JSON with a token to the example's routes."""

    def __init__(self, *scopes: str) -> None:
        self.secret = make_token(*scopes)
        self.client = Client(raise_request_exception=False)

    def send(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str) -> Any:
        given = {"authorization": f"Bearer {self.secret}"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        kind = given.pop("content-type", "application/json")
        return self.client.generic(method, f"/api/example/{path}", data, content_type=kind, headers=given)

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self.send("POST", path, body, **options)


@pytest.fixture
def api(db: None) -> Api:
    cache.clear()
    return Api()
