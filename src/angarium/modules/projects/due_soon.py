"""Reminding of tasks due within a day: each person once for each due date, whatever runs, however often.

    remind_of_due_tasks (by the clock)   finds tasks due soon that somebody was not reminded of yet; for each of them
    bring_in_line                        locks the task; void what is not for it any more (another due date, completed,
                                         somebody else's), whose letter is called back while it waits; tell who is left
    tell_of_change (an event)            the same at once when the task changes; reminds nobody anew

The clock's run looks at what is true now: after an outage it reminds of what is still ahead, and of nothing overdue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from angarium.engine.delivery.public import Recipient, cancel, deliveries_of
from angarium.engine.identity.public import Person, Principal
from angarium.engine.observability.public import get_logger
from angarium.kernel.clock import now

from .choices import Reason, Way
from .letters import News, at_address, write
from .lifecycle import Status
from .models import Reminder, Task
from .queries import task_seen_by
from .reminders import LEAD, Because, Kind, State, is_due_soon, why_void
from .telling import call_back, people_of, tell, words_of

_log = get_logger(__name__)
_TOPIC = "projects.due_soon"
To = Person | Recipient | None


def waiting_for(at: datetime) -> Iterator[int]:
    """The tasks due soon that whoever has them was not reminded of yet."""
    of_it = Reminder.objects.filter(task=OuterRef("pk"), due_at=OuterRef("due_date")).exclude(state=State.VOIDED)
    unassigned = Q(assignment__isnull=True) & ~Exists(of_it)
    assigned = Q(assignment__isnull=False) & ~Exists(of_it.filter(person=OuterRef("assignment__person")))
    due = Task.objects.filter(due_date__gt=at, due_date__lte=at + LEAD).exclude(status=Status.COMPLETED)
    ids = due.filter(unassigned | assigned).order_by("due_date", "id").values_list("id", flat=True)
    return iter(list(ids))


@dataclass(frozen=True, slots=True)
class Left:
    """A due date that a task had until its version `version`."""

    due: datetime
    version: int


def bring_in_line(task_id: int, at: datetime, *, telling: bool, left: Left | None = None) -> Counter[str]:
    """Void what is not for the task any more and, when `telling`, tell whom it is for. How many of each state.

    What reminds of the due date that it `left` is void also if it came back to it meanwhile."""
    with transaction.atomic():
        tasks = Task.objects.select_for_update(of=("self",)).select_related("project")
        task = tasks.filter(pk=task_id).first()
        if task is None:
            return Counter()
        whom = {_name(one): one for one in _whom(task)} if task.status != Status.COMPLETED else {}
        done = _void(task, whom, left)
        if telling and is_due_soon(task.due_date, task.status, at):
            done.update(_remind(task, name, to) for name, to in whom.items())
        done.pop("", None)
        return done


def forget_task(task_id: int) -> int:
    """The task is gone, and its reminders with it: call back its letters that wait. How many those were."""
    waiting = [one for one in deliveries_of(f"projects.task:{task_id}") if one.topic == _TOPIC]
    return sum(cancel(one.pk, because="The task was deleted.") for one in waiting)


def _whom(task: Task) -> list[To]:
    """Whose it is, else the project's owners, else the addresses of PROJECTS_NOTIFY, else nobody (None)."""
    people: list[To] = list(people_of(task))
    return people or [at_address(one) for one in settings.PROJECTS_NOTIFY] or [None]


def _name(to: To) -> str:
    return "" if to is None else str(to.pk) if isinstance(to, Person) else to.address


def _void(task: Task, whom: dict[str, To], left: Left | None) -> Counter[str]:
    """What is not for it any more. What has gone out to somebody for this due date was told, whoever has it now."""
    voided: Counter[str] = Counter()
    for row in task.reminders.exclude(state=State.VOIDED):
        moved = left is not None and row.due_at == left.due and row.task_version < left.version
        if row.to in whom and row.due_at == task.due_date and not moved:
            continue
        because = Because.MOVED if moved else why_void(task.due_date, task.status, reminded_of=row.due_at)
        called_back = row.state == State.TOLD and call_back(row.key, row.to, str(because.label))
        if because == Because.MOVED or called_back or row.state != State.TOLD:
            row.state, row.because, row.voided_at = State.VOIDED, because, now()
            row.save(update_fields=["state", "because", "voided_at"])
            voided[State.VOIDED] += 1
    return voided


def _remind(task: Task, name: str, to: To) -> str:
    """Tell one of them, unless that was done. What goes wrong with one of them is not felt by the others."""
    last = task.reminders.filter(kind=Kind.DUE_SOON, to=name).order_by("due_version").last()
    if last is not None and last.state != State.VOIDED:
        return ""
    row = Reminder(
        task=task,
        to=name,
        person=to.pk if isinstance(to, Person) else None,
        due_at=task.due_date,
        due_version=last.due_version + 1 if last else 1,
        task_version=task.version,
    )
    try:
        with transaction.atomic():
            row.save()
            row.state, row.because, row.way = _told(task, row, to)
            row.save()
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001  whatever is wrong with this one, the others are told
        _log.warning("projects.reminder_failed", task_id=task.pk, to=name, exc_info=error)
        row.pk, row.state, row.because, row.way = None, State.FAILED, Because.BROKEN, ""
        row.save(force_insert=True)
    return row.state


def _told(task: Task, row: Reminder, to: To) -> tuple[State, str, str]:
    """(state, reason, way) after telling them."""
    if to is None:
        return State.SKIPPED, Because.NOBODY, ""
    news = News(
        reason=Reason.DUE_SOON,
        key=row.key,
        project=task.project_id,
        task=task.pk,
        words=words_of(task),
        not_after=task.due_date,
    )
    if isinstance(to, Recipient):
        write(news, to)
        return State.TOLD, "", Way.EMAIL
    way = tell(to, news)
    if way is None:
        return State.SKIPPED, Because.NO_ADDRESS, ""
    return (State.SKIPPED, Because.NOT_WANTED, way) if way == Way.NONE else (State.TOLD, "", way)


def reminders_of(by: Principal, task_id: int) -> QuerySet[Reminder]:
    """The ledger of a task's reminders, the oldest first. NoTask when it is not there or not seen."""
    return Reminder.objects.filter(task=task_seen_by(by, task_id))
