"""Every pair of statuses, and each field whose change is an event. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from angarium.contracts import timeoff as told
from angarium.kernel.transitions import IllegalMove
from angarium.modules.timeoff import lifecycle
from angarium.modules.timeoff.lifecycle import (
    LIFECYCLE,
    EmployeeSnapshot,
    HolidaySnapshot,
    RateSnapshot,
    RequestSnapshot,
)

DAY = date(2030, 3, 4)
REQUEST = RequestSnapshot(
    id=7,
    employee_id=1,
    kind="vacation",
    start=DAY,
    end=DAY,
    minutes=None,
    days=Decimal(1),
    status="submitted",
    comment="",
)
EMPLOYEE = EmployeeSnapshot(
    id=1,
    name="Анна",
    email="",
    department_id=None,
    manager_id=None,
    role="employee",
    hired_on=DAY,
    dismissed_on=None,
    vacation_days=28,
    person=None,
)
RATE = RateSnapshot(id=3, employee_id=1, valid_from=DAY, valid_to=None, superseded_at=None)
HOLIDAY = HolidaySnapshot(id=4, day=DAY, kind="public", name="День")
PAIRS = [(before, after) for before in LIFECYCLE.states for after in LIFECYCLE.states if before != after]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_request_moves_as_the_table_says_and_says_so(before: str, after: str) -> None:
    one, other = replace(REQUEST, status=before), replace(REQUEST, status=after)
    if not LIFECYCLE.allows(before, after):
        with pytest.raises(IllegalMove):
            lifecycle.request_events(one, other)
        return
    (event,) = lifecycle.request_events(one, other)
    assert (event.type, event.subject) == (f"timeoff.request_{after}.v1", "timeoff.request:7")


@pytest.mark.parametrize("status", LIFECYCLE.states)
def test_a_request_is_made_as_a_draft_or_submitted(status: str) -> None:
    made = replace(REQUEST, status=status)
    if status not in ("draft", "submitted"):
        with pytest.raises(IllegalMove):
            lifecycle.request_events(None, made)
        return
    (event,) = lifecycle.request_events(None, made)
    assert event.type == ("timeoff.request_drafted.v1" if status == "draft" else "timeoff.request_submitted.v1")


@pytest.mark.parametrize(
    "changes",
    [{"end": date(2030, 3, 5)}, {"days": Decimal(2)}, {"comment": "Море"}, {"kind": "unpaid"}, {"minutes": 60}],
)
def test_what_changes_of_a_request_is_named(changes: dict[str, Any]) -> None:
    (event,) = lifecycle.request_events(REQUEST, replace(REQUEST, **changes))
    assert isinstance(event, told.RequestUpdated)
    assert event.changed == tuple(changes)
    assert lifecycle.request_events(REQUEST, REQUEST) == []


def test_a_request_that_goes_says_so() -> None:
    (event,) = lifecycle.request_events(REQUEST, None)
    assert isinstance(event, told.RequestDeleted)


@pytest.mark.parametrize("name", ["name", "email", "department_id", "manager_id", "role", "hired_on", "vacation_days"])
def test_what_changes_of_an_employee_is_named(name: str) -> None:
    other = {"hired_on": date(2030, 3, 5), "department_id": 5, "manager_id": 5, "vacation_days": 31}.get(name, "x")
    (event,) = lifecycle.employee_events(EMPLOYEE, replace(EMPLOYEE, **{name: other}))
    assert isinstance(event, told.EmployeeUpdated)
    assert event.changed == (name,)


def test_an_employee_is_hired_dismissed_and_deleted() -> None:
    left = replace(EMPLOYEE, dismissed_on=DAY)
    types = [
        [type(event) for event in lifecycle.employee_events(*pair)]
        for pair in ((None, EMPLOYEE), (EMPLOYEE, left), (left, EMPLOYEE), (EMPLOYEE, None), (None, None))
    ]
    dismissed = [told.EmployeeUpdated, told.EmployeeDismissed]
    assert types == [[told.EmployeeHired], dismissed, [told.EmployeeUpdated], [told.EmployeeDeleted], []]


def test_a_rate_is_recorded_and_superseded_and_tells_no_money() -> None:
    (recorded,) = lifecycle.rate_events(None, RATE)
    (superseded,) = lifecycle.rate_events(RATE, replace(RATE, superseded_at=datetime(2030, 1, 1, tzinfo=UTC)))
    assert [type(recorded), type(superseded)] == [told.RateRecorded, told.RateSuperseded]
    assert lifecycle.rate_events(RATE, RATE) == lifecycle.rate_events(RATE, None) == []
    assert {"share", "salary"}.isdisjoint(RateSnapshot.__dataclass_fields__)


def test_a_day_of_the_calendar_that_moves_says_from_where() -> None:
    (event,) = lifecycle.holiday_events(HOLIDAY, replace(HOLIDAY, day=date(2030, 3, 5)))
    assert isinstance(event, told.HolidayUpdated)
    assert (event.old_day, event.day) == (DAY, date(2030, 3, 5))
    kinds = [type(one) for pair in ((None, HOLIDAY), (HOLIDAY, None)) for one in lifecycle.holiday_events(*pair)]
    assert kinds == [told.HolidayEntered, told.HolidayDeleted]
    assert lifecycle.holiday_events(HOLIDAY, HOLIDAY) == []
