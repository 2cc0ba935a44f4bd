"""The balance is a sum of lines on any date; what is entered changes no number but by a line that says so."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from angarium.engine.events.public import Event
from angarium.kernel.clock import now
from angarium.kernel.errors import Conflict, Invalid
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.balances import balance, balances_of, sentence, store_accruals
from angarium.modules.timeoff.calendar import FIXED
from angarium.modules.timeoff.errors import InUse, NotYours, OutOfRange
from angarium.modules.timeoff.models import Employee, Entry, Holiday

from .asking import Firm, days_on, refused, shown, vacation
from .deeds import STAFF

TODAY = now().astimezone(ZoneInfo("Europe/Moscow")).date()


def entered(employee: Employee, on: date) -> Decimal:
    """What the ledger alone comes to on that day."""
    rows = Entry.objects.filter(employee=employee, on__lte=on).values_list("days", flat=True)
    return sum(rows, Decimal(0))


class Accrued(Firm):
    def test_hr_12_a_year_is_28_days_exactly_and_a_month_in_the_middle_of_one_counts_from_the_day_of_hire(self) -> None:
        self.anna.hired_on = date(2025, 1, 15)
        self.anna.save()
        found = [str(days_on(self.anna, on)) for on in ("2025-02-13", "2025-02-14", "2025-03-14", "2026-01-14")]
        assert found == ["0.00", "2.33", "4.67", "28.00"]

    def test_hr_b1_what_a_task_enters_changes_no_balance_past_or_future(self) -> None:
        dates = [date(2023, 1, 1) + timedelta(days=37 * n) for n in range(60)]
        before = [balance(self.anna, on).days for on in dates]
        assert store_accruals(list(Employee.objects.values_list("pk", flat=True)), date(2025, 12, 31)) == 5 * 36
        assert [balance(self.anna, on).days for on in dates] == before
        stored = [on for on in dates if on <= date(2025, 12, 31)]
        assert [entered(self.anna, on) for on in stored] == before[: len(stored)]

    def test_hr_b1_entered_twice_is_entered_once(self) -> None:
        assert store_accruals([self.anna.pk], date(2023, 6, 30)) == 6
        assert store_accruals([self.anna.pk], date(2023, 6, 30)) == 0
        assert store_accruals([self.anna.pk], date(2023, 3, 1)) == 0
        assert store_accruals([self.anna.pk, self.dan.pk], date(2023, 7, 31)) == 8
        assert "entry_posted" not in self.told()

    def test_hr_b1_the_database_refuses_to_change_an_entry(self) -> None:
        store_accruals([self.anna.pk], date(2023, 1, 31))
        with pytest.raises(DatabaseError, match="only appended"), transaction.atomic():
            Entry.objects.update(days=Decimal(28))
        assert [entry.days for entry in Entry.objects.all()] == [Decimal("2.33")]

    def test_hr_b1_another_first_day_is_a_correction_as_of_today_and_what_comes_after_is_by_it(self) -> None:
        store_accruals([self.anna.pk], date(2025, 12, 31))
        past = days_on(self.anna, "2025-06-30")
        actions.edit_employee(self.anna.pk, by=STAFF, hired_on=date(2023, 7, 1))
        assert days_on(self.anna, "2025-06-30") == past
        assert Entry.objects.filter(kind="correction").get().days == Decimal("-14.00")
        later = Employee.objects.create(name="Ева", hired_on=date(2023, 7, 1))
        for on in (TODAY, TODAY + timedelta(days=400)):
            assert balance(Employee.objects.get(pk=self.anna.pk), on).days == balance(later, on).days
        assert store_accruals([self.anna.pk], TODAY) > 0
        assert store_accruals([self.anna.pk], TODAY) == 0
        assert entered(self.anna, TODAY) == balance(later, TODAY).days

    def test_hr_b1_unpaid_leave_that_is_granted_and_called_off_leaves_the_balance_as_it_was(self) -> None:
        store_accruals([self.anna.pk], date(2025, 12, 31))
        right = days_on(self.anna, "2030-01-01")
        words = {"kind": "unpaid", "start": date(2025, 3, 3), "end": date(2025, 6, 30)}
        made = actions.create_request(by=STAFF, employee=self.anna.pk, **words)
        actions.approve_request(made.pk, by=STAFF)
        less = days_on(self.anna, "2030-01-01")
        assert less < right
        actions.cancel_request(made.pk, by=STAFF)
        assert days_on(self.anna, "2030-01-01") == right
        assert sum(entry.days for entry in Entry.objects.filter(kind="correction")) == 0

    def test_hr_b1_what_somebody_brings_along_stands_for_all_that_accrued_before(self) -> None:
        store_accruals([self.anna.pk], date(2025, 12, 31))
        actions.open_balance(self.anna.pk, by=STAFF, days=Decimal("11.50"), on=date(2026, 3, 31), because="Из 1С")
        assert [str(days_on(self.anna, on)) for on in ("2026-03-31", "2026-04-30")] == ["11.50", "13.83"]
        store_accruals([self.anna.pk], date(2026, 4, 30))
        assert entered(self.anna, date(2026, 4, 30)) == Decimal("13.83")

    def test_hr_b1_what_is_brought_along_late_leaves_what_was_entered_after_it(self) -> None:
        store_accruals([self.anna.pk], date(2026, 4, 30))
        actions.open_balance(self.anna.pk, by=STAFF, days=Decimal("11.50"), on=date(2026, 3, 31))
        assert [str(days_on(self.anna, on)) for on in ("2026-03-31", "2026-04-30")] == ["11.50", "13.83"]
        with pytest.raises(Conflict):
            actions.open_balance(self.anna.pk, by=STAFF, days=Decimal(1), on=date(2026, 3, 31))

    def test_hr_b1_a_correction_by_hand_says_why_and_who(self) -> None:
        before = days_on(self.anna, "2026-01-01")
        actions.correct_balance(
            self.anna.pk, by=STAFF, days=Decimal("-1.50"), because="Отзыв 3 мая", on=date(2025, 5, 3)
        )
        assert days_on(self.anna, "2026-01-01") == before - Decimal("1.50")
        line = next(line for line in balance(self.anna, date(2026, 1, 1)).derivation if line.kind == "correction")
        assert (sentence(line.because), Entry.objects.get().person) == ("Отзыв 3 мая", STAFF.id)
        assert self.told() == ["entry_posted"]
        for days in (Decimal(0), Decimal("0.001"), Decimal(1001), Decimal("NaN")):
            with pytest.raises(OutOfRange):
                actions.correct_balance(self.anna.pk, by=STAFF, days=days, because="Так")
        with pytest.raises(Invalid):
            actions.correct_balance(self.anna.pk, by=STAFF, days=Decimal(1), because=" ")
        with pytest.raises(NotYours):
            actions.correct_balance(self.anna.pk, by=self.principal("boris"), days=Decimal(1), because="Так")


class Left(Firm):
    def test_hr_b1_who_leaves_is_paid_out_to_nothing_and_who_stays_after_all_is_not(self) -> None:
        store_accruals([self.anna.pk], date(2025, 12, 31))
        right = days_on(self.anna, "2030-01-01")
        actions.dismiss(self.anna.pk, by=STAFF, on=date(2025, 6, 20))
        assert days_on(self.anna, "2030-01-01") == 0
        actions.dismiss(self.anna.pk, by=STAFF, on=date(2025, 6, 25))
        assert days_on(self.anna, "2030-01-01") == 0
        actions.reinstate(self.anna.pk, by=STAFF)
        assert days_on(self.anna, "2030-01-01") == right
        assert self.told()[-1] == "entry_posted"

    def test_hr_b1_who_is_about_to_leave_may_take_what_is_left_and_is_paid_the_rest(self) -> None:
        actions.dismiss(self.anna.pk, by=STAFF, on=date(2025, 6, 30))
        found = [balance(Employee.objects.get(pk=self.anna.pk), date(2025, 6, day)) for day in (29, 30)]
        assert [(one.days, one.available) for one in found] == [(Decimal("67.67"), Decimal("67.67")), (0, 70)]
        after = balance(Employee.objects.get(pk=self.anna.pk), date(2025, 7, 1))
        assert (after.days, after.available) == (0, 0)
        made = vacation(self.anna, "2025-06-16", "2025-06-30", "approved")
        assert days_on(self.anna, "2025-06-30") == 0
        paid = Entry.objects.filter(kind="payout").values_list("days", flat=True)
        assert sum(paid) == -(Decimal(70) - made.days)
        actions.cancel_request(made.pk, by=STAFF)
        assert (days_on(self.anna, "2025-06-30"), sum(paid.all())) == (0, Decimal(-70))

    def test_nobody_leaves_before_what_was_granted_is_over(self) -> None:
        made = vacation(self.anna, "2025-06-16", "2025-06-30")
        with pytest.raises(InUse) as refusal:
            actions.dismiss(self.anna.pk, by=STAFF, on=date(2025, 6, 29))
        assert refusal.value.details["requests"] == [made.pk]
        self.anna.refresh_from_db()
        assert self.anna.dismissed_on is None


class Calendar(Firm):
    def setUp(self) -> None:
        actions.fill_holidays(by=STAFF)
        Event.objects.all().delete()

    def moved(self, on: str, **changes: object) -> int:
        row = Holiday.objects.get(day=on)
        actions.edit_holiday(row.pk, by=STAFF, **changes)  # type: ignore[arg-type]
        return actions.recalculate_requests({date.fromisoformat(on), Holiday.objects.get(pk=row.pk).day})

    def test_hr_b1_a_holiday_taken_back_under_a_vacation_is_a_correction_of_it_and_of_nothing_else(self) -> None:
        granted = vacation(self.anna, "2025-06-09", "2025-06-15", "approved")
        asked = vacation(self.boris, "2025-06-09", "2025-06-15")
        vacation(self.clara, "2025-07-07", "2025-07-13", "approved")
        before = days_on(self.anna, "2025-12-31")
        entries = Entry.objects.count()
        assert self.moved("2025-06-12", kind="transferred") == 2
        assert self.moved("2025-06-12", name="Рабочий") == 0
        granted.refresh_from_db()
        asked.refresh_from_db()
        assert (granted.days, asked.days) == (7, 7)
        assert (days_on(self.anna, "2025-12-31"), Entry.objects.count()) == (before - 1, entries + 1)
        assert self.moved("2025-06-12", kind="public") == 2
        assert days_on(self.anna, "2025-12-31") == before
        actions.cancel_request(granted.pk, by=STAFF)
        assert days_on(self.anna, "2025-12-31") == before + 6

    def test_hr_b1_a_year_whose_table_begins_is_gone_through_as_a_whole(self) -> None:
        granted = vacation(self.anna, "2029-05-07", "2029-05-13", "approved")
        assert granted.days == 6
        words = {"kind": "public", "name": "Праздник", "source": "ТК РФ, ст. 112"}
        days = [date(2029, *one) for one in FIXED if one not in ((1, 1), (5, 9))]
        assert actions.recalculate_requests([day for day in days if actions.create_holiday(by=STAFF, day=day, **words)])
        granted.refresh_from_db()
        assert granted.days == 7  # the table is known, and has no 9 May
        actions.create_holiday(by=STAFF, day=date(2029, 5, 9), **words)
        assert actions.recalculate_requests([date(2029, 5, 9)]) == 1
        granted.refresh_from_db()
        assert (granted.days, sum(entry.days for entry in granted.entries.all())) == (6, -6)

    def test_hr_b2_a_correction_says_what_the_calendar_made_of_it(self) -> None:
        vacation(self.anna, "2025-06-09", "2025-06-15", "approved")
        self.moved("2025-06-12", day=date(2025, 7, 12))
        found = shown(self.api()("GET", f"/balances/{self.anna.pk}/?on=2025-06-09"))
        last = found["derivation"][-1]
        assert (last["days"], last["rule"], last["because"]) == (
            "-1.00",
            "correction/1",
            "The calendar has changed: the days are 7.00, not 6.00.",
        )

    def test_the_calendar_is_for_human_resources_to_change(self) -> None:
        body = {"day": "2028-01-01", "kind": "public", "name": "Новый год", "source": "ТК РФ, ст. 112"}
        refused(self.api("anna")("POST", "/holidays/", body), 403, "not_yours")
        made = shown(self.api("harriet")("POST", "/holidays/", body), 201)
        refused(self.api()("POST", "/holidays/", body), 409, "day_taken", "day")
        path = f"/holidays/{made['id']}/"
        assert shown(self.api()("PATCH", path, {"name": "Праздник"}, if_match='"v1"'))["version"] == 2
        assert self.api()("DELETE", path, if_match='"v1"').status_code == 412
        assert self.api()("DELETE", path, if_match='"v2"').status_code == 204
        rows = shown(self.api("anna")("GET", "/holidays/?year=2025&kind=public"))
        assert len(rows) == 14
        assert all(row["source"] for row in rows)


class Explained(Firm):
    def test_hr_b2_every_line_has_its_rule_its_article_and_a_sentence_and_their_sum_is_the_balance(self) -> None:
        store_accruals([self.anna.pk], date(2024, 6, 30))
        vacation(self.anna, "2024-08-05", "2024-08-18", "approved")
        found = shown(self.api("anna")("GET", f"/balances/{self.anna.pk}/?on=2025-06-30"))
        assert sum(Decimal(line["days"]) for line in found["derivation"]) == Decimal(found["days"]) == 56
        assert len(found["derivation"]) == 31
        assert all(line["rule"] and line["article"] and line["because"].endswith(".") for line in found["derivation"])
        first = found["derivation"][0]
        assert first["because"] == "Month 1 of working year 1, of 28 days a year."
        assert first["period"] == {"start": "2023-01-01", "end": "2023-01-31"}
        russian = self.api("anna")("GET", f"/balances/{self.anna.pk}/?on=2025-06-30", accept_language="ru")
        assert shown(russian)["days"] == "56.00"

    def test_hr_15_a_balance_is_for_the_person_their_manager_and_human_resources(self) -> None:
        path = f"/balances/{self.anna.pk}/"
        assert {shown(self.api(name)("GET", path))["employee_id"] for name in ("anna", "boris", "harriet")}
        refused(self.api("clara")("GET", path), 403, "not_yours")
        refused(self.api("dan")("GET", path), 404, "no_employee")
        seen = shown(self.api("boris")("GET", "/balances/?on=2025-12-31"))
        assert [(row["employee_id"], row["days"]) for row in seen] == [
            (self.boris.pk, "84.00"),
            (self.anna.pk, "84.00"),
        ]
        assert len(shown(self.api()("GET", "/balances/"))) == 5
        refused(self.api()("GET", f"{path}?on=2150-01-01"), 400, "out_of_range", "on")
        refused(self.api()("GET", f"{path}?on=2025-02-30"), 400, "not_a_day", "on")

    def test_many_balances_are_a_handful_of_queries(self) -> None:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            balances_of(list(Employee.objects.all()), TODAY)
        assert len(queries) == 4
