"""Mailings as one can follow them: each event with what it made of the mailing. They are the staff's alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from angarium.contracts import mailings as told
from angarium.contracts.event import Event, dump
from angarium.engine.ledger.public import Operation
from angarium.engine.live.public import Topic, topic

from .queries import reads_all

KINDS = {"mailings.send_mailing", "mailings.retry_messages"}
CARRIED = ("start", "finish", "content", "tag", "operator_code", "window", "weekdays", "state")


def audience(id: str) -> set[UUID]:
    """No mailing concerns anybody besides those who may read all of them."""
    return set()


def data(fact: Event) -> dict[str, Any]:
    """What the mailing is after this fact."""
    assert isinstance(fact, told.MailerEvent)
    facts = dump(fact)
    return {"id": fact.mailer_id, **{name: facts[name] for name in CARRIED}}


def sent_by(operations: Sequence[Operation]) -> Mapping[UUID, str]:
    """Which of these operations send which mailing; what an event of a mailing has started is known without this."""
    ours = [one for one in operations if one.kind in KINDS and one.event_id is None]
    return {one.id: str(one.input["mailer"]) for one in ours}


MAILERS = topic(
    Topic(
        name="mailer",
        module="mailings",
        subject="mailings.mailer",
        reads_all=reads_all,
        reads=reads_all,
        audience=audience,
        data=data,
        of_work=sent_by,
    )
)
