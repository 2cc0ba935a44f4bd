"""Planning in the test's own transaction, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from angarium.contracts.event import load
from angarium.contracts.mailings import MailerEvent
from angarium.engine.events.public import Event
from angarium.engine.ledger.public import Operation
from angarium.engine.tasks.public import tasks
from angarium.modules.mailings.counting import counts_of, note_moves, reasons_of, recounted
from angarium.modules.mailings.lifecycle import OPEN
from angarium.modules.mailings.models import Client, Mailer, Message, zeros
from angarium.modules.mailings.planning import Judged, plan
from angarium.modules.mailings.tasks import plan_mailing


def replanned(mailer: Mailer) -> Judged | None:
    """Plan the mailing as its row says now."""
    return plan(Mailer.objects.get(pk=mailer.pk))


def caught_up() -> None:
    """What a relay and a worker would do now with the changes of mailings."""
    kinds = tasks()["mailings.plan_mailing"].on
    for event in Event.objects.filter(position__isnull=True).order_by("id"):
        fact = load(event.type, event.data)
        if isinstance(fact, kinds) and isinstance(fact, MailerEvent):
            plan_mailing(fact)
        Event.objects.filter(pk=event.pk).update(position=event.pk)


def states(mailer: Mailer) -> dict[int, str]:
    """{client: state, or `state: reason`}."""
    rows = Message.objects.filter(mailer=mailer).order_by("client").values_list("client", "state", "reason")
    return {client: f"{state}: {reason}" if reason else state for client, state, reason in rows}


def dues(mailer: Mailer) -> dict[int, datetime | None]:
    """{client: when its message is looked at}."""
    return dict(Message.objects.filter(mailer=mailer).order_by("client").values_list("client", "due_at"))


def settle(mailer: Mailer, client: Client, state: str, reason: str = "", **columns: Any) -> None:
    """What a worker has made of a message."""
    row = Message.objects.get(mailer=mailer, client=client)
    note_moves(mailer.pk, [((row.state, row.reason), (state, reason), 1)])
    ended = {} if state in OPEN else {"due_at": None}
    Message.objects.filter(pk=row.pk).update(state=state, reason=reason, **ended, **columns)


def everybody(clients: list[Client], state: str) -> dict[int, str]:
    return dict.fromkeys([one.pk for one in clients], state)


def sendings() -> list[tuple[str, datetime | None]]:
    """The operations that send, in the order in which they were started: their state, and when they are due."""
    found = Operation.objects.filter(kind="mailings.send_mailing").order_by("created_at", "id")
    return list(found.values_list("state", "due__due_at"))


def assert_counted() -> None:
    """What is counted as it happens is what one finds by counting."""
    for mailer in Mailer.objects.values_list("pk", flat=True):
        found = recounted(mailer)
        assert reasons_of(mailer) == found
        totals: dict[str, int] = {}
        for (state, _reason), number in found.items():
            totals[state] = totals.get(state, 0) + number
        assert counts_of([mailer])[mailer] == zeros(totals)
