"""Schedules: which instants they name, and one operation for each."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import crontab, schedule
from django.db import connection
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, PeriodicTask, PeriodicTasks
from django_celery_beat.tzcrontab import TzAwareCrontab

from angarium.engine.ledger.public import Operation
from angarium.engine.tasks.celery import app
from angarium.engine.tasks.models import Schedule
from angarium.engine.tasks.public import Slot, task, tasks
from angarium.engine.tasks.scheduler import SlotScheduler
from angarium.engine.tasks.slots import MOST, enqueue_slots, slots_between
from angarium.engine.tasks.testing import settled, working

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def named(found: list[datetime]) -> list[str]:
    assert all(slot.tzinfo is UTC for slot in found)
    return [f"{slot:%m-%d %H:%M}" for slot in found]


def test_a_crontab_in_utc_names_its_minutes() -> None:
    every = crontab(minute="*/20")
    assert named(slots_between(every, at("2026-03-01T10:00"), at("2026-03-01T11:00"))) == [
        "03-01 10:20",
        "03-01 10:40",
        "03-01 11:00",
    ]


def test_the_first_instant_is_outside_and_the_last_inside() -> None:
    daily = crontab(minute="0", hour="8")
    assert slots_between(daily, at("2026-03-01T08:00"), at("2026-03-02T07:59:59")) == []
    assert named(slots_between(daily, at("2026-03-01T08:00"), at("2026-03-02T08:00"))) == ["03-02 08:00"]


def test_months_have_their_own_lengths() -> None:
    last_days = crontab(minute="0", hour="0", day_of_month="31")
    found = slots_between(last_days, at("2026-01-01T00:00"), at("2026-12-31T12:00"))
    assert [slot.month for slot in found] == [1, 3, 5, 7, 8, 10, 12]
    assert named(
        slots_between(
            crontab(minute="0", hour="0", day_of_month="29", month_of_year="2"),
            at("2026-01-01T00:00"),
            at("2029-01-01T00:00"),
        )
    ) == ["02-29 00:00"]


def test_days_of_the_week_are_counted_from_sunday() -> None:
    sundays = crontab(minute="0", hour="6", day_of_week="0")
    assert named(slots_between(sundays, at("2026-03-01T07:00"), at("2026-03-15T07:00"))) == [
        "03-08 06:00",
        "03-15 06:00",
    ]


def test_a_daily_time_stays_on_the_local_clock_when_the_clocks_change() -> None:
    daily = TzAwareCrontab(minute="0", hour="8", tz=BERLIN)
    assert named(slots_between(daily, at("2026-03-27T12:00"), at("2026-03-30T12:00"))) == [
        "03-28 07:00",
        "03-29 06:00",
        "03-30 06:00",
    ]


def test_a_time_that_the_clocks_skip_runs_once_right_after() -> None:
    daily = TzAwareCrontab(minute="30", hour="2", tz=BERLIN)
    assert named(slots_between(daily, at("2026-03-28T12:00"), at("2026-03-30T12:00"))) == [
        "03-29 01:30",
        "03-30 00:30",
    ]


def test_a_time_that_the_clocks_repeat_runs_once() -> None:
    daily = TzAwareCrontab(minute="30", hour="2", tz=BERLIN)
    assert named(slots_between(daily, at("2026-10-24T12:00"), at("2026-10-26T12:00"))) == [
        "10-25 00:30",
        "10-26 01:30",
    ]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_every_half_hour_is_every_half_hour_also_when_the_clocks_change(day: str) -> None:
    every = TzAwareCrontab(minute="*/30", tz=BERLIN)
    found = slots_between(every, at(f"{day}T00:00"), at(f"{day}T04:00"))
    assert found == [at(f"{day}T00:00") + timedelta(minutes=30 * n) for n in range(1, 9)]


def test_a_zone_of_half_hours_counts_its_own_minutes() -> None:
    every = TzAwareCrontab(minute="15", tz=timezone(timedelta(hours=5, minutes=30)))
    assert named(slots_between(every, at("2026-03-01T10:00"), at("2026-03-01T12:00"))) == [
        "03-01 10:45",
        "03-01 11:45",
    ]


def test_an_interval_has_its_slots_at_fixed_instants() -> None:
    every = schedule(timedelta(minutes=10))
    assert named(slots_between(every, at("2026-03-01T10:03"), at("2026-03-01T10:31"))) == [
        "03-01 10:10",
        "03-01 10:20",
        "03-01 10:30",
    ]


@pytest.mark.parametrize("every", [schedule(timedelta(seconds=1)), crontab()])
def test_no_outage_is_so_long_that_its_slots_fill_the_memory(every: Any) -> None:
    found = slots_between(every, at("2026-01-01T00:00"), at("2026-03-01T00:00"))
    assert len(found) == MOST
    assert found[-1] == at("2026-03-01T00:00")


def nightly(**options: Any) -> Any:
    @task(every=crontab(minute="0", hour="3"), queue="engine", **{"catch_up": timedelta(days=3), **options})
    def sum_up(slot: Slot) -> dict[str, str]:
        seen.append(slot.at)

    seen: list[datetime] = []
    return tasks()["tests.sum_up"], seen


@pytest.mark.django_db
def test_a_task_seen_for_the_first_time_has_no_past() -> None:
    one, _ = nightly()
    assert enqueue_slots(one, one.every, at("2026-03-05T12:00")) == []
    assert named(enqueue_slots(one, one.every, at("2026-03-06T12:00"))) == ["03-06 03:00"]
    assert enqueue_slots(one, one.every, at("2026-03-06T12:00")) == []


@pytest.mark.django_db
def test_an_outage_is_made_up_for_and_what_is_too_old_is_dropped_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    one, _ = nightly()
    enqueue_slots(one, one.every, at("2026-03-01T12:00"))
    assert named(enqueue_slots(one, one.every, at("2026-03-10T12:00"))) == [
        "03-08 03:00",
        "03-09 03:00",
        "03-10 03:00",
    ]
    assert Operation.objects.filter(kind="tests.sum_up").count() == 3
    [warning] = [record.msg for record in caplog.records if "slots_too_old" in str(record.msg)]
    assert warning["dropped"] == 6
    caplog.clear()
    assert enqueue_slots(one, one.every, at("2026-03-10T12:00")) == []
    assert not caplog.records


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_start_one_operation_for_each_slot() -> None:
    one, _ = nightly()
    enqueue_slots(one, one.every, at("2026-03-01T12:00"))
    together = threading.Barrier(2)
    found: list[list[datetime]] = []

    def beat() -> None:
        together.wait(10)
        found.append(enqueue_slots(one, one.every, at("2026-03-04T12:00")))
        connection.close()

    beats = [threading.Thread(target=beat) for _ in range(2)]
    for thread in beats:
        thread.start()
    for thread in beats:
        thread.join(20)
    assert sorted(len(slots) for slots in found) == [0, 3]
    assert Operation.objects.filter(kind="tests.sum_up").count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_scheduled_run_knows_the_instant_it_stands_for() -> None:
    one, seen = nightly()
    enqueue_slots(one, one.every, at("2026-03-01T12:00"))
    with working():
        enqueue_slots(one, one.every, at("2026-03-03T12:00"))
        settled()
    assert sorted(seen) == [at("2026-03-02T03:00"), at("2026-03-03T03:00")]


def beat() -> SlotScheduler:
    made = SlotScheduler(app=app, lazy=False)
    made._finalize.cancel()  # it would write to the database when the tests have ended
    return made


@pytest.mark.django_db(transaction=True)
def test_beat_makes_up_for_an_outage_when_it_starts_at_whatever_hour() -> None:
    nightly()
    for name in tasks():
        Schedule.objects.create(task=name, last_slot=datetime.now(UTC) - timedelta(days=1, minutes=1))
    started = beat()
    assert "tests.sum_up" in started.schedule
    assert Operation.objects.filter(kind="tests.sum_up").count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_entry_switched_off_or_edited_by_hand_is_honoured() -> None:
    nightly()
    beat()
    entry = PeriodicTask.objects.get(name="tests.sum_up")
    assert str(entry.crontab).startswith("0 3 * * *")
    entry.crontab = CrontabSchedule.objects.create(minute="15", hour="4", timezone="Europe/Berlin")
    entry.save()
    assert beat().schedule["tests.sum_up"].schedule.hour == {4}
    PeriodicTask.objects.filter(name="tests.sum_up").update(enabled=False)
    PeriodicTasks.update_changed()
    assert "tests.sum_up" not in beat().schedule


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_makes_no_sense_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    nightly()
    impossible = CrontabSchedule.objects.create(minute="0", hour="0", day_of_month="31", month_of_year="2")
    PeriodicTask.objects.create(name="never", task="tests.sum_up", crontab=impossible)
    once = ClockedSchedule.objects.create(clocked_time="2026-01-01T00:00Z")
    PeriodicTask.objects.create(name="once", task="tests.sum_up", clocked=once, one_off=True)
    hourly = CrontabSchedule.objects.create(minute="0")
    PeriodicTask.objects.create(name="gone", task="tests.gone", crontab=hourly)
    started = beat()
    assert not {"never", "once"} & set(started.schedule)
    assert "tests.sum_up" in started.schedule
    assert started.tick() >= 0
    assert any("unusable_entry" in str(record.msg) for record in caplog.records)


@pytest.mark.django_db(transaction=True)
def test_beat_asks_no_broker() -> None:
    nightly()
    assert beat().producer is None
