"""What is done to time off, and what one would load of it: for tests/live, which holds frames against snapshots."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from angarium.engine.identity.public import Person, Principal
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.models import Department, Employee, Holiday, Request
from angarium.modules.timeoff.queries import employees_seen_by, entries_seen_by, holidays_seen_by, requests_seen_by

Deed = Callable[[], object]
ANN = UUID(int=7)
STAFF = Principal("service", UUID(int=1), "staff", "staff", frozenset({"*"}))
HIRED = date(2020, 1, 1)
#: A week without a public holiday.
START, END = date(2031, 7, 7), date(2031, 7, 13)
DAY = timedelta(days=1)


def snapshot(principal: Principal) -> dict[str, dict[str, Any]]:
    """What of requests, employees, entries and the calendar this principal sees."""
    topics = (
        ("request", requests_seen_by, ("id", "employee_id", "kind", "start", "end", "days", "status")),
        ("employee", employees_seen_by, ("id", "name")),
        ("entry", _told_entries, ("id", "employee_id", "kind", "on", "days")),
        ("holiday", holidays_seen_by, ("id", "day", "kind", "name")),
    )
    return {
        f"{topic}:{row.pk}": {name: getattr(row, name) for name in names}
        for topic, rows, names in topics
        for row in rows(principal)
    }


def _told_entries(principal: Principal) -> Any:
    """Accruals come about by themselves and are not told of."""
    return entries_seen_by(principal).exclude(kind="accrual")


def employee(name: str = "Аня", *, hers: bool = True, **values: Any) -> Employee:
    """Somebody with a place in the firm; `hers`: it is Ann, who may be there already."""
    if hers:
        found = Employee.objects.filter(person=ANN).first()
        if found is not None:
            return found
        values["person"] = ANN
    return Employee.objects.create(name=name, hired_on=HIRED, **values)


def request(of: Employee | None = None, status: str = "submitted", **values: Any) -> Request:
    """A vacation of hers, made through the actions."""
    words = {"kind": "vacation", "start": START, "end": END, **values}
    made = actions.create_request(by=STAFF, employee=(of or employee()).pk, draft=status == "draft", **words)
    return actions.approve_request(made.pk, by=STAFF) if status == "approved" else made


def on_request(action: Callable[..., object], status: str = "submitted", **words: Any) -> Callable[[], Deed]:
    """Do this to a request that has neighbours."""

    def prepare() -> Deed:
        hers, other = employee(), employee("Боря", hers=False)
        request(other)
        request(hers, start=END + 30 * DAY, end=END + 31 * DAY)
        id = request(hers, status).pk
        return lambda: action(id, by=STAFF, **words)

    return prepare


def on_employee(action: Callable[..., object], **words: Any) -> Callable[[], Deed]:
    """Do this to an employee."""

    def prepare() -> Deed:
        employee("Боря", hers=False)
        id = employee().pk
        return lambda: action(id, by=STAFF, **words)

    return prepare


def ask() -> Deed:
    id = employee().pk
    return lambda: actions.create_request(by=STAFF, employee=id, kind="vacation", start=START, end=END)


def reinstate() -> Deed:
    id = employee(dismissed_on=date(2031, 1, 1)).pk
    return lambda: actions.reinstate(id, by=STAFF)


def delegate() -> Deed:
    manager, deputy = employee(), employee("Боря", hers=False)
    return lambda: actions.create_delegation(by=STAFF, manager=manager.pk, deputy=deputy.pk, start=START, end=END)


def end_delegation() -> Deed:
    manager, deputy = employee(), employee("Боря", hers=False)
    made = actions.create_delegation(by=STAFF, manager=manager.pk, deputy=deputy.pk, start=START, end=END)
    return lambda: actions.delete_delegation(made.pk, by=STAFF)


def on_department(action: Callable[..., object], **words: Any) -> Callable[[], Deed]:
    def prepare() -> Deed:
        id = Department.objects.create(name="Склад").pk
        return lambda: action(id, by=STAFF, **words)

    return prepare


def holiday() -> Holiday:
    return Holiday.objects.create(day=START, kind="public", name="Праздник", source="приказ")


def on_holiday(action: Callable[..., object], **words: Any) -> Callable[[], Deed]:
    def prepare() -> Deed:
        request(status="approved")
        id = holiday().pk
        return lambda: action(id, by=STAFF, **words)

    return prepare


def recalculate() -> Deed:
    request(status="approved")
    request(start=END + DAY, end=END + 7 * DAY)
    holiday()
    return lambda: actions.recalculate_requests([START])


def escalate() -> Deed:
    id, head = request().pk, employee("Боря", hers=False).pk
    return lambda: actions.escalate_request(id, to=[head])


def make_feed() -> Deed:
    by = Principal("person", employee().person or ann(), "ann", "member", frozenset({"*"}))
    return lambda: actions.make_feed(by=by)


def with_feed(action: Callable[[Any, Principal], object]) -> Callable[[], Deed]:
    """Do this to a calendar feed of hers."""

    def prepare() -> Deed:
        by = Principal("person", employee().person or ann(), "ann", "member", frozenset({"*"}))
        feed = actions.make_feed(by=by)
        return lambda: action(feed, by)

    return prepare


def open_day() -> Deed:
    return lambda: actions.create_holiday(by=STAFF, day=START, kind="public", name="Праздник", source="приказ")


RATE = {"share": Decimal("0.5"), "salary": Decimal(100000), "valid_from": date(2021, 1, 1)}

DEEDS: dict[str, Callable[[], Deed]] = {
    "create_request": ask,
    "edit_request": on_request(actions.edit_request, "draft", end=END + DAY),
    "delete_request": on_request(actions.delete_request, "draft"),
    "submit_request": on_request(actions.submit_request, "draft"),
    "withdraw_request": on_request(actions.withdraw_request),
    "approve_request": on_request(actions.approve_request),
    "reject_request": on_request(actions.reject_request, comment="Не сейчас"),
    "cancel_request": on_request(actions.cancel_request, "approved"),
    "escalate_request": escalate,
    "recalculate_requests": recalculate,
    "create_holiday": open_day,
    "edit_holiday": on_holiday(actions.edit_holiday, kind="transferred"),
    "delete_holiday": on_holiday(actions.delete_holiday),
    "fill_holidays": lambda: lambda: actions.fill_holidays(by=STAFF),
    "hire": lambda: lambda: actions.hire(by=STAFF, name="Вера", hired_on=HIRED),
    "edit_employee": on_employee(actions.edit_employee, name="Анна", vacation_days=30),
    "dismiss": on_employee(actions.dismiss, on=date(2031, 1, 1)),
    "reinstate": reinstate,
    "delete_employee": on_employee(actions.delete_employee),
    "record_rate": on_employee(actions.record_rate, **RATE),
    "correct_balance": on_employee(actions.correct_balance, days=Decimal(3), because="Донор"),
    "open_balance": on_employee(actions.open_balance, days=Decimal(3), on=date(2026, 1, 1)),
    "create_department": lambda: lambda: actions.create_department(by=STAFF, name="Склад"),
    "edit_department": on_department(actions.edit_department, name="Продажи"),
    "delete_department": on_department(actions.delete_department),
    "create_delegation": delegate,
    "delete_delegation": end_delegation,
    "make_feed": make_feed,
    "end_feed": with_feed(lambda feed, by: actions.end_feed(feed.pk, by=by)),
    "note_fetch": with_feed(lambda feed, by: actions.note_fetch(feed)),
}


def ann() -> UUID:
    return Person.objects.get_or_create(id=ANN, defaults={"username": "ann"})[0].pk
