"""What runs in a worker: reminders, what happened to whose task, the daily letters, and letting go of what is old."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef

from angarium.contracts import projects as told
from angarium.contracts.lessons import LessonEvent
from angarium.engine.events.public import Event
from angarium.engine.identity.public import Person
from angarium.engine.ledger.public import start
from angarium.engine.observability.public import get_logger
from angarium.engine.tasks.public import Cancel, Done, Outcome, Run, Slot, crontab, task
from angarium.kernel.clock import now

from . import daily, due_soon, preparing
from . import hooking as hooking  # its tasks are found here
from .changes import Change, moves_reminders, news_of
from .counting import report, standings
from .letters import at_address
from .models import Member, Notice, Project
from .telling import tell

_log = get_logger(__name__)
QUARTER = timedelta(minutes=15)
LONG = timedelta(minutes=30)
#: So long after a project is gone its members still hear of it.
FAREWELL = timedelta(days=1)


@task(every=timedelta(minutes=5), catch_up=timedelta(minutes=5), outside=True, timeout=LONG)
def remind_of_due_tasks(slot: Slot) -> Done:
    """Remind of what is due within 24 hours from now. Each task is a transaction of its own, hence `outside`; what goes
    wrong with one is tried again by the next slot."""
    moment, done = now(), Counter[str]()
    for id in due_soon.waiting_for(moment):
        try:
            done.update(due_soon.bring_in_line(id, moment, telling=True))
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001  one task must not keep others from being reminded of
            _log.warning("projects.reminding_failed", task_id=id, exc_info=error)
            done["broken"] += 1
    return Done(dict(done))


@task(on=(told.TaskUpdated, told.TaskAssigned, told.TaskCommented, told.TaskDeleted))
def tell_of_change(run: Run, event: Change | told.TaskDeleted) -> Outcome:
    """Tell whose task it is, each by the way that they chose, and take back the reminders that are untrue now."""
    if isinstance(event, told.TaskDeleted):
        return Done({"called_back": due_soon.forget_task(event.task_id)})
    logged = Event.objects.filter(uid=run.claim.event_id).first() if run.claim.event_id else None
    if logged is None:
        return Cancel("The event is not in the log any more.")
    voided = _void(event, logged) if moves_reminders(event) else {}
    ways = Counter(str(tell(person, news, actor=logged.actor)) for person, news in news_of(event, logged))
    return Done({"told": dict(ways), "reminders": dict(voided)})


def _void(event: Change, logged: Event) -> Mapping[str, int]:
    old = event.old_due_date if isinstance(event, told.TaskUpdated) else None
    left = due_soon.Left(old, logged.subject_version or 1) if old else None
    return due_soon.bring_in_line(event.task_id, now(), telling=False, left=left)


@task(every=QUARTER, catch_up=timedelta(days=1))
def begin_days(slot: Slot) -> Done:
    """Start the daily letters of those whose hour came in the quarter that ended with this slot."""
    begun = list(daily.whose_hour_came(slot.at - QUARTER, slot.at))
    for person, day in begun:
        start("projects.tell_day", key=f"{person}:{day}", person=str(person), day=day.isoformat())
    return Done({"people": len(begun)})


@task()
def tell_day(run: Run, person: UUID, day: date) -> Outcome:
    """One person's letters of one day: how their projects stand, and what was kept for them."""
    found = Person.objects.filter(pk=person, is_active=True).first()
    if found is None:
        return Cancel("They do not sign in any more.")
    return Done(daily.tell_day(found, day, now(), run.operation))


@task(every=crontab(minute="0", hour="8"), catch_up=timedelta(days=1), timeout=LONG)
def send_daily_summary(run: Run, slot: Slot) -> Done:
    """The reports of the day of all projects, and a letter about them to each address of PROJECTS_NOTIFY."""
    found, day = standings(Project.objects.all(), now()), slot.at.date()
    made = report(found, day, run.operation)
    letters = [key for one in settings.PROJECTS_NOTIFY for key in daily.tell_address(at_address(one), found, day)]
    return Done({"reports": made, "letters": letters})


@task(on=preparing.HEARS if settings.PROJECTS_LESSONS_PROJECT else ())
def prepare_lesson(event: LessonEvent) -> Outcome:
    """Keep the task of preparing a lesson in line with it, where a project was chosen for such tasks."""
    return preparing.bring_in_line(event)


@task(every=crontab(minute="40", hour="3"), catch_up=timedelta(days=1), outside=True)
def forget_members(slot: Slot) -> Done:
    """Let go of the members of projects that were deleted more than a day ago, and of notices long told."""
    there = Project.objects.filter(pk=OuterRef("project_id"))
    gone = set(Member.objects.filter(~Exists(there)).values_list("project_id", flat=True)[:1000])
    lately = Event.objects.filter(
        subject__in=[f"projects.project:{id}" for id in gone],
        type=told.ProjectDeleted.type,
        at__gt=now() - FAREWELL,
    )
    kept = {int(subject.rpartition(":")[2]) for subject in lately.values_list("subject", flat=True)}
    with transaction.atomic():
        members = Member.objects.filter(project_id__in=gone - kept).delete()[0]
    old = Notice.objects.filter(letter__isnull=False, created_at__lt=now() - timedelta(days=settings.RETENTION_DAYS))
    return Done({"members": members, "notices": old.delete()[0]})
