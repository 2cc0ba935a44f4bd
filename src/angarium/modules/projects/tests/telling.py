"""For tests of what people are told: a project with an owner and an assignee, and the reactions in the test's own
transaction, at whatever time its clock shows; that a real worker does the same is shown in test_workers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from angarium.contracts.event import load
from angarium.engine.delivery.public import Delivery
from angarium.engine.events.public import Event
from angarium.engine.identity.public import Person
from angarium.engine.identity.testing import make_person
from angarium.engine.tasks.public import Slot, tasks
from angarium.kernel.clock import now
from angarium.modules.projects.models import Assignment, Member, Project, Task
from angarium.modules.projects.tasks import remind_of_due_tasks, tell_day, tell_of_change

NOON = datetime(2030, 3, 4, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def somebody(name: str, **fields: Any) -> Person:
    """Without a password, which would take longer to make than all else."""
    given = {"email": f"{name}@example.org", "timezone": "Europe/Moscow", "password": None}
    return make_person(name, **{**given, **fields})


def project(name: str = "Сайт", **members: Person) -> Project:
    """A project with these members, each by its role: `project(owner=ann)`."""
    made = Project.objects.create(name=name)
    for role, person in members.items():
        Member.objects.create(project=made, person=person.pk, role=role)
    return made


def task(of: Project, due: datetime = NOON + HOUR, *, whose: Person | None = None, **values: Any) -> Task:
    made = Task.objects.create(**{"project": of, "title": "Макет", "due_date": due, **values})
    if whose is not None:
        Assignment.objects.create(task=made, person=whose.pk)
    return made


def forget_events() -> None:
    Event.objects.all().delete()


def react() -> None:
    """What a relay and a worker would do now with every event that they have not seen."""
    for event in Event.objects.filter(position__isnull=True).order_by("id"):
        fact = load(event.type, event.data)
        if isinstance(fact, tasks()["projects.tell_of_change"].on):
            tell_of_change(run_of(event), fact)  # type: ignore[arg-type]
        Event.objects.filter(pk=event.pk).update(position=event.pk)


def run_of(event: Event | None = None) -> Any:
    """As much of a run as these tasks look at."""
    return SimpleNamespace(operation=uuid4(), claim=SimpleNamespace(event_id=event.uid if event else None))


def remind() -> Any:
    return remind_of_due_tasks(Slot(now())).output


def one_day(person: Person, day: datetime = NOON) -> Any:
    """The daily letters of a person; says what was written."""
    return tell_day(run_of(), person.pk, day.date()).output  # type: ignore[union-attr]


def letters(topic: str = "", **columns: Any) -> list[tuple[str, str]]:
    """The letters that were asked for: (to whom, heading or key)."""
    rows = Delivery.objects.filter(channel="email", topic__startswith=f"projects.{topic}", **columns).order_by("id")
    return [(row.address, row.context.get("heading", row.topic)) for row in rows]
