"""Test cases that ask the module's routes as people with their own tokens and as a service of human resources."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.test import Client, TestCase

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Person, Principal, of_person
from angarium.engine.identity.testing import make_person, make_token
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.models import Department, Employee, Entry, Rate, Request

from .deeds import STAFF

Body = dict[str, Any]
HOST = "timeoff.localhost"


class Api:
    """Calls with a method, a path, a body, and headers by their names with underscores."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        send = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        named = {"host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.generic(method, path, headers=named, **send)  # type: ignore[arg-type]


def with_token(secret: str) -> Api:
    return Api(Client(headers={"authorization": f"Bearer {secret}"}, raise_request_exception=False))


def shown(answer: Any, status: int | None = None) -> Any:
    """The body of a success."""
    body = b"".join(answer) if answer.streaming else answer.content
    assert answer.status_code == status if status else answer.status_code < 300, body.decode()
    return json.loads(body) if body else None


def refused(answer: Any, status: int, code: str = "", field: str | None = None) -> Body:
    """The problem of a refusal, with a sentence for people."""
    problem: Body = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), problem
    assert problem["detail"].endswith((".", "?")), problem
    assert code in ("", problem["code"]) or any(one["code"] == code for one in problem.get("errors", ())), problem
    assert field in (None, problem["field"]), problem
    return problem


class Firm(TestCase):
    """A firm: Anna and Clara in a department, Boris is Anna's manager, Harriet is human resources, Dan is elsewhere."""

    sales: ClassVar[Department]
    anna: ClassVar[Employee]
    boris: ClassVar[Employee]
    clara: ClassVar[Employee]
    dan: ClassVar[Employee]
    harriet: ClassVar[Employee]
    people: ClassVar[dict[str, Person]]
    secret: ClassVar[str]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.people = {name: make_person(name, password=None) for name in ("anna", "boris", "clara", "dan", "harriet")}
        cls.sales = Department.objects.create(name="Продажи")
        elsewhere = Department.objects.create(name="Склад")
        cls.boris = cls.hired("boris", department=elsewhere)
        cls.anna = cls.hired("anna", department=cls.sales, manager=cls.boris)
        cls.clara = cls.hired("clara", department=cls.sales)
        cls.dan = cls.hired("dan", department=elsewhere)
        cls.harriet = cls.hired("harriet", role="hr")
        cls.secret = make_token()
        Event.objects.all().delete()

    @classmethod
    def hired(cls, name: str, on: date = date(2023, 1, 1), **more: Any) -> Employee:
        return Employee.objects.create(name=name.title(), person=cls.people[name].pk, hired_on=on, **more)

    def principal(self, name: str) -> Principal:
        return of_person(self.people[name])

    def api(self, name: str = "") -> Api:
        """What this person asks with; without a name, a service that is human resources."""
        return with_token(make_token(person=self.people[name]) if name else self.secret)

    def told(self) -> list[str]:
        """What the log has, in order, by the short names of the types (`request_submitted`)."""
        types = Event.objects.order_by("id").values_list("type", flat=True)
        return [name.partition(".")[2].removesuffix(".v1") for name in types]

    def written(self) -> tuple[int, ...]:
        """How much there is, to see that a refusal left nothing."""
        rows = (Employee, Request, Rate, Entry, Event)
        return tuple(model.objects.count() for model in rows)  # type: ignore[attr-defined]


def vacation(employee: Employee, start: str, end: str, status: str = "submitted") -> Request:
    """A vacation of this employee, asked for and, where it is to be, approved by human resources."""
    made = actions.create_request(
        by=STAFF,
        employee=employee.pk,
        kind="vacation",
        start=date.fromisoformat(start),
        end=date.fromisoformat(end),
        draft=status == "draft",
    )
    return actions.approve_request(made.pk, by=STAFF) if status == "approved" else made


def days_on(employee: Employee, on: str) -> Decimal:
    from angarium.modules.timeoff.balances import balance

    employee.refresh_from_db()
    return balance(employee, date.fromisoformat(on)).days
