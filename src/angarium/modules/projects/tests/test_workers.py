"""The same in real workers, on slots as Beat makes them: scheduled, run, caught up, once each; also told live."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from celery.apps.beat import Beat
from django.db import connection
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from structlog.testing import capture_logs

from angarium.engine.delivery.public import Delivery, Message, PermanentFailure
from angarium.engine.delivery.testing import FakeChannel, channel_replaced
from angarium.engine.events.public import Event
from angarium.engine.events.testing import together
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import Operation
from angarium.engine.tasks.celery import app
from angarium.engine.tasks.public import leave, tasks
from angarium.engine.tasks.scheduler import install_entry
from angarium.engine.tasks.slots import enqueue_slots
from angarium.engine.tasks.testing import settled, until, working
from angarium.kernel.clock import now
from angarium.modules.projects import actions
from angarium.modules.projects.due_soon import bring_in_line
from angarium.modules.projects.models import Notice, Reminder, Report

from .telling import HOUR, project, somebody, task

pytestmark = pytest.mark.django_db(transaction=True)
SCHEDULED = {
    "projects.remind_of_due_tasks": timedelta(minutes=5),
    "projects.begin_days": timedelta(minutes=15),
    "projects.send_daily_summary": timedelta(days=1),
    "projects.forget_members": timedelta(days=1),
}


@pytest.fixture
def post() -> Iterator[FakeChannel]:
    """A real worker and a relay; the post office refuses one address for good."""
    channel = FakeChannel()

    def refuse(message: Message) -> None:
        if message.to.address == "bad@example.org":
            raise PermanentFailure("There is nobody of this name.")

    channel.script = [refuse] * 50
    with channel_replaced("email", channel), working():
        yield channel


def beat(name: str, until: datetime, *, since: datetime | None = None) -> list[datetime]:
    """What Beat does at `until`, having last looked at `since`."""
    one = tasks()[name]
    assert one.every is not None
    if since is not None:
        enqueue_slots(one, one.every, since)
    return enqueue_slots(one, one.every, until)


@contextmanager
def beating(name: str) -> Iterator[None]:
    """Celery's own beat on the schedule of its table, where this task's is shortened to a second."""
    install_entry(tasks()[name])
    second = IntervalSchedule.objects.create(every=1, period="seconds")
    PeriodicTask.objects.filter(name=name).update(interval=second, crontab=None)
    service = Beat(app=app, quiet=True).Service(app, scheduler_cls=app.conf.beat_scheduler, max_interval=1)
    thread = threading.Thread(target=lambda: (service.start(), connection.close()))
    thread.start()
    try:
        yield
    finally:
        service.stop(wait=False)
        thread.join(10)
        leave()  # it said that it is there
        service.scheduler._finalize.cancel()  # it would write to the database when the tests have ended


def test_pm_11_beat_fires_says_so_in_its_log_and_a_worker_does_it(post: FakeChannel) -> None:
    task(project(owner=somebody("ann")), now() + HOUR)
    with capture_logs() as lines, beating("projects.remind_of_due_tasks"):
        until(lambda: bool(post.taken), within=20)
    settled()
    fired = [line for line in lines if line["event"] == "beat.slots"]
    assert "projects.remind_of_due_tasks" in {line["task"] for line in fired}
    ran = [line for line in lines if line["event"] == "tasks.ran" and line["task"] == "projects.remind_of_due_tasks"]
    assert {line["state"] for line in ran} == {"succeeded"}
    assert [message.subject for message in post.taken] == ["Due soon: Макет"]


@pytest.mark.parametrize("name", SCHEDULED)
def test_pm_11_each_is_on_beat_s_schedule_and_in_its_table(name: str) -> None:
    install_entry(tasks()[name])
    row = PeriodicTask.objects.get(name=name)
    assert (row.task, row.enabled, row.queue) == (name, True, "projects")
    start = datetime(2030, 3, 4, tzinfo=UTC)
    beat(name, start)
    slots = beat(name, start + timedelta(days=2))
    assert 1 <= len(slots) <= max(tasks()[name].catch_up, SCHEDULED[name]) / SCHEDULED[name]
    assert Operation.objects.filter(kind=name).count() == len(slots)


def test_pm_09_scheduled_and_run_by_a_worker_one_refused_address_does_not_stop_the_rest(post: FakeChannel) -> None:
    made = project(owner=somebody("ann"), editor=somebody("bad"))
    made.members.update(role="owner")
    task(made, now() + HOUR)
    for _ in range(2):
        beat("projects.remind_of_due_tasks", now(), since=now() - timedelta(minutes=10))
    settled()
    assert sorted(Reminder.objects.values_list("state", flat=True)) == ["told", "told"]
    states = dict(Delivery.objects.values_list("address", "state"))
    assert states == {"ann@example.org": "sent", "bad@example.org": "failed"}
    assert [message.subject for message in post.taken] == ["Due soon: Макет"]
    assert Operation.objects.get(kind="projects.remind_of_due_tasks").state == "succeeded"


def test_pm_09_two_runs_at_once_tell_once(post: FakeChannel) -> None:
    made = task(project(owner=somebody("ann")), now() + HOUR)
    together(*[lambda: bring_in_line(made.pk, now(), telling=True)] * 4)
    settled()
    assert Reminder.objects.count() == len(post.taken) == 1


def test_pm_10_the_hour_was_missed_and_is_caught_up_with_one_letter_and_report(post: FakeChannel) -> None:
    """Beat was down for 20 hours; three beats come back at once."""
    ann = somebody("ann", timezone="UTC")
    made = project(owner=ann)
    task(made, now() + 9 * HOUR)
    until = now().replace(hour=8, minute=0) + timedelta(hours=12)
    beat("projects.begin_days", until - timedelta(hours=20))
    slots = together(*[lambda: beat("projects.begin_days", until)] * 3)
    settled(within=40)
    assert sum(map(len, slots)) == 80
    assert Operation.objects.filter(kind="projects.tell_day").count() == 1
    assert [message.to.address for message in post.taken] == ["ann@example.org"]
    assert Report.objects.count() == 1


def test_pm_14_a_report_is_made_in_the_worker_and_stamped_for_the_live_log(post: FakeChannel) -> None:
    made = project(owner=somebody("ann"))
    beat("projects.send_daily_summary", now() + timedelta(days=1), since=now() - HOUR)
    settled()
    until(lambda: Event.objects.filter(type="projects.report_generated.v1", position__isnull=False).exists())
    event = Event.objects.get(type="projects.report_generated.v1")
    assert event.data["project_id"] == made.pk
    assert Report.objects.get().operation == Operation.objects.get(kind="projects.send_daily_summary").pk


def test_pm_19_what_happens_to_one_s_task_is_told_by_the_worker(post: FakeChannel) -> None:
    ann = somebody("ann")
    made = task(project(owner=ann))
    actions.assign_task(made.pk, by=SYSTEM, person=ann.pk)
    actions.edit_task(made.pk, by=SYSTEM, status="completed")
    settled()
    assert [message.subject for message in post.taken] == ["Yours now: Макет"]
    assert Notice.objects.get().reason == "status"
