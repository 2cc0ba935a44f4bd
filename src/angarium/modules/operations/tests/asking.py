"""Asking the API in tests: a client that speaks JSON, and what a refusal says."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.test import Client

from angarium.engine.ledger.public import Claim, claim
from angarium.modules.operations.models import TASK, TaskType

OPERATIONS, TASKS = "/api/operations/operations/", "/api/operations/tasks/"
NOWHERE = UUID("01900000-0000-7000-8000-000000000000")
#: A kind that services are called for, and one that they fetch.
CALLED, FETCHED = "resize_image", "import_catalogue"


class Api:
    """One method, path and body to an answer."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        send = {} if body is None else {"data": data, "content_type": "application/json"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, path, headers=named, **send)  # type: ignore[arg-type]


def refused(answer: Any, status: int, code: str = "", field: str | None = None) -> dict[str, Any]:
    """The problem of a refusal."""
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), problem
    assert problem["detail"].endswith((".", "?")), problem
    assert code in ("", problem["code"]), problem
    assert field in (None, problem["field"]), problem
    return problem


def make_types() -> None:
    TaskType.objects.create(name=CALLED, lease_seconds=45)
    TaskType.objects.create(name=FETCHED, queue="", lease_seconds=60)
    TaskType.objects.create(name="old_kind", is_active=False)


def held(id: UUID | str, worker: str = "w") -> Claim:
    return claim(UUID(str(id)), worker=worker, lease_seconds=60)


def path(id: UUID | str, rest: str = "/") -> str:
    return f"{OPERATIONS}{id}{rest}"


__all__ = [
    "CALLED",
    "FETCHED",
    "NOWHERE",
    "OPERATIONS",
    "TASK",
    "TASKS",
    "Api",
    "held",
    "make_types",
    "path",
    "refused",
]
