"""Looking at pages in tests: people who have signed in, operations to look at, and what a page says of them."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.db import transaction
from django.test import Client

from angarium.engine.identity.public import Principal, acting_as
from angarium.engine.ledger.public import Claim, Report, claim, report, start

LIST, KIND = "/app/operations/", "tasks.prune"


def begin(by: Principal, kind: str = KIND, **input: Any) -> UUID:
    with acting_as(by), transaction.atomic():
        return start(kind, **input)


def held(id: UUID, worker: str = "worker-1") -> Claim:
    return claim(id, worker=worker, lease_seconds=60)


def tell(given: Claim, seq: int = 1, **said: Any) -> None:
    report(Report(operation=given.operation, epoch=given.epoch, seq=seq, **said))


def text_of(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return response.content.decode()


def shown(text: str) -> list[str]:
    """The operations of a list, in its order."""
    return re.findall(r'id="o-([\w-]+)"', text)


def buttons(text: str) -> list[str]:
    return re.findall(r'id="do-(\w+)"', text)


def said(client: Client, path: str, data: dict[str, Any]) -> str:
    """Send a form, and what the page says to which that leads."""
    text = client.post(path, data, follow=True).content.decode()
    return " ".join(re.findall(r'data-tone="\w+" role="\w+">.*?<span>(.*?)</span>', text, re.DOTALL))
