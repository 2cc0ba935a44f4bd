"""Every way to write a row says what it did; nothing that is said has money in it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from angarium.engine.events.public import Event
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.models import Employee, Holiday, Rate, Request

from .asking import Firm, vacation
from .deeds import STAFF

DAY = date(2030, 3, 4)


class Told(Firm):
    def test_save_update_bulk_and_delete_are_told_alike(self) -> None:
        row = Request.objects.create(employee=self.anna, kind="day_off", start=DAY, end=DAY)
        Request.objects.filter(pk=row.pk).update(status="approved")
        row.refresh_from_db()
        row.comment = "Переезд"
        Request.objects.bulk_update([row], ["comment"])
        row.delete()
        Request.objects.bulk_create([Request(employee=self.anna, kind="unpaid", start=DAY, end=DAY, status="draft")])
        Request.objects.all().delete()
        assert self.told() == [
            *("request_submitted", "request_approved", "request_updated", "request_deleted"),
            *("request_drafted", "request_deleted"),
        ]

    def test_people_rates_and_days_are_told(self) -> None:
        eva = Employee.objects.create(name="Ева", hired_on=DAY)
        Employee.objects.filter(pk=eva.pk).update(dismissed_on=DAY)
        eva.refresh_from_db()
        eva.delete()
        Rate.objects.create(employee=self.anna, share=1, salary=1, valid_from=DAY)
        Holiday.objects.create(day=DAY, kind="public", name="День", source="приказ").delete()
        assert self.told() == [
            *("employee_hired", "employee_updated", "employee_dismissed", "employee_deleted"),
            *("rate_recorded", "holiday_entered", "holiday_deleted"),
        ]

    def test_hr_b1_entries_are_told_but_accruals_are_not(self) -> None:
        made = vacation(self.anna, "2025-07-07", "2025-07-13", "approved")
        actions.cancel_request(made.pk, by=STAFF)
        assert self.told() == [
            *("request_submitted", "request_approved", "entry_posted"),
            *("request_cancelled", "entry_posted"),
        ]
        posted = Event.objects.filter(type="timeoff.entry_posted.v1").order_by("id")
        assert [(one.data["kind"], Decimal(one.data["days"])) for one in posted] == [("use", -7), ("restoration", 7)]

    def test_hr_b6_no_event_has_a_salary_or_a_share(self) -> None:
        words = {"share": Decimal("0.731"), "salary": Decimal("98765.43"), "valid_from": DAY}
        actions.record_rate(self.anna.pk, by=STAFF, **words)
        actions.record_rate(self.anna.pk, by=STAFF, **words)
        said = " ".join(str(one.data) for one in Event.objects.all())
        assert self.told() == ["rate_recorded", "rate_superseded", "rate_recorded"]
        assert "0.731" not in said
        assert "98765" not in said
