"""What is done to messages, and what one would load of them: for tests/live, which holds frames against snapshots.

A frame of a message carries nothing of it: it says that there is something to load.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from angarium.engine.delivery.channel import PermanentFailure, TemporaryFailure
from angarium.engine.delivery.models import Delivery
from angarium.engine.delivery.public import Recipient, cancel, deliveries_seen_by, send
from angarium.engine.delivery.testing import FakeChannel, channel_replaced
from angarium.engine.identity.public import Principal
from angarium.engine.ledger.public import Due
from angarium.engine.tasks.execute import execute
from angarium.kernel.clock import now

Deed = Callable[[], object]
ANN = UUID(int=7)


def snapshot(principal: Principal) -> dict[str, dict[str, Any]]:
    return {}


def seen(principal: Principal) -> dict[str, Any]:
    rows = deliveries_seen_by(principal).values_list("id", "state", "because", "attempts")
    return {f"delivery:{id}": row for id, *row in rows}


def message(channel: str = "log") -> Delivery:
    to = Recipient(kind="student", id="7", name="Анна", address="anna@example.org", person=ANN)
    return send(to=to, template="lessons/notification", channel=channel, key="k", context={"title": "А"})


def deliver(channel: FakeChannel, times: int = 1) -> Callable[[], Deed]:
    """Have a worker try it that often."""

    def prepare() -> Deed:
        row = message()

        def attempts() -> None:
            with channel_replaced("log", channel):
                for _ in range(times):
                    row.refresh_from_db()
                    assert row.operation is not None
                    Due.objects.filter(pk=row.operation).update(due_at=now(), publishes=1)
                    execute(row.operation)

        return attempts

    return prepare


DEEDS: dict[str, Callable[[], Deed]] = {
    "send": lambda: message,
    "cancel": lambda: (lambda row: lambda: cancel(row.id, because="no"))(message()),
    "deliver": deliver(FakeChannel()),
    "deliver what fails at first": deliver(FakeChannel(TemporaryFailure("busy")), 2),
    "deliver what is refused": deliver(FakeChannel(PermanentFailure("no such address"))),
}
