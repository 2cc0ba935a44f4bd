"""What two people do at the same time, in threads and transactions of their own: the last days are given once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from angarium.engine.events.public import Event
from angarium.engine.events.testing import together
from angarium.engine.identity.testing import make_token
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.balances import balance, store_accruals
from angarium.modules.timeoff.models import Employee, Entry, Rate, Request

from .asking import with_token
from .deeds import STAFF

HIRED = date(2023, 1, 1)


@pytest.fixture
def anna(transactional_db: None) -> Employee:
    return Employee.objects.create(name="Анна", hired_on=HIRED)


def asked(employee: Employee, start: str, end: str) -> Request:
    days = {"start": date.fromisoformat(start), "end": date.fromisoformat(end)}
    return actions.create_request(by=STAFF, employee=employee.pk, kind="vacation", **days)


def posting(path: str, body: Any = None, secret: str = "") -> Callable[[], int]:
    secret = secret or make_token()
    return lambda: int(with_token(secret)("POST", path, body).status_code)


def test_hr_13_two_approvals_of_the_last_days_let_one_through(anna: Employee) -> None:
    """There were 20 days when both were asked for, and are 14."""
    actions.correct_balance(anna.pk, by=STAFF, days=Decimal(6), because="Донор", on=HIRED)
    both = asked(anna, "2023-07-03", "2023-07-12"), asked(anna, "2023-07-17", "2023-07-26")
    actions.correct_balance(anna.pk, by=STAFF, days=Decimal(-6), because="Ошибка", on=HIRED)
    assert sorted(together(*(posting(f"/requests/{one.pk}/approval") for one in both))) == [200, 409]
    assert (balance(anna, date(2023, 7, 30)).days, Entry.objects.filter(kind="use").count()) == (4, 1)


def test_hr_b3_two_requests_for_the_last_days_let_one_through(anna: Employee) -> None:
    bodies = [
        {"employee_id": anna.pk, "kind": "vacation", "start": start, "end": end}
        for start, end in (("2023-07-03", "2023-07-12"), ("2023-07-17", "2023-07-26"))
    ]
    found = together(*(posting("/requests/", body) for body in bodies))
    assert sorted(found) == [201, 409]
    assert [row.days for row in Request.objects.all()] == [10]
    assert Event.objects.filter(type="timeoff.request_submitted.v1").count() == 1


def test_hr_13_two_submissions_of_drafts_for_the_last_days_let_one_through(anna: Employee) -> None:
    days = (("2023-07-03", "2023-07-12"), ("2023-07-17", "2023-07-26"))
    drafts = [
        actions.create_request(
            by=STAFF,
            employee=anna.pk,
            kind="vacation",
            start=date.fromisoformat(start),
            end=date.fromisoformat(end),
            draft=True,
        )
        for start, end in days
    ]
    found = together(*(posting(f"/requests/{one.pk}/submission") for one in drafts))
    assert sorted(found) == [200, 409]
    assert sorted(Request.objects.values_list("status", flat=True)) == ["draft", "submitted"]


def test_hr_13_of_two_who_approve_one_request_one_is_told_that_it_was_decided(anna: Employee) -> None:
    path = f"/requests/{asked(anna, '2023-12-04', '2023-12-10').pk}/approval"
    assert sorted(together(posting(path), posting(path))) == [200, 409]
    assert Entry.objects.filter(kind="use").count() == 1


def test_hr_13_approved_and_withdrawn_at_once_is_one_of_them(anna: Employee) -> None:
    made = asked(anna, "2023-12-04", "2023-12-10")
    found = together(posting(f"/requests/{made.pk}/approval"), posting(f"/requests/{made.pk}/withdrawal"))
    made.refresh_from_db()
    assert sorted(found) == [200, 409]
    assert Entry.objects.count() == (1 if made.status == "approved" else 0)


def test_hr_13_cancelled_twice_at_once_gives_back_once(anna: Employee) -> None:
    made = asked(anna, "2023-12-04", "2023-12-10")
    actions.approve_request(made.pk, by=STAFF)
    path = f"/requests/{made.pk}/cancellation"
    assert sorted(together(posting(path), posting(path))) == [200, 409]
    assert sum(Entry.objects.values_list("days", flat=True)) == 0


def test_hr_b1_accruals_entered_by_two_at_once_are_entered_once(anna: Employee) -> None:
    def enter() -> int:
        return store_accruals([anna.pk], date(2023, 12, 31))

    assert sorted(together(enter, enter)) == [0, 12]


def test_hr_14_two_rates_recorded_at_once_are_one_after_the_other(anna: Employee) -> None:
    body = {"employee_id": anna.pk, "salary": 100, "valid_from": "2024-01-01"}
    found = together(*(posting("/rates/", {**body, "share": share}) for share in ("0.5", "0.7")))
    assert found == [201, 201]
    assert Rate.objects.filter(superseded_at=None).count() == 1


def test_hr_13_an_approval_and_a_correction_that_takes_the_days_do_not_both_have_them(anna: Employee) -> None:
    made = asked(anna, "2023-07-03", "2023-07-16")

    def correct() -> int:
        actions.correct_balance(anna.pk, by=STAFF, days=Decimal(-10), because="Отзыв", on=date(2023, 7, 1))
        return 200

    approved, corrected = together(posting(f"/requests/{made.pk}/approval"), correct)
    assert (approved, corrected) in ((200, 200), (409, 200))
    left = balance(anna, date(2023, 7, 31)).days
    assert left == (Decimal("-7.67") if approved == 200 else Decimal("6.33"))
