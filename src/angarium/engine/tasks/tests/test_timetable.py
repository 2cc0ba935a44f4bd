"""The timetable: every schedule with its last and next slot, and what became of the last one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from celery.schedules import crontab
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from angarium.engine.ledger.public import Operation
from angarium.engine.tasks.models import Schedule
from angarium.engine.tasks.public import Slot, Timing, schedules, task, tasks
from angarium.engine.tasks.scheduler import install_entry
from angarium.engine.tasks.slots import enqueue_slots, next_slot
from angarium.kernel.clock import now

from .test_slots import at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _report() -> None:
    @task(every=crontab(minute="15", hour="8"), catch_up=timedelta(days=2), name="tests.report")
    def report(slot: Slot) -> None: ...


def told(name: str = "tests.report") -> Timing:
    return {timing.name: timing for timing in schedules()}[name]


def test_a_task_that_beat_has_not_met_is_told_as_its_decorator_says() -> None:
    timing = told()
    assert (timing.task, timing.every, timing.enabled) == ("tests.report", "15 8 * * *", True)
    assert (timing.catch_up, timing.last_slot, timing.operation, timing.state) == (timedelta(days=2), None, None, "")
    assert timing.next_slot == next_slot(crontab(minute="15", hour="8"), now())


def test_the_last_slot_has_its_operation() -> None:
    report = tasks()["tests.report"]
    Schedule.objects.create(task=report.name, last_slot=now() - timedelta(days=1, minutes=1))
    assert report.every
    slots = enqueue_slots(report, report.every)
    operation = Operation.objects.filter(kind=report.name).latest("id")
    assert (told().last_slot, told().operation, told().state) == (slots[-1], operation.pk, "queued")


def test_what_was_edited_or_switched_off_in_the_admin_is_told_so() -> None:
    install_entry(tasks()["tests.report"])
    row = PeriodicTask.objects.get(name="tests.report")
    row.crontab = CrontabSchedule.objects.create(minute="30", hour="9", timezone="Europe/Moscow")
    row.save()
    assert told().every == "30 9 * * *"
    assert (told().next_slot or now()).strftime("%H:%M") == "06:30"
    PeriodicTask.objects.update(enabled=False)
    assert (told().enabled, told().next_slot) == (False, None)


def test_two_beats_that_started_at_once_and_made_the_same_schedule_twice_start_again() -> None:
    install_entry(tasks()["tests.report"])
    row = PeriodicTask.objects.get(name="tests.report")
    CrontabSchedule.objects.create(minute="15", hour="8", timezone="UTC")
    row.delete()
    install_entry(tasks()["tests.report"])
    assert PeriodicTask.objects.get(name="tests.report").crontab.minute == "15"


def test_an_entry_of_somebody_s_own_for_the_same_task_is_told_beside_it() -> None:
    every = IntervalSchedule.objects.create(every=90, period="seconds")
    PeriodicTask.objects.create(name="more often", task="tests.report", interval=every)
    assert told("more often").every == "0:01:30"
    assert told().every == "15 8 * * *"


def test_a_schedule_of_which_no_slot_can_be_told_has_none() -> None:
    never = CrontabSchedule.objects.create(minute="0", hour="0", day_of_month="31", month_of_year="2")
    PeriodicTask.objects.create(name="never", task="tests.report", crontab=never)
    broken = CrontabSchedule.objects.create(minute="abc", hour="0")
    PeriodicTask.objects.create(name="broken", task="tests.report", crontab=broken)
    assert (told("never").next_slot, told("broken").next_slot) == (None, None)


def test_the_next_slot_is_found_near_and_far() -> None:
    moment = at("2026-03-01T10:07")
    assert next_slot(crontab(), moment) == at("2026-03-01T10:08")
    assert next_slot(crontab(minute="0"), moment) == at("2026-03-01T11:00")
    assert next_slot(crontab(minute="0", hour="3", day_of_month="29", month_of_year="2"), moment) == at(
        "2028-02-29T03:00"
    )
