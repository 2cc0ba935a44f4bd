"""Requests over HTTP: asked for, decided, refused; the rules of a vacation through the API."""

from __future__ import annotations

from typing import Any

from angarium.modules.timeoff import actions
from angarium.modules.timeoff.models import Request

from .asking import Api, Firm, days_on, refused, shown, vacation
from .deeds import STAFF


class Asked(Firm):
    def ask(self, start: str, end: str, api: Api | None = None, **more: Any) -> Any:
        body = {"employee_id": self.anna.pk, "kind": "vacation", "start": start, "end": end, **more}
        return (api or self.api())("POST", "/requests/", body)

    def test_hr_12_a_vacation_over_12_and_13_june_2025_leaves_the_holiday_out_and_counts_the_transferred_day(
        self,
    ) -> None:
        actions.fill_holidays(by=STAFF)
        made = shown(self.ask("2025-06-09", "2025-06-15"), 201)
        assert (made["days"], made["status"]) == ("6.00", "submitted")
        shown(self.api()("POST", f"/requests/{made['id']}/approval"), 200)
        found = shown(self.api()("GET", f"/balances/{self.anna.pk}?on=2025-06-15"))
        line = found["derivation"][-1]
        assert (line["kind"], line["days"], line["holidays"]) == ("use", "-6.00", ["2025-06-12"])
        assert (line["article"], line["request"]) == ("ТК РФ, ст. 120", made["id"])
        assert line["period"] == {"start": "2025-06-09", "end": "2025-06-15"}

    def test_hr_12_the_first_days_of_january_take_nothing(self) -> None:
        made = shown(self.ask("2025-01-01", "2025-01-08"), 201)
        assert made["days"] == "0.00"
        assert shown(self.api()("POST", f"/requests/{made['id']}/approval"))["status"] == "approved"
        assert shown(self.ask("2025-12-29", "2026-01-11"), 201)["days"] == "6.00"

    def test_hr_12_29_february_is_a_day_of_a_leap_year_and_no_date_of_another(self) -> None:
        assert shown(self.ask("2024-02-29", "2024-02-29"), 201)["days"] == "1.00"
        problem = refused(self.ask("2025-02-29", "2025-02-29"), 400, field="start")
        assert [one["code"] for one in problem["errors"]] == ["not_a_day", "not_a_day"]
        refused(self.ask("2025-02-30", "2025-03-01"), 400, "not_a_day", "start")

    def test_hr_12_an_end_before_the_start_is_refused_and_nothing_is_written(self) -> None:
        before = self.written()
        refused(self.ask("2025-07-10", "2025-07-09"), 400, "ends_before_it_starts", "end")
        refused(self.ask("2025-01-01", "2199-12-31"), 400, "out_of_range", "end")
        refused(self.ask("2025-01-01", "2200-01-01"), 400, "range", "end")
        refused(self.ask("2022-12-31", "2023-01-02"), 400, "outside_employment", "start")
        assert self.written() == before

    def test_hr_12_overlapping_days_are_refused_whichever_end_they_touch(self) -> None:
        vacation(self.anna, "2025-07-07", "2025-07-13")
        before = self.written()
        for start, end in (
            ("2025-07-01", "2025-07-07"),
            ("2025-07-13", "2025-07-14"),
            ("2025-07-09", "2025-07-10"),
            ("2025-07-01", "2025-07-31"),
        ):
            refused(self.ask(start, end), 409, "overlapping")
            refused(self.ask(start, end, kind="unpaid"), 409, "overlapping")
        assert self.written() == before
        shown(self.ask("2025-07-14", "2025-07-14"), 201)

    def test_hr_12_more_days_than_there_are_is_refused_with_what_there_is(self) -> None:
        problem = refused(self.ask("2023-04-03", "2023-04-20"), 409, "not_enough_days", "end")
        assert (problem["days"], problem["available"], problem["on"]) == ("18.00", "7.00", "2023-04-03")
        with self.settings(TIMEOFF_ADVANCE_DAYS=11):
            shown(self.ask("2023-04-03", "2023-04-20"), 201)
            refused(self.ask("2023-04-21", "2023-04-21"), 409, "not_enough_days")
        assert days_on(self.anna, "2023-04-03") == 7

    def test_hr_b3_what_is_asked_for_is_reserved_until_it_is_refused(self) -> None:
        first = shown(self.ask("2023-07-03", "2023-07-14"), 201)
        refused(self.ask("2023-07-17", "2023-07-20"), 409, "not_enough_days")
        found = shown(self.api()("GET", f"/balances/{self.anna.pk}?on=2023-07-03"))
        assert (found["days"], found["reserved"], found["available"]) == ("14.00", "12.00", "2.00")
        assert [line["request"] for line in found["reserves"]] == [first["id"]]
        shown(self.api()("POST", f"/requests/{first['id']}/rejection", {"comment": "Отчёт"}), 200)
        shown(self.ask("2023-07-17", "2023-07-20"), 201)

    def test_hr_b3_days_promised_for_later_are_not_given_away_before(self) -> None:
        vacation(self.anna, "2023-12-18", "2024-01-14")
        refused(self.ask("2023-07-03", "2023-07-16"), 409, "not_enough_days")

    def test_hr_13_what_was_decided_is_not_decided_again_by_anybody(self) -> None:
        made = vacation(self.anna, "2025-07-07", "2025-07-13")
        path = f"/requests/{made.pk}/approval"
        shown(self.api("boris")("POST", path), 200)
        before = self.written()
        for name in ("boris", "harriet"):
            problem = refused(self.api(name)("POST", path), 409, "already_decided")
            assert (problem["decision"], problem["decided_by"]) == ("approved", str(self.principal("boris")))
        refused(self.api("boris")("POST", f"/requests/{made.pk}/rejection"), 409, "already_decided")
        assert actions.approve_request(made.pk, by=self.principal("boris")).status == "approved"  # a letter's link
        assert self.written() == before

    def test_hr_13_cancelling_gives_back_exactly_what_was_taken(self) -> None:
        start = days_on(self.anna, "2025-12-31")
        made = vacation(self.anna, "2025-07-07", "2025-07-20", "approved")
        assert days_on(self.anna, "2025-12-31") == start - 14
        shown(self.api("boris")("POST", f"/requests/{made.pk}/cancellation", {"comment": "Отозвана"}), 200)
        assert [days_on(self.anna, on) for on in ("2025-07-07", "2025-12-31")][1] == start
        refused(self.api("boris")("POST", f"/requests/{made.pk}/cancellation"), 409, "illegal_move")
        assert [entry.kind for entry in made.entries.all()] == ["use", "restoration"]

    def test_hr_15_nobody_decides_their_own_request_not_even_human_resources(self) -> None:
        own = vacation(self.harriet, "2025-07-07", "2025-07-13")
        for verb in ("approval", "rejection"):
            refused(self.api("harriet")("POST", f"/requests/{own.pk}/{verb}"), 403, "own_request")
        refused(self.api("boris")("POST", f"/requests/{own.pk}/approval"), 404, "no_request")

    def test_hr_15_what_is_not_theirs_to_say_is_refused_by_name(self) -> None:
        before = self.written()
        for name, value in (
            ("status", "approved"),
            ("author", str(self.people["dan"].pk)),
            ("days", "0"),
            ("decided_by", "Boris"),
            ("decided_at", "2025-01-01T00:00:00Z"),
        ):
            answer = self.ask("2025-07-07", "2025-07-13", self.api("anna"), **{name: value})
            refused(answer, 400, "unknown_field", name)
        assert self.written() == before

    def test_hr_15_a_request_for_somebody_else_is_for_human_resources_and_on_holidays_for_the_manager(self) -> None:
        for name, status, code in (("clara", 403, "not_yours"), ("dan", 400, "unknown_employee")):
            refused(self.ask("2025-07-07", "2025-07-13", self.api(name)), status, code)
        refused(self.ask("2025-07-07", "2025-07-13", self.api("boris")), 403, "not_yours")
        work = self.ask("2025-05-09", "2025-05-09", self.api("boris"), kind="holiday_work", minutes=240)
        assert shown(work, 201)["minutes"] == 240
        refused(
            self.ask("2025-07-07", "2025-07-08", self.api("boris"), kind="holiday_work"),
            400,
            "no_holiday_then",
            "start",
        )

    def test_a_draft_is_edited_submitted_and_withdrawn_and_nothing_else_is(self) -> None:
        api = self.api("anna")
        made = shown(self.ask("2025-07-07", "2025-07-13", api, draft=True), 201)
        path = f"/requests/{made['id']}/"
        refused(self.api("boris")("GET", path), 404, "no_request")
        edited = shown(api("PATCH", path, {"end": "2025-07-14"}, if_match='"v1"'))
        assert (edited["days"], edited["version"]) == ("8.00", 2)
        answer = api("PATCH", path, {"end": "2025-07-15"}, if_match='"v1"')
        assert (answer.status_code, answer.json()["head"]["version"]) == (412, 2)
        shown(api("POST", f"{path}submission"), 200)
        refused(api("PATCH", path, {"end": "2025-07-15"}), 409, "not_a_draft")
        refused(api("DELETE", path), 409, "not_a_draft")
        assert shown(api("POST", f"{path}withdrawal"), 200)["status"] == "withdrawn"
        steps = shown(api("GET", f"{path}steps/"))
        assert [step["verdict"] for step in steps] == ["submitted", "withdrawn"]

    def test_a_key_makes_one_request_of_two(self) -> None:
        body = {"kind": "vacation", "start": "2025-07-07", "end": "2025-07-13"}
        answers = [self.api("anna")("POST", "/requests/", body, idempotency_key="a") for _ in "ab"]
        assert answers[0].content == answers[1].content
        assert Request.objects.count() == 1

    def test_the_list_is_filtered(self) -> None:
        mine = vacation(self.anna, "2025-07-07", "2025-07-13")
        vacation(self.boris, "2025-08-04", "2025-08-10", "approved")

        def found(name: str, query: str) -> list[int]:
            return [row["id"] for row in shown(self.api(name)("GET", f"/requests/?{query}"))]

        assert found("boris", "to_decide=true") == [mine.pk]
        assert found("anna", "to_decide=true") == []
        assert found("boris", "from=2025-07-13&to=2025-08-03") == [mine.pk]
        assert found("boris", "mine=true&status=submitted") == []
        assert found("anna", f"employee={self.anna.pk}&kind=vacation") == [mine.pk]
        refused(self.api("anna")("GET", "/requests/?colour=red"), 400, "unknown_field")

    def test_colleagues_see_when_somebody_is_away_and_not_why(self) -> None:
        made = vacation(self.anna, "2025-07-07", "2025-07-13", "approved")
        vacation(self.anna, "2025-08-04", "2025-08-10")
        path = "/calendar/?from=2025-07-01&to=2025-08-31"
        away = {"employee_id": self.anna.pk, "name": "Anna", "start": "2025-07-07", "end": "2025-07-13"}
        assert shown(self.api("clara")("GET", path)) == [{**away, "status": "approved"}]
        known = shown(self.api("boris")("GET", path))
        assert known[0] == {**away, "status": "approved", "request": made.pk, "kind": "vacation"}
        assert len(known) == 2
        assert shown(self.api("dan")("GET", path)) == []
        refused(self.api("clara")("GET", "/calendar/?from=2025-01-01&to=2026-12-31"), 400, "out_of_range", "to")
        refused(self.api("clara")("GET", "/calendar/?from=2025-01-02&to=2025-01-01"), 400, "ends_before_it_starts")
