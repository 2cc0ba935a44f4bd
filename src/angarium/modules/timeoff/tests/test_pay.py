"""What rates come to: exact, by working days, and unchanged by what is recorded later."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from angarium.modules.timeoff import actions

from .asking import Firm, refused, shown
from .deeds import STAFF


class Paid(Firm):
    def setUp(self) -> None:
        actions.fill_holidays(by=STAFF)
        self.first = self.record("2026-01-01", "1")

    def record(self, start: str, share: str) -> Any:
        words = {"share": Decimal(share), "salary": Decimal(100_000), "valid_from": date.fromisoformat(start)}
        return actions.record_rate(self.anna.pk, by=STAFF, **words)

    def pay(self, more: str = "", name: str = "", since: str = "2026-05-01") -> Any:
        path = f"/employees/{self.anna.pk}/pay/?from={since}&to=2026-05-31{more}"
        return self.api(name)("GET", path)

    def test_hr_14_a_change_within_a_month_is_paid_by_its_working_days(self) -> None:
        self.record("2026-05-18", "0.5")
        found = shown(self.pay())
        assert found["amount"] == "73684.21"
        assert [(line["share"], line["worked"], line["of"], line["amount"]) for line in found["lines"]] == [
            ("1.000", 9, 19, "47368.42"),
            ("0.500", 10, 19, "26315.79"),
        ]
        assert found["lines"][1]["period"] == {"start": "2026-05-18", "end": "2026-05-31"}

    def test_hr_14_a_backdated_change_leaves_an_old_calculation_as_it_was(self) -> None:
        known = f"&as_known_at={self.first.recorded_at.strftime('%Y-%m-%dT%H:%M:%S.%fZ')}"
        before = shown(self.pay(known))
        self.record("2026-03-01", "0.5")
        assert shown(self.pay(known)) == before
        assert (before["amount"], shown(self.pay())["amount"]) == ("100000.00", "50000.00")

    def test_hr_15_pay_is_for_the_person_and_human_resources(self) -> None:
        for name in ("anna", "harriet"):
            assert shown(self.pay(name=name))["amount"] == "100000.00"
        for name, status in (("boris", 403), ("clara", 403), ("dan", 404)):
            refused(self.pay(name=name), status)

    def test_hr_14_days_that_cannot_be_are_refused(self) -> None:
        refused(self.pay(since="2026-06-01"), 400, "ends_before_it_starts")
        refused(self.pay(since="2001-01-01"), 400, "out_of_range", "to")
        refused(self.api()("GET", f"/employees/{self.anna.pk}/pay/"), 400)
