"""What is exported of time off: the January report with its totals, requests, balances, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import QuerySet
from python_calamine import CalamineWorkbook

from angarium.engine.exports.public import Export, dataset_named, granted, snapshot
from angarium.engine.exports.storage import fetch
from angarium.engine.identity.public import Principal, of_person
from angarium.engine.identity.testing import client_with_token, make_person
from angarium.engine.tasks.testing import settled, working
from angarium.modules.timeoff.balances import balance
from angarium.modules.timeoff.models import Department, Employee, Holiday, Request
from angarium.modules.timeoff.tests.deeds import STAFF

MANY = 10_000
HIRED = date(2020, 1, 1)
#: From the last day of a year, when by law the first eight days of the next one are public holidays.
NEW_YEAR = {"start": "2026-12-31", "end": "2027-01-09"}


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> None:
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {
        **settings.STORAGES,
        "exports": {"BACKEND": backend, "OPTIONS": {"location": str(tmp_path / "kept")}},
    }
    settings.EXPORTS_WORKSHOP = tmp_path / "under-way"


def plain(model: type[Any]) -> QuerySet[Any]:
    """Rows that nobody is told of: there are many."""
    return QuerySet(model)


def work(of: int, start: date, end: date, minutes: int, status: str = "approved") -> Request:
    return Request(employee_id=of, kind="holiday_work", start=start, end=end, minutes=minutes, status=status)


def turns(of: int) -> Iterator[Request]:
    """What the employee of this number did: over New Year, at Christmas and the weekend after it, to the day on which
    they left, what nobody approved, nothing."""
    match of % 5:
        case 0:
            yield work(of, date(2026, 12, 30), date(2027, 1, 3), 480)
        case 1:
            yield work(of, date(2027, 1, 7), date(2027, 1, 10), 240)
        case 2:
            yield work(of, date(2026, 12, 31), date(2027, 1, 3), 480)
        case 3:
            yield work(of, date(2027, 1, 1), date(2027, 1, 8), 480, "submitted")


def office(number: int) -> None:
    Holiday.objects.all().delete()
    shop = Department.objects.create(name="Магазин")
    zones = ("Europe/Moscow", "Asia/Vladivostok", "Europe/Kaliningrad")
    plain(Employee).bulk_create(
        Employee(
            pk=n,
            name=f"Сотрудник {n:05}",
            hired_on=HIRED,
            dismissed_on=date(2027, 1, 1) if n % 5 == 2 else None,
            department=shop,
            timezone=zones[n % 3],
        )
        for n in range(1, number + 1)
    )
    plain(Request).bulk_create(one for n in range(1, number + 1) for one in turns(n))


def table(export: str) -> list[list[Any]]:
    row = Export.objects.get(id=export)
    with fetch(row.file) as file:
        return list(CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python())


@pytest.mark.django_db(transaction=True)
def test_hr_09_the_january_report_of_ten_thousand_employees_has_the_right_totals() -> None:
    office(MANY)
    client = client_with_token("*")
    wanted = {"dataset": "timeoff.holiday_work", "format": "xlsx", "filters": NEW_YEAR, "email": "hr@example.org"}
    with working():
        asked = client.post("/api/exports/", wanted, content_type="application/json")
        assert asked.status_code == 202, asked.content
        settled(within=60)
    found = client.get(f"/api/exports/{asked.json()['id']}/").json()
    headings, *rows = table(found["id"])
    each = MANY // 5
    assert (found["state"], found["rows"], len(rows)) == ("succeeded", 3 * each, 3 * each)
    sums = [sum(row[headings.index(name)] for row in rows) for name in ("Days", "Minutes", "Hours")]
    assert sums == [(3 + 3 + 1) * each, (1440 + 720 + 480) * each, (24 + 12 + 8) * each]
    by_number = {int(row[0]): row for row in rows}
    over_new_year, at_christmas, left = by_number[5], by_number[6], by_number[7]
    assert over_new_year[5:] == [date(2027, 1, 1), date(2027, 1, 3), 3.0, 1440.0, 24.0, 3.0, 1440.0]
    assert at_christmas[5:] == [date(2027, 1, 7), date(2027, 1, 9), 3.0, 720.0, 12.0, 2.0, 480.0]
    assert (left[3], left[7:10]) == (date(2027, 1, 1), [1.0, 480.0, 8.0])
    assert {row[4] for row in rows} == {"Europe/Moscow", "Asia/Vladivostok", "Europe/Kaliningrad"}


def rows_of(name: str, by: Principal, **filters: Any) -> list[dict[str, Any]]:
    """What a file would have, by what this principal may read."""
    of = dataset_named(name)
    reading = of.reading(filters)
    assert reading.is_valid(), reading.errors
    checked = dict(reading.validated_data)
    columns = [column.name for column in granted(of, by, checked).columns]
    source: Any = of.rows(by, checked)
    with snapshot(everywhere=True) as at:
        if isinstance(source, QuerySet):
            return [dict(zip(columns, row, strict=True)) for row in at.rows(source, *(c.lookup for c in of.columns))]
        found = [dict(zip(columns, row, strict=True)) for row in source.rows(at)]
        assert source.count(at) == len(found)
        return found


def persons() -> dict[str, Principal]:
    """A head with one in the department, and somebody elsewhere."""
    people = {name: make_person(name, email=f"{name}@example.org") for name in ("head", "one", "other")}
    shop, store = Department.objects.create(name="Магазин"), Department.objects.create(name="Склад")
    made = {
        name: Employee.objects.create(
            name=name, person=person.id, hired_on=HIRED, department=store if name == "other" else shop
        )
        for name, person in people.items()
    }
    shop.head = made["head"]
    shop.save()
    for employee in made.values():
        plain(Request).bulk_create([work(employee.pk, date(2027, 1, 1), date(2027, 1, 2), 480)])
    return {name: of_person(person) for name, person in people.items()}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["timeoff.holiday_work", "timeoff.requests", "timeoff.balances"])
def test_hr_11_everybody_exports_what_the_lists_show_to_them(name: str) -> None:
    Holiday.objects.all().delete()
    people = persons()
    words = NEW_YEAR if name == "timeoff.holiday_work" else {}
    seen = {who: {row["employee"] for row in rows_of(name, by, **words)} for who, by in people.items()}
    assert seen == {"head": {"head", "one"}, "one": {"one"}, "other": {"other"}}
    assert {row["employee"] for row in rows_of(name, STAFF, **words)} == {"head", "one", "other"}


@pytest.mark.django_db
def test_hr_11_whoever_asks_for_another_department_or_employee_is_refused() -> None:
    people = persons()
    shop, store = (Department.objects.get(name=name).pk for name in ("Магазин", "Склад"))
    other = Employee.objects.get(name="other").pk
    of = dataset_named("timeoff.requests")

    def may(who: str, **filters: Any) -> bool:
        return bool(of.may_read(people[who], filters))

    assert [may("head", department_id=shop), may("head", department_id=store)] == [True, False]
    assert [may("one", department_id=shop), may("one", employee_id=other), may("one")] == [False, False, True]
    client = client_with_token("*", person=make_person("stranger"))
    asked = {"dataset": "timeoff.requests", "filters": {"department_id": store}}
    assert client.post("/api/exports/", asked, content_type="application/json").json()["code"] == "may_not_read"
    scopes = client_with_token("exports:*").post("/api/exports/", asked, content_type="application/json")
    assert scopes.status_code == 403


@pytest.mark.django_db(transaction=True)
def test_hr_b7_a_balance_in_a_file_is_the_one_that_the_page_shows() -> None:
    people = persons()
    on = date(2027, 6, 30)
    found = {row["employee"]: row["days"] for row in rows_of("timeoff.balances", STAFF, on=str(on))}
    assert found == {who: balance(Employee.objects.get(name=who), on).days for who in people}
    assert all(isinstance(days, Decimal) for days in found.values())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({}, "filters.start"),
        ({"start": "2027-01-02", "end": "2027-01-01"}, "filters.end"),
        ({"start": "2027-02-30", "end": "2027-03-01"}, "filters.start"),
        ({**NEW_YEAR, "salary": 1}, "filters.salary"),
    ],
)
def test_hr_09_dates_that_make_no_sense_are_refused_by_their_field(filters: dict[str, Any], field: str) -> None:
    asked = {"dataset": "timeoff.holiday_work", "filters": filters}
    answer = client_with_token("*").post("/api/exports/", asked, content_type="application/json")
    assert (answer.status_code, answer.json()["field"]) == (400, field)
