"""For tests of letters: people with accounts and addresses, and what they were written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from angarium.engine.delivery.public import Delivery, Message, PermanentFailure
from angarium.engine.delivery.testing import FakeChannel, channel_replaced
from angarium.engine.identity.public import Principal, of_person
from angarium.engine.identity.testing import make_person
from angarium.engine.tasks.testing import working
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.deciding import person_of
from angarium.modules.timeoff.models import Employee, Request

HIRED = date(2020, 1, 1)
#: A fortnight without a public holiday.
START, END = date(2031, 7, 7), date(2031, 7, 20)


def somebody(name: str, *, account: bool = True, **more: Any) -> Employee:
    """An employee with an address; with an account, one without a password, which would take longer to make than all
    else."""
    person = make_person(name, password=None).pk if account else None
    words = {"name": name.title(), "email": f"{name}@example.org", "hired_on": HIRED, "person": person, **more}
    return Employee.objects.create(**words)


def as_(employee: Employee) -> Principal:
    person = person_of(employee)
    assert person is not None
    return of_person(person)


def ask(employee: Employee, **more: Any) -> Request:
    """A vacation, asked for by whom it is for."""
    words = {"kind": "vacation", "start": START, "end": END, **more}
    return actions.create_request(by=as_(employee), **words)


@contextmanager
def post_office() -> Iterator[FakeChannel]:
    """A real worker and a relay, and a post office that refuses `bad@example.org` for good."""
    channel = FakeChannel()

    def refuse(message: Message) -> None:
        if message.to.address == "bad@example.org":
            raise PermanentFailure("There is nobody of this name.", answer="550 5.1.1 No such mailbox")

    channel.script = [refuse] * 2000
    with channel_replaced("email", channel), working():
        yield channel


def letters(state: str = "sent") -> list[tuple[str, str]]:
    """The letters in a state: (name of the address, heading), in order."""
    rows = Delivery.objects.filter(channel="email", state=state).order_by("address", "id")
    return [(row.address.partition("@")[0], str(row.context["heading"])) for row in rows]
