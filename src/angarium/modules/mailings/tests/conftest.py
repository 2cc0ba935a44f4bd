"""What most tests of mailings begin with: clients, a mailing, and what the log says of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from angarium.engine.events.public import Event
from angarium.kernel.clock import now
from angarium.modules.mailings.models import Client, Mailer
from angarium.modules.mailings.tests.post import Post, posting

HOUR = timedelta(hours=1)
Told = Callable[[], list[str]]


def values(**changes: Any) -> dict[str, Any]:
    """The columns of a mailing that is active now."""
    moment = now()
    return {"start": moment - HOUR, "finish": moment + HOUR, "content": "Скидка 20 %", **changes}


def people(*rows: tuple[str, str], timezone: str = "UTC") -> list[Client]:
    """Clients by (tag, operator code), in the order given."""
    first = Client.objects.count()
    return [
        Client.objects.create(phone=f"7{code}{first + number:07}", operator_code=code, tag=tag, timezone=timezone)
        for number, (tag, code) in enumerate(rows)
    ]


@pytest.fixture
def mailer(db: None) -> Mailer:
    """An active mailing to everyone, whose making is not in the log any more."""
    made = Mailer.objects.create(**values())
    Event.objects.all().delete()
    return made


@pytest.fixture
def told(db: None) -> Told:
    """The module's events in the log, in order, by the short names of their types (`created`)."""

    def names() -> list[str]:
        types = Event.objects.filter(type__startswith="mailings.").order_by("id").values_list("type", flat=True)
        return [name.removeprefix("mailings.mailer_").removesuffix(".v1") for name in types]

    return names


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    """A sender that messages are handed to, and that can be told how to answer."""
    with posting(settings) as made:
        yield made
