"""Any history of a lesson, any pauses of the worker: exactly the reminders that should exist, each sent at most once.

The model knows four things about the lesson and says what must be true whenever the worker has caught up.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from time_machine import Traveller, travel

from angarium.engine.delivery.public import Delivery
from angarium.engine.events.public import Event
from angarium.engine.identity.public import SYSTEM
from angarium.kernel.errors import AngariumError
from angarium.modules.lessons import actions
from angarium.modules.lessons.models import Lesson, Reminder, Student, Teacher

from .conftest import NOON
from .reactions import catch_up

BEGINNING = NOON - timedelta(days=3)
LEADS = {"day_before": timedelta(days=1), "hour_before": timedelta(hours=1), "starting_soon": timedelta(minutes=15)}
ASKED_AFTER = timedelta(hours=1)
STEPS = st.one_of(
    st.tuples(st.just("reschedule"), st.integers(-30, 60)),
    st.tuples(st.just("wait"), st.integers(1, 40)),
    st.sampled_from([(verb, 0) for verb in ("retitle", "cancel", "start", "complete", "reopen", "no_show", "delete")]),
    st.tuples(st.just("catch_up"), st.just(0)),
)
VERBS: dict[str, Callable[..., Any]] = {
    "retitle": lambda id, by: actions.edit_lesson(id, by=by, title=f"Урок {next(_titles)}"),
    "cancel": actions.cancel_lesson,
    "start": actions.start_lesson,
    "complete": actions.complete_lesson,
    "reopen": actions.reopen_lesson,
    "no_show": actions.mark_no_show,
}
_titles = count()


@dataclass
class Story:
    """One lesson, the clock, and what is known of the lesson without asking the reminders."""

    clock: Traveller
    lesson: int
    now: datetime = BEGINNING
    start: datetime = NOON
    given_at: datetime = BEGINNING
    completed_at: datetime | None = None
    deleted: bool = False
    seen: set[int] = field(default_factory=set)

    def step(self, verb: str, hours: int) -> None:
        if verb == "wait":
            self.now += timedelta(hours=hours)
            self.clock.move_to(self.now)
        elif verb == "catch_up":
            catch_up()
            self.check()
        elif not self.deleted:
            self.write(verb, self.start + timedelta(hours=hours))

    def write(self, verb: str, start: datetime) -> None:
        try:
            if verb == "delete":
                actions.delete_lesson(self.lesson, by=SYSTEM)
                self.deleted = True
            elif verb == "reschedule":
                actions.reschedule_lesson(self.lesson, by=SYSTEM, starts_at=start)
                self.start, self.given_at = start, self.now
            else:
                VERBS[verb](self.lesson, by=SYSTEM)
                self.completed_at = self.now if verb == "complete" else self.completed_at
        except AngariumError:
            return  # this move is not legal now; nothing has changed

    def check(self) -> None:
        rows = list(Reminder.objects.all())
        assert {(row.kind, row.role) for row in rows if row.state == "planned"} == self.planned()
        for row in rows:
            if row.state == "sent" and row.pk not in self.seen:
                assert (row.kind, row.due_at) in self.may_be_sent()
                self.seen.add(row.pk)
            assert bool(row.because) == (row.state in ("voided", "skipped"))
        told = Delivery.objects.filter(key__startswith="lessons.reminder:").count()
        told += Event.objects.filter(type__endswith="_soon.v1").count()
        told += Event.objects.filter(type__endswith="_due.v1").count()
        assert told == len(self.seen)
        self.check_none_is_missing(rows)

    def status(self) -> str:
        return "" if self.deleted else Lesson.objects.values_list("status", flat=True).get(pk=self.lesson)

    def dues(self) -> dict[str, datetime]:
        """When each kind is due for the lesson as it is; without those whose time was past when it became so."""
        status = self.status()
        if status in ("planned", "confirmed", "rescheduled"):
            return {kind: self.start - lead for kind, lead in LEADS.items() if self.start - lead > self.given_at}
        if status == "completed" and self.completed_at:
            old = self.completed_at > self.start + timedelta(hours=1, days=3)
            return {} if old else dict.fromkeys(("feedback", "feedback_due"), self.completed_at + ASKED_AFTER)
        return {}

    def planned(self) -> set[tuple[str, str]]:
        return {(kind, role) for kind, due in self.dues().items() if due > self.now for role in _roles(kind)}

    def may_be_sent(self) -> set[tuple[str, datetime]]:
        """What may be sent at this moment: it is due, and the lesson has not begun."""
        begun = self.status() != "completed" and self.start <= self.now
        return {(kind, due) for kind, due in self.dues().items() if due <= self.now and not begun}

    def check_none_is_missing(self, rows: list[Reminder]) -> None:
        ended = {(row.kind, row.role, row.due_at) for row in rows if row.state in ("sent", "skipped")}
        due = {(kind, role, due) for kind, due in self.dues().items() if due <= self.now for role in _roles(kind)}
        assert due <= ended


def _roles(kind: str) -> tuple[str, ...]:
    return {"starting_soon": ("everyone",), "feedback_due": ("everyone",), "feedback": ("student",)}.get(
        kind, ("student", "teacher")
    )


@pytest.mark.django_db
@settings(deadline=None, max_examples=300 if os.environ.get("PROVE") else 30)
@given(steps=st.lists(STEPS, max_size=14))
def test_les_b3_whatever_happens_to_a_lesson_each_reminder_is_right_and_sent_once(
    steps: list[tuple[str, int]],
) -> None:
    with transaction.atomic(), travel(BEGINNING, tick=False) as clock:
        student = Student.objects.create(name="Анна", email="anna@example.org")
        teacher = Teacher.objects.create(name="Елена", email="elena@example.org")
        lesson = Lesson.objects.create(title="Алгебра", student=student, teacher=teacher, starts_at=NOON)
        story = Story(clock, lesson.pk)
        for verb, hours in (*steps, ("catch_up", 0), ("wait", 200), ("catch_up", 0)):
            story.step(verb, hours)
        transaction.set_rollback(True)
