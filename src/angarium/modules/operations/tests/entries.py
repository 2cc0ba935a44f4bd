"""The ways in which a report can come: alone or in a batch, on the fast path or the slow one, or by queue. Each says
what became of it in the same words."""

from __future__ import annotations

import http.client
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

from django.test import Client

from angarium.engine.ledger.public import Transition
from angarium.engine.tasks.testing import send, until

BASE = "/api/operations/operations"
_ids = count(1)


@dataclass(frozen=True)
class Outcome:
    """`said` is the verdict of what was taken, or the code of what was not. A queue does not answer: there both are
    None."""

    status: int | None
    said: str | None
    applied: bool | None = None
    head: Mapping[str, Any] | None = None
    field: str | None = None


def outcome(status: int, body: Mapping[str, Any]) -> Outcome:
    said = body.get("verdict") or body.get("code")
    return Outcome(status, said, body.get("applied"), body.get("head"), body.get("field"))


class Entry(ABC):
    """`token` is a service's. `answers` says whether who sends hears what became of it."""

    answers = True

    def __init__(self, token: str, port: int) -> None:
        self.token, self.port = token, port

    @abstractmethod
    def report(self, operation: UUID, **said: Any) -> Outcome:
        """Send one report."""

    def ask(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        raise NotImplementedError


class Fast(Entry):
    """The server in the event loop, which commits in groups."""

    def ask(self, path: str, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", path, body, {"Authorization": f"Bearer {self.token}", **headers})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


class Slow(Entry):
    """Django's own way, as `angarium web` serves it."""

    def ask(self, path: str, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
        named = {"Authorization": f"Bearer {self.token}", **headers}
        answer = Client().generic("POST", f"{path}/", body, content_type="application/json", headers=named)
        return answer.status_code, answer.json()


class Alone(Entry):
    def report(self, operation: UUID, **said: Any) -> Outcome:
        return outcome(*self.ask(f"{BASE}/{operation}/transitions", json.dumps(said, default=str).encode()))


class Batched(Entry):
    def report(self, operation: UUID, **said: Any) -> Outcome:
        return self.report_many([{"operation": operation, **said}])[0]

    def report_many(self, items: Sequence[Any]) -> list[Outcome]:
        body = json.dumps({"transitions": list(items)}, default=str).encode()
        status, answer = self.ask(f"{BASE}/transitions:batch", body)
        assert status == 200, answer
        return [outcome(one.pop("status"), one) for one in answer["results"]]


class FastAlone(Alone, Fast):
    """One report in a request, on the fast path."""


class SlowAlone(Alone, Slow):
    """One report in a request, on the slow path."""


class FastBatched(Batched, Fast):
    """Many in a request, on the fast path."""


class SlowBatched(Batched, Slow):
    """Many in a request, on the slow path."""


class Queued(Entry):
    """By a message to the inbox. A report of an operation of its own comes after it and says when it was taken."""

    answers = False

    def report(self, operation: UUID, **said: Any) -> Outcome:
        after = Transition.objects.order_by("-id").values_list("id", flat=True).first() or 0
        mark = f"mark {next(_ids)}"
        marker = {"operation": str(self.marker), "epoch": 1, "seq": next(_ids), "message": mark}
        item = json.loads(json.dumps({"operation": operation, **said}, default=str))
        send("operations.report", [item, marker], queue="reports")
        until(lambda: Transition.objects.filter(id__gt=after, message=mark).exists())
        return Outcome(None, None)

    marker: UUID


ENTRIES: tuple[type[Entry], ...] = (FastAlone, SlowAlone, FastBatched, SlowBatched, Queued)
