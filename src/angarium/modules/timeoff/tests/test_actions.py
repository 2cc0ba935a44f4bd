"""Each verb for each kind of principal; what is refused leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from angarium.engine.identity.public import NOBODY, Principal, of_person
from angarium.kernel.errors import AngariumError, Conflict, Forbidden, Invalid, Missing, Stale
from angarium.kernel.transitions import IllegalMove
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.errors import (
    AlreadyDecided,
    InUse,
    NotADraft,
    NotYours,
    OwnRequest,
    Roundabout,
    UnknownDepartment,
    UnknownEmployee,
)
from angarium.modules.timeoff.models import Approval, Delegation, Department, Employee, Request
from angarium.modules.timeoff.queries import deciders_of

from .asking import Firm, vacation
from .deeds import STAFF

DAY = timedelta(days=1)
MONDAY, SUNDAY = date(2035, 7, 2), date(2035, 7, 8)
#: What only human resources do: the verb, whether it begins with somebody's key, and its words.
OF_HR: tuple[tuple[Callable[..., object], bool, dict[str, Any]], ...] = (
    (actions.hire, False, {"name": "Ева", "hired_on": MONDAY}),
    (actions.edit_employee, True, {"name": "Ева"}),
    (actions.dismiss, True, {"on": SUNDAY}),
    (actions.reinstate, True, {}),
    (actions.delete_employee, True, {}),
    (actions.record_rate, True, {"share": Decimal(1), "salary": Decimal(1), "valid_from": MONDAY}),
    (actions.correct_balance, True, {"days": Decimal(1), "because": "Так"}),
    (actions.open_balance, True, {"days": Decimal(1), "on": MONDAY}),
    (actions.create_department, False, {"name": "Новый"}),
    (actions.create_holiday, False, {"day": MONDAY, "kind": "public", "name": "Праздник", "source": "приказ"}),
    (actions.fill_holidays, False, {}),
)


class Verbs(Firm):
    def refuse(self, error: type[AngariumError], verb: Callable[..., object], /, *args: Any, **words: Any) -> None:
        before = self.written()
        with pytest.raises(error):
            verb(*args, **words)
        assert self.written() == before

    def test_what_is_for_human_resources_is_for_nobody_else(self) -> None:
        readers = Principal("service", None, "reader", "staff", frozenset({"timeoff:read"}))
        others = [self.principal(name) for name in ("anna", "boris", "clara", "dan")]
        for verb, of_somebody, words in OF_HR:
            for by in (*others, readers, NOBODY):
                self.refuse((Forbidden, Missing), verb, *([self.anna.pk] * of_somebody), by=by, **words)  # type: ignore[arg-type]

    def test_human_resources_who_left_are_no_more_than_anybody(self) -> None:
        actions.dismiss(self.harriet.pk, by=STAFF, on=date(2025, 1, 1))
        self.refuse(Forbidden, actions.create_department, by=self.principal("harriet"), name="Новый")

    def test_an_employee_is_edited_where_the_version_holds_and_nothing_is_written_for_nothing(self) -> None:
        same = actions.edit_employee(self.anna.pk, by=STAFF, name=" Anna ", department=self.sales.pk)
        assert (same.version, self.told()) == (1, [])
        changed = actions.edit_employee(self.anna.pk, by=STAFF, expected_version=1, email="anna@example.org")
        assert (changed.version, self.told()) == (2, ["employee_updated"])
        self.refuse(Stale, actions.edit_employee, self.anna.pk, by=STAFF, expected_version=1, email="")
        self.refuse(Invalid, actions.edit_employee, self.anna.pk, by=STAFF, name="")
        self.refuse(Invalid, actions.edit_employee, self.anna.pk, by=STAFF, vacation_days=27)
        self.refuse(UnknownDepartment, actions.edit_employee, self.anna.pk, by=STAFF, department=9999)
        self.refuse(UnknownEmployee, actions.edit_employee, self.anna.pk, by=STAFF, manager=9999)
        self.refuse(Conflict, actions.edit_employee, self.anna.pk, by=STAFF, person=self.people["dan"].pk)

    def test_nobody_is_their_own_manager_however_many_are_between(self) -> None:
        self.refuse(Roundabout, actions.edit_employee, self.boris.pk, by=STAFF, manager=self.anna.pk)
        self.refuse(Roundabout, actions.edit_employee, self.boris.pk, by=STAFF, manager=self.boris.pk)
        part = actions.create_department(by=STAFF, name="Отдел", parent=self.sales.pk, head=self.clara.pk)
        self.refuse(Roundabout, actions.edit_department, self.sales.pk, by=STAFF, parent=part.pk)
        self.refuse(InUse, actions.delete_department, self.sales.pk, by=STAFF)
        self.refuse(InUse, actions.delete_employee, self.clara.pk, by=STAFF)
        self.refuse(Conflict, actions.edit_department, part.pk, by=STAFF, name="Продажи")
        actions.delete_department(part.pk, by=STAFF)
        actions.delete_employee(self.clara.pk, by=STAFF)

    def test_who_has_anything_to_their_name_is_dismissed_and_not_deleted(self) -> None:
        vacation(self.anna, "2025-07-07", "2025-07-13")
        self.refuse(InUse, actions.delete_employee, self.anna.pk, by=STAFF)

    def test_each_move_of_a_request_from_each_status(self) -> None:
        moves = {
            "draft": {actions.submit_request, actions.withdraw_request},
            "submitted": {actions.approve_request, actions.reject_request, actions.withdraw_request},
            "approved": {actions.cancel_request},
        }
        verbs = [actions.submit_request, actions.approve_request, actions.reject_request]
        verbs += [actions.withdraw_request, actions.cancel_request]
        other = Principal("service", None, "another", "staff", frozenset({"*"}))
        for number, status in enumerate(("draft", "submitted", "approved", "rejected", "withdrawn", "cancelled")):
            start = MONDAY + 30 * number * DAY
            row = Request.objects.create(employee=self.anna, kind="day_off", start=start, end=start, status="draft")
            for step in {"draft": [], "submitted": ["submitted"], "withdrawn": ["withdrawn"]}.get(
                status,
                [
                    "submitted",
                    "approved" if status == "cancelled" else status,
                    *(["cancelled"] * (status == "cancelled")),
                ],
            ):
                row.status = step
                row.save()
            for verb in verbs:
                if verb not in moves.get(status, ()):
                    self.refuse((IllegalMove, AlreadyDecided), verb, row.pk, by=other)  # type: ignore[arg-type]

    def test_hr_15_a_manager_decides_for_their_staff_and_for_nobody_else(self) -> None:
        hers, his = vacation(self.anna, "2025-07-07", "2025-07-13"), vacation(self.dan, "2025-07-07", "2025-07-13")
        for name in ("anna", "clara", "dan"):
            kind = OwnRequest if name == "anna" else Missing
            self.refuse(kind, actions.approve_request, hers.pk, by=self.principal(name))
        self.refuse(Missing, actions.approve_request, his.pk, by=self.principal("boris"))
        done = actions.approve_request(hers.pk, by=self.principal("boris"), comment="Да")
        assert (done.status, done.decided_by, done.decision) == ("approved", str(self.principal("boris")), "Да")

    def test_hr_b5_a_deputy_decides_while_it_lasts_and_the_step_says_for_whom(self) -> None:
        today = date.today()  # noqa: DTZ011
        hers = vacation(self.anna, "2025-07-07", "2025-07-13")
        deputy = self.principal("dan")
        made = actions.create_delegation(
            by=self.principal("boris"), deputy=self.dan.pk, start=today - DAY, end=today + DAY
        )
        assert set(deciders_of(self.anna, today)) == {self.boris, self.dan}
        assert set(deciders_of(self.anna, today + 2 * DAY)) == {self.boris}
        actions.approve_request(hers.pk, by=deputy)
        step = Approval.objects.get(verdict="approved")
        assert (step.person, step.on_behalf_of) == (self.people["dan"].pk, self.boris)
        self.refuse(NotYours, actions.delete_delegation, made.pk, by=deputy)
        actions.delete_delegation(made.pk, by=self.principal("boris"))
        second = vacation(self.anna, "2025-08-04", "2025-08-10")
        self.refuse(Missing, actions.approve_request, second.pk, by=deputy)

    def test_hr_b5_delegations_that_mean_nothing_are_refused(self) -> None:
        words = {"start": MONDAY, "end": SUNDAY}
        boris = self.principal("boris")
        self.refuse(Invalid, actions.create_delegation, by=boris, deputy=self.boris.pk, **words)
        self.refuse(Invalid, actions.create_delegation, by=boris, deputy=9999, **words)
        self.refuse(Forbidden, actions.create_delegation, by=boris, deputy=self.dan.pk, manager=self.anna.pk, **words)
        self.refuse(Invalid, actions.create_delegation, by=boris, deputy=self.dan.pk, start=SUNDAY, end=MONDAY)
        assert not Delegation.objects.exists()

    def test_the_employee_calls_off_what_has_not_begun_and_the_manager_anything(self) -> None:
        past, future = vacation(self.anna, "2025-07-07", "2025-07-13", "approved"), None
        future = vacation(self.anna, str(MONDAY), str(SUNDAY), "approved")
        self.refuse(OwnRequest, actions.cancel_request, past.pk, by=self.principal("anna"))
        assert actions.cancel_request(future.pk, by=self.principal("anna")).status == "cancelled"
        assert actions.cancel_request(past.pk, by=self.principal("boris")).status == "cancelled"
        self.refuse(Missing, actions.cancel_request, past.pk, by=self.principal("clara"))

    def test_only_who_asked_takes_back_and_edits(self) -> None:
        made = vacation(self.anna, "2025-07-07", "2025-07-13")
        self.refuse(NotYours, actions.withdraw_request, made.pk, by=self.principal("boris"))
        self.refuse(NotADraft, actions.edit_request, made.pk, by=self.principal("anna"), comment="Иначе")
        assert actions.withdraw_request(made.pk, by=self.principal("anna")).status == "withdrawn"

    def test_a_head_decides_for_who_names_no_manager(self) -> None:
        Department.objects.filter(pk=self.sales.pk).update(head=self.dan)
        assert set(deciders_of(self.clara, MONDAY)) == {self.dan}
        made = vacation(self.clara, "2025-07-07", "2025-07-13")
        assert actions.approve_request(made.pk, by=self.principal("dan")).status == "approved"

    def test_an_escalation_is_noted_once(self) -> None:
        made = vacation(self.anna, "2025-07-07", "2025-07-13")
        assert actions.escalate_request(made.pk, to=[self.harriet.pk])
        assert not actions.escalate_request(made.pk, to=[self.harriet.pk])
        assert self.told()[-1] == "request_escalated"
        assert list(made.steps.values_list("verdict", flat=True)) == ["submitted", "escalated"]

    def test_a_person_who_may_only_read_writes_nothing(self) -> None:
        reader = of_person(self.people["anna"], frozenset({"timeoff:read"}))
        words = {"kind": "vacation", "start": MONDAY, "end": SUNDAY}
        self.refuse(NotYours, actions.create_request, by=reader, **words)
        made = vacation(self.anna, "2025-07-07", "2025-07-13")
        self.refuse(NotYours, actions.withdraw_request, made.pk, by=reader)
        assert Employee.objects.count() == 5
