"""For tests of the pages: a small firm around today, and what stands on a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from angarium.engine.identity.public import SYSTEM, Person, of_person
from angarium.engine.identity.testing import client_signed_in, make_person
from angarium.kernel.clock import now
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.models import Department, Employee, Request

MINE = "/app/timeoff/"


@dataclass
class Firm:
    """Hanna heads the department of Anna and Boris; Greta is human resources in another. Everybody has 10 days."""

    department: Department
    people: dict[str, Employee]
    persons: dict[str, Person]

    def client(self, name: str) -> Client:
        return client_signed_in(self.persons[name])

    def __getitem__(self, name: str) -> Employee:
        return self.people[name]

    def asked(self, name: str, start: date, number: int = 7, *, kind: str = "vacation", draft: bool = False) -> Request:
        by = of_person(self.persons[name])
        end = start + timedelta(days=number - 1)
        return actions.create_request(by=by, kind=kind, start=start, end=end, draft=draft)

    def approve(self, request: Request, by: str = "hanna") -> Request:
        return actions.approve_request(request.pk, by=of_person(self.persons[by]))


def firm() -> Firm:
    names = ("hanna", "anna", "boris", "greta")
    persons = {name: make_person(name, password=None, timezone="Europe/Moscow") for name in names}
    one, other = (actions.create_department(by=SYSTEM, name=name) for name in ("Разработка", "Кадры"))
    people = {
        name: actions.hire(
            by=SYSTEM,
            name=name.title(),
            hired_on=today() - timedelta(days=800),
            department=(other if name == "greta" else one).pk,
            person=persons[name].pk,
            email=f"{name}@example.org",
        )
        for name in names
    }
    actions.edit_department(one.pk, by=SYSTEM, head=people["hanna"].pk)
    actions.edit_employee(people["greta"].pk, by=SYSTEM, role="hr")
    for employee in people.values():
        actions.open_balance(employee.pk, by=SYSTEM, days=Decimal(10), on=today() - timedelta(days=20))
    return Firm(one, people, persons)


def today() -> date:
    return now().date()


def monday(days: int) -> date:
    """A Monday about so many days from now; July 2031 and the like have no holiday, near days may."""
    day = today() + timedelta(days=days)
    return day - timedelta(days=day.weekday())


def text_of(client: Client, path: str = "", status: int = 200, **options: Any) -> str:
    answer = client.get(f"{MINE}{path}", **options)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def plain(text: str) -> str:
    """What stands on the page, in one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def part_of(text: str, id: str) -> str:
    """What stands in the element of this id, which has no element of its own kind in it."""
    found = re.search(rf'<(\w+)[^>]*\bid="{id}"[^>]*>(.*?)</\1>', text, re.DOTALL)
    assert found, id
    return plain(found[2])


@contextmanager
def queries(most: int) -> Iterator[None]:
    with CaptureQueriesContext(connection) as caught:
        yield
    assert len(caught) <= most, (len(caught), [one["sql"][:160] for one in caught])
