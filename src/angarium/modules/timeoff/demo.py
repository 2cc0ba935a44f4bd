"""People to look at: two departments with heads, rates that change, requests in every state; the account `demo` heads
the first department, `user` works in it, `admin` is no employee and decides about `demo`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from angarium.engine.identity.public import SYSTEM, Person, Principal, of_person
from angarium.kernel.clock import now

from . import actions
from .lifecycle import Role
from .models import Employee

#: (key, name, department, hired so many days ago, account)
PEOPLE = (
    ("demo", "Демид Соколов", "development", 1290, "demo"),
    ("user", "Юлия Усова", "development", 700, "user"),
    ("timur", "Тимур Галиев", "development", 450, ""),
    ("anna", "Anna Schmidt", "development", 840, ""),
    ("petr", "Пётр Лебедев", "development", 1000, ""),
    ("elena", "Елена Громова", "teaching", 2400, ""),
    ("irina", "Ирина Ким", "teaching", 900, ""),
    ("maria", "Мария Орлова", "teaching", 60, ""),
)
DEPARTMENTS = (("development", "Разработка", "demo"), ("teaching", "Учебный отдел", "elena"))
#: (whose, kind, days from today, how many days, comment, what became of it)
REQUESTS = (
    ("demo", "vacation", -150, 14, "Летний отпуск", "approved"),
    ("demo", "vacation", 32, 14, "Новый год с семьёй", "submitted"),
    ("demo", "vacation", 90, 5, "", "cancelled"),
    ("demo", "day_off", 12, 1, "", "rejected"),
    ("demo", "unpaid", 60, 2, "", "withdrawn"),
    ("demo", "vacation", 170, 3, "Если получится с билетами", "draft"),
    ("user", "vacation", -61, 7, "", "approved"),
    ("user", "vacation", -2, 7, "На море", "approved"),
    ("user", "vacation", 40, 7, "Лыжи", "submitted"),
    ("timur", "unpaid", -90, 3, "Переезд", "approved"),
    ("timur", "day_off", 5, 1, "К врачу", "submitted"),
    ("anna", "vacation", 36, 7, "Weihnachten", "submitted"),
    ("anna", "holiday_work", -19, 1, "Выпуск релиза", "approved"),
    ("elena", "vacation", 19, 10, "", "approved"),
    ("irina", "vacation", 15, 4, "", "submitted"),
)
#: (whose, share, salary, days from today)
RATES = (
    ("demo", "1", 210_000, -1290),
    ("demo", "1", 240_000, -200),
    ("demo", "1", 260_000, 35),
    ("user", "0.5", 95_000, -700),
    ("user", "1", 190_000, -310),
    ("user", "1", 195_000, -310),
    ("timur", "1", 180_000, -450),
    ("anna", "0.75", 200_000, -840),
    ("elena", "1", 150_000, -2400),
    ("irina", "1", 120_000, -900),
)
#: What each brought into this ledger eleven months ago.
BROUGHT_IN = (("demo", 9), ("user", 4), ("timur", 2), ("anna", 11), ("petr", 3), ("elena", 20), ("irina", 6))
REASON = "В этот день выходит релиз, нужны все"


@dataclass
class Cast:
    """The people by their keys, and who acts for whom; `today` is the day it is made."""

    today: date
    accounts: dict[str, Principal]
    people: dict[str, Employee] = field(default_factory=dict)

    def day(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def id(self, key: str) -> int:
        return self.people[key].pk

    def decider(self, key: str) -> Principal:
        """The head decides for the department, `admin` for the head and for others."""
        account = (
            "admin" if key == "demo" or self.people[key].department_id != self.people["demo"].department_id else "demo"
        )
        return self.accounts.get(account, SYSTEM)


def make() -> None:
    """Enter them through the actions, in the caller's transaction, so that their events are told as any others."""
    accounts = Person.objects.filter(username__in=("demo", "user", "admin"))
    cast = Cast(now().date(), {one.username: of_person(one) for one in accounts})
    actions.fill_holidays(by=SYSTEM)
    _hire(cast)
    for key, days in BROUGHT_IN:
        actions.open_balance(cast.id(key), by=SYSTEM, days=Decimal(days), on=cast.day(-330))
    for key, share, salary, days in RATES:
        _rate(cast, key, Decimal(share), Decimal(salary), days)
    for request in REQUESTS:
        _ask(cast, *request)
    _the_rest(cast)


def _hire(cast: Cast) -> None:
    departments = {key: actions.create_department(by=SYSTEM, name=name).pk for key, name, _head in DEPARTMENTS}
    for key, name, department, days, account in PEOPLE:
        more: dict[str, Any] = {"person": cast.accounts[account].id} if account in cast.accounts else {}
        email = f"{key}@example.org"
        hired = cast.day(-days)
        made = actions.hire(
            by=SYSTEM, name=name, email=email, hired_on=hired, department=departments[department], **more
        )
        cast.people[key] = made
    for key, _name, head in DEPARTMENTS:
        actions.edit_department(departments[key], by=SYSTEM, head=cast.id(head))
    actions.edit_employee(cast.id("irina"), by=SYSTEM, role=Role.HR)


def _rate(cast: Cast, key: str, share: Decimal, salary: Decimal, days: int) -> None:
    first = max(cast.day(days), cast.people[key].hired_on)
    actions.record_rate(cast.id(key), by=SYSTEM, share=share, salary=salary, valid_from=first)


def _ask(cast: Cast, key: str, kind: str, days: int, number: int, comment: str, became: str) -> None:
    start = _saturday(cast.day(days)) if kind == "holiday_work" else _monday(cast.day(days), kind)
    made = actions.create_request(
        by=cast.accounts.get(key, SYSTEM),
        employee=cast.id(key),
        kind=kind,
        start=start,
        end=start + timedelta(days=number - 1),
        comment=comment,
        draft=became == "draft",
    )
    by = cast.decider(key)
    if became in ("approved", "cancelled"):
        actions.approve_request(made.pk, by=by)
    if became == "cancelled":
        actions.cancel_request(made.pk, by=by)
    if became == "rejected":
        actions.reject_request(made.pk, by=by, comment=REASON)
    if became == "withdrawn":
        actions.withdraw_request(made.pk, by=cast.accounts.get(key, SYSTEM))


def _the_rest(cast: Cast) -> None:
    """Somebody who left, a deputy, a correction."""
    because = "Учтён день отдыха донора"
    actions.correct_balance(cast.id("user"), by=SYSTEM, days=Decimal(1), because=because, on=cast.day(-20))
    actions.dismiss(cast.id("petr"), by=SYSTEM, on=cast.day(-25))
    away = _monday(cast.day(32), "vacation")
    by = cast.accounts.get("demo", SYSTEM)
    actions.create_delegation(
        by=by, manager=cast.id("demo"), deputy=cast.id("timur"), start=away, end=away + timedelta(days=13)
    )


def _monday(day: date, kind: str) -> date:
    """A vacation begins on the Monday of the week; anything else on that day, or before a weekend."""
    if kind == "vacation" and day.weekday() < 5:
        return day - timedelta(days=day.weekday())
    return day - timedelta(days=max(0, day.weekday() - 4))


def _saturday(day: date) -> date:
    return day + timedelta(days=(5 - day.weekday()) % 7)
