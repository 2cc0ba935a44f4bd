"""Whatever is done in whatever order: the entries are the balance of every date, no order of approvals overspends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from angarium.kernel.errors import AngariumError
from angarium.modules.timeoff import actions
from angarium.modules.timeoff.balances import book_of, calendar_of, store_accruals
from angarium.modules.timeoff.balances.reading import read
from angarium.modules.timeoff.models import Employee, Entry, Holiday, Request
from tests.faults.scene import LONG

from .deeds import STAFF

FIRST = date(2025, 1, 1)
DATES = [FIRST + timedelta(days=40 * n) for n in range(18)]
VERBS: dict[str, Callable[..., object]] = {
    "submit": actions.submit_request,
    "approve": actions.approve_request,
    "reject": actions.reject_request,
    "withdraw": actions.withdraw_request,
    "cancel": actions.cancel_request,
}

day = st.integers(0, 500).map(lambda n: FIRST + timedelta(days=n))
asking = st.tuples(st.just("ask"), st.sampled_from(["vacation", "vacation", "unpaid"]), day, st.integers(0, 30))
deciding = st.tuples(st.sampled_from([*VERBS, "approve", "approve"]), st.integers(0, 5))
entering = st.tuples(st.just("store"), day)
moving = st.tuples(st.just("holiday"), day)
STEPS = st.lists(asking | deciding | entering | moving, min_size=4, max_size=16)


class Machine:
    """One employee, and the steps that are done to their time off; what is refused leaves everything as it was."""

    def __init__(self) -> None:
        self.anna = Employee.objects.create(name="Анна", hired_on=date(2024, 7, 1))

    def do(self, step: tuple[Any, ...]) -> None:
        before = self.numbers(), Entry.objects.count()
        try:
            self.done(*step)
        except AngariumError:
            assert (self.numbers(), Entry.objects.count()) == before

    def done(self, name: str, *words: Any) -> None:
        if name == "ask":
            kind, start, length = words
            end = start + timedelta(days=length)
            actions.create_request(
                by=STAFF, employee=self.anna.pk, kind=kind, start=start, end=end, draft=length % 3 == 0
            )
        elif name == "store":
            numbers = self.numbers()
            store_accruals([self.anna.pk], words[0])
            assert self.numbers() == numbers
        elif name == "holiday":
            made = actions.create_holiday(by=STAFF, day=words[0], kind="public", name="Праздник", source="приказ")
            actions.recalculate_requests(words)
            actions.delete_holiday(made.pk, by=STAFF)
            actions.recalculate_requests(words)
        else:
            ids = list(Request.objects.order_by("id").values_list("pk", flat=True))
            VERBS[name](ids[words[0] % len(ids)] if ids else 0, by=STAFF)

    def numbers(self) -> list[Decimal]:
        book = book_of(Employee.objects.get(pk=self.anna.pk))
        return [read(book, on).days for on in DATES]

    def check(self) -> None:
        """Nothing is overspent; what is entered in full is the balance; approved vacations are what was used."""
        granted = Request.objects.filter(kind="vacation", status="approved")
        book = book_of(Employee.objects.get(pk=self.anna.pk))
        assert all(read(book, on).days >= 0 for on in (DATES[-1], *(one.start for one in granted)))
        store_accruals([self.anna.pk], DATES[-1])
        entries = list(Entry.objects.filter(employee=self.anna).values_list("on", "days"))
        assert [sum((days for at, days in entries if at <= on), Decimal(0)) for on in DATES] == self.numbers()
        taken = Entry.objects.filter(request__isnull=False).values_list("days", flat=True)
        assert -sum(taken, Decimal(0)) == sum(one.days for one in granted)


class AnyOrder(TestCase):
    @settings(max_examples=150 if LONG else 10, deadline=None)
    @given(STEPS)
    def test_hr_b1_in_any_order_the_entries_are_the_balance_and_nothing_is_overspent(self, steps: list[Any]) -> None:
        machine = Machine()
        for step in steps:
            machine.do(step)
        machine.check()

    @settings(max_examples=100 if LONG else 8, deadline=None)
    @given(
        day,
        st.lists(
            st.tuples(st.integers(0, 11), st.integers(0, 9)), min_size=1, max_size=4, unique_by=lambda one: one[0]
        ),
    )
    def test_hr_b1_a_holiday_that_is_entered_gives_back_one_day_of_the_vacation_over_it_and_nothing_else(
        self, moved: date, asked: list[tuple[int, int]]
    ) -> None:
        assume(not Holiday.objects.filter(day=moved).exists())
        machine = Machine()
        periods = [(FIRST + timedelta(days=40 * n), FIRST + timedelta(days=40 * n + length)) for n, length in asked]
        for start, end in periods:
            words = {"employee": machine.anna.pk, "kind": "vacation", "start": start, "end": end}
            with self.settings(TIMEOFF_ADVANCE_DAYS=100):
                made = actions.create_request(by=STAFF, **words)  # type: ignore[arg-type]
                actions.approve_request(made.pk, by=STAFF)
        before, public = machine.numbers(), calendar_of().is_public(moved)
        actions.create_holiday(by=STAFF, day=moved, kind="public", name="Праздник", source="приказ")
        actions.recalculate_requests([moved])
        over = [start for start, end in periods if start <= moved <= end and not public]
        expected = [days + sum(start <= on for start in over) for days, on in zip(before, DATES, strict=True)]
        assert machine.numbers() == expected
