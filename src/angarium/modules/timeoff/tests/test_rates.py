"""Rates have two times: of what days they are true, and from when to when they were known."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyTestCase

from angarium.modules.timeoff import actions
from angarium.modules.timeoff.calendar import DAY, LAST
from angarium.modules.timeoff.errors import OutOfRange, OutsideEmployment
from angarium.modules.timeoff.models import Employee, Rate
from angarium.modules.timeoff.queries import rates_of
from tests.faults.scene import LONG

from .asking import Firm, refused, shown
from .deeds import STAFF


def record(employee: Employee, start: str, end: str = "", share: str = "1", salary: int = 100_000) -> Rate:
    last = date.fromisoformat(end) if end else None
    words = {
        "share": Decimal(share),
        "salary": Decimal(salary),
        "valid_from": date.fromisoformat(start),
        "valid_to": last,
    }
    return actions.record_rate(employee.pk, by=STAFF, **words)


def spans(employee: Employee, **asked: Any) -> list[str]:
    """`2024-01-01..2024-12-31 0.5`, in order."""
    rows = rates_of(employee.pk, **asked)
    return [f"{row.valid_from}..{row.valid_to or ''} {row.share.normalize():f}" for row in rows]


class Recorded(Firm):
    def test_hr_14_a_change_for_the_future_ends_what_is_valid_now(self) -> None:
        record(self.anna, "2024-01-01")
        record(self.anna, "2027-01-01", share="0.5")
        assert spans(self.anna) == ["2024-01-01..2026-12-31 1", "2027-01-01.. 0.5"]
        assert spans(self.anna, on=date(2026, 12, 31)) == ["2024-01-01..2026-12-31 1"]

    def test_hr_14_a_backdated_change_holds_until_the_next_one_and_what_was_known_before_can_be_read(self) -> None:
        record(self.anna, "2024-01-01")
        second = record(self.anna, "2026-01-01", share="0.5")
        record(self.anna, "2025-01-01", share="0.75")
        now = ["2024-01-01..2024-12-31 1", "2025-01-01..2025-12-31 0.75", "2026-01-01.. 0.5"]
        assert spans(self.anna) == now
        assert spans(self.anna, as_known_at=second.recorded_at) == ["2024-01-01..2025-12-31 1", "2026-01-01.. 0.5"]
        day = timedelta(days=1)
        assert spans(self.anna, as_known_at=Rate.objects.earliest("recorded_at").recorded_at - day) == []

    def test_hr_14_the_same_first_day_again_is_a_correction_and_the_last_one_counts(self) -> None:
        record(self.anna, "2024-01-01", share="0.5")
        record(self.anna, "2024-01-01", share="0.6")
        record(self.anna, "2024-01-01", share="0.7")
        assert spans(self.anna) == ["2024-01-01.. 0.7"]
        assert Rate.objects.count() == 3

    def test_hr_14_one_with_a_last_day_splits_what_it_lies_in_and_covers_what_lies_in_it(self) -> None:
        record(self.anna, "2024-01-01")
        record(self.anna, "2024-03-01", "2024-04-30", "0.5")
        assert spans(self.anna) == ["2024-01-01..2024-02-29 1", "2024-03-01..2024-04-30 0.5", "2024-05-01.. 1"]
        record(self.anna, "2024-02-01", "2024-05-31", "0.25")
        assert spans(self.anna) == ["2024-01-01..2024-01-31 1", "2024-02-01..2024-05-31 0.25", "2024-06-01.. 1"]

    def test_hr_14_the_database_itself_refuses_two_rates_of_one_day(self) -> None:
        record(self.anna, "2024-01-01")
        row = Rate(employee=self.anna, share=1, salary=1, valid_from=date(2025, 1, 1))
        with pytest.raises(DatabaseError), transaction.atomic():
            row.save()

    def test_hr_14_numbers_are_exact_and_bounded(self) -> None:
        made = record(self.anna, "2024-01-01", share="0.333")
        made.refresh_from_db()
        assert (made.share, type(made.share)) == (Decimal("0.333"), Decimal)
        before = self.written()
        for share in ("0", "-0.5", "1.501", "0.3333"):
            with pytest.raises(OutOfRange):
                record(self.anna, "2024-02-01", share=share)
        for salary in (-1, 100_000_001):
            with pytest.raises(OutOfRange):
                record(self.anna, "2024-02-01", salary=salary)
        with pytest.raises(OutsideEmployment):
            record(self.anna, "2022-12-31")
        assert self.written() == before

    def test_hr_14_over_http(self) -> None:
        body = {"employee_id": self.anna.pk, "share": "0.5", "salary": 100000.1, "valid_from": "2024-01-01"}
        made = shown(self.api()("POST", "/rates/", body), 201)
        assert (made["share"], made["salary"], made["valid_to"]) == ("0.500", "100000.10", None)
        for field, value in (("share", -1), ("share", "1.6"), ("salary", "-0.01"), ("salary", 100000000.5)):
            refused(self.api()("POST", "/rates/", {**body, field: value}), 400, "out_of_range", field)
        refused(self.api()("POST", "/rates/", {**body, "valid_to": "2023-12-31"}), 400, "ends_before_it_starts")
        refused(self.api()("POST", "/rates/", {**body, "share": "half"}), 400, "not_a_number", "share")
        refused(self.api()("POST", "/rates/", {**body, "share": True}), 400, "not_a_number", "share")
        shown(self.api()("POST", "/rates/", {**body, "share": 1}), 201)
        path = f"/rates/?employee={self.anna.pk}"
        assert [row["share"] for row in shown(self.api()("GET", path))] == ["1.000"]
        known = shown(self.api()("GET", f"{path}&as_known_at={made['recorded_at']}"))
        assert [row["id"] for row in known] == [made["id"]]
        assert len(shown(self.api()("GET", f"{path}&history=true"))) == 2
        assert shown(self.api()("GET", f"{path}&on=2023-12-31")) == []
        assert self.api()("PATCH", f"/rates/{made['id']}/", {"share": 1}).status_code == 405

    def test_hr_15_a_rate_is_for_the_person_and_human_resources(self) -> None:
        made = record(self.anna, "2024-01-01")
        assert len(shown(self.api("anna")("GET", "/rates/"))) == 1
        for name in ("boris", "clara", "dan"):
            assert shown(self.api(name)("GET", f"/rates/?employee={self.anna.pk}")) == []
            refused(self.api(name)("GET", f"/rates/{made.pk}/"), 404, "no_rate")
        body = {"employee_id": self.anna.pk, "share": 1, "salary": 1, "valid_from": "2024-02-01"}
        for name, status in (("anna", 403), ("boris", 403), ("dan", 404)):
            refused(self.api(name)("POST", "/rates/", body), status)
        assert self.told().count("rate_recorded") == 1


DAYS = st.integers(0, 60).map(lambda n: date(2024, 1, 1) + timedelta(days=n))
CHANGES = st.lists(st.tuples(DAYS, st.none() | st.integers(0, 30), st.integers(1, 9)), min_size=1, max_size=5)
HORIZON = [date(2024, 1, 1) + timedelta(days=n) for n in range(100)]


class AnyOrder(PropertyTestCase):
    @settings(max_examples=300 if LONG else 12, deadline=None)
    @given(CHANGES)
    def test_hr_14_whatever_is_recorded_every_day_has_what_was_said_of_it_last(self, changes: Any) -> None:
        anna = Employee.objects.create(name="Анна", hired_on=date(2023, 1, 1))
        said: dict[date, Decimal] = {}
        for start, length, tenths in changes:
            later = [row.valid_from for row in rates_of(anna.pk) if row.valid_from > start]
            last = start + timedelta(days=length) if length is not None else min(later, default=LAST) - DAY
            record(anna, str(start), str(last) if length is not None else "", str(Decimal(tenths) / 10))
            said |= {day: Decimal(tenths) / 10 for day in HORIZON if start <= day <= last}
        found = [(row.valid_from, row.valid_to or LAST, row.share) for row in rates_of(anna.pk)]
        for day in HORIZON:
            assert [share for start, end, share in found if start <= day <= end] == ([said[day]] if day in said else [])
