"""A client of the API that speaks JSON, and what a refusal must look like."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

Body = dict[str, Any]
CLIENTS, MAILERS, MESSAGES = "/api/mailings/client/", "/api/mailings/mailer/", "/api/mailings/message/"
STAT = f"{MESSAGES}stat/"


class Api:
    """Calls with a method, a path, a body, and headers by their names with underscores."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        send = {} if body is None else {"data": data, "content_type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, path, headers=named, **send)  # type: ignore[arg-type]


def refused(answer: Any, status: int, code: str = "", field: str | None = None) -> Body:
    """The problem of a refusal."""
    problem: Body = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), problem
    assert problem["detail"].endswith((".", "?")), problem
    assert code in ("", problem["code"]), problem
    assert field in (None, problem["field"]), problem
    return problem
