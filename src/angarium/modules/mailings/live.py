"""Mailings as one can follow them: each event with what it made of the mailing. They are the staff's alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from angarium.contracts import mailings as told
from angarium.contracts.event import Event, dump
from angarium.engine.live.public import Topic, topic

from .queries import reads_all

CARRIED = ("start", "finish", "content", "tag", "operator_code", "window", "weekdays", "state")


def audience(id: str) -> set[UUID]:
    """No mailing concerns anybody besides those who may read all of them."""
    return set()


def data(fact: Event) -> dict[str, Any]:
    """What the mailing is after this fact."""
    assert isinstance(fact, told.MailerEvent)
    facts = dump(fact)
    return {"id": fact.mailer_id, **{name: facts[name] for name in CARRIED}}


MAILERS = topic(
    Topic(
        name="mailer",
        module="mailings",
        subject="mailings.mailer",
        reads_all=reads_all,
        reads=reads_all,
        audience=audience,
        data=data,
    )
)
