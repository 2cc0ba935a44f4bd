"""What no row may be, whoever writes it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, models, transaction

from angarium.modules.timeoff.models import Approval, Delegation, Department, Employee, Entry, Holiday, Rate, Request

pytestmark = pytest.mark.django_db
DAY, BEFORE = date(2030, 3, 4), date(2030, 3, 3)


@pytest.fixture
def anna() -> Employee:
    return Employee.objects.create(name="Анна", hired_on=DAY)


def request(anna: Employee, **values: Any) -> Request:
    return Request(**{"employee": anna, "kind": "vacation", "start": DAY, "end": DAY, **values})


def rate(anna: Employee, **values: Any) -> Rate:
    return Rate(**{"employee": anna, "share": 1, "salary": 1, "valid_from": DAY, **values})


def entry(anna: Employee, **values: Any) -> Entry:
    return Entry(**{"employee": anna, "on": DAY, "kind": "accrual", "days": Decimal(1), "key": "a", **values})


BAD: dict[str, Any] = {
    "a department without a name": lambda anna: Department(name=""),
    "an employee without a name": lambda anna: Employee(name="", hired_on=DAY),
    "an employee who left before they came": lambda anna: Employee(name="А", hired_on=DAY, dismissed_on=BEFORE),
    "a role that there is not": lambda anna: Employee(name="А", hired_on=DAY, role="boss"),
    "a request that ends before it starts": lambda anna: request(anna, end=BEFORE),
    "a request that takes less than nothing": lambda anna: request(anna, days=-1),
    "a day of 25 hours": lambda anna: request(anna, minutes=1500),
    "a kind that there is not": lambda anna: request(anna, kind="holiday"),
    "a rate of nothing": lambda anna: rate(anna, share=0),
    "a salary below nothing": lambda anna: rate(anna, salary=-1),
    "a rate that ends before it begins": lambda anna: rate(anna, valid_to=BEFORE),
    "an entry of nothing": lambda anna: entry(anna, days=0),
    "an entry of no kind": lambda anna: entry(anna, kind="gift"),
    "a holiday of no kind": lambda anna: Holiday(day=DAY, kind="feast", name="День", source="приказ"),
    "a deputy of themselves": lambda anna: Delegation(manager=anna, deputy=anna, start=DAY, end=DAY),
}


@pytest.mark.parametrize("name", BAD)
def test_the_database_refuses(name: str, anna: Employee) -> None:
    row: models.Model = BAD[name](anna)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save()


def test_hr_b1_a_key_is_entered_once(anna: Employee) -> None:
    entry(anna).save()
    with pytest.raises(DatabaseError), transaction.atomic():
        entry(anna).save()


def test_a_day_is_in_a_countrys_calendar_once() -> None:
    words = {"day": DAY, "kind": "public", "name": "День", "source": "приказ"}
    Holiday.objects.create(**words)
    Holiday.objects.create(country="KZ", **words)
    with pytest.raises(DatabaseError), transaction.atomic():
        Holiday.objects.create(**words)


def test_hr_b9_steps_are_only_appended(anna: Employee) -> None:
    made = request(anna)
    made.save()
    Approval.objects.create(request=made, verdict="approved", name="Борис")
    with pytest.raises(DatabaseError, match="only appended"), transaction.atomic():
        Approval.objects.update(verdict="rejected")


def test_rows_say_what_they_are(anna: Employee) -> None:
    rows = (
        anna,
        request(anna),
        rate(anna),
        entry(anna),
        Department(name="Склад"),
        Delegation(manager=anna, deputy=anna),
    )
    assert all(str(row) for row in rows)
