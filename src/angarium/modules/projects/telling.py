"""Who is told of a task, and by which way: what each of them chose, and never who may not see it (any more)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from angarium.engine.delivery.public import cancel
from angarium.engine.identity.public import Person

from .choices import Way
from .choosing import wishes_of
from .letters import News, reader, write
from .lifecycle import Role
from .models import Assignment, Member, Notice, Task
from .queries import people_who_may_be_given


def assignee_of(task: Task) -> Person | None:
    """Whose the task is; None when it is nobody's, or of somebody who may not see it or sign in any more."""
    person = Assignment.objects.filter(task=task).values_list("person", flat=True).first()
    return people_who_may_be_given(task.project_id).filter(pk=person).first() if person else None


def people_of(task: Task) -> Sequence[Person]:
    """Who is told of a task: whose it is, else the owners of its project."""
    assignee = assignee_of(task)
    if assignee is not None:
        return [assignee]
    owners = Member.objects.filter(project_id=task.project_id, role=Role.OWNER).values("person")
    return list(Person.objects.filter(pk__in=owners, is_active=True).order_by("username"))


def words_of(task: Task) -> dict[str, str]:
    """What every letter about a task says of it."""
    return {"title": task.title, "project": task.project.name, "due": task.due_date.isoformat()}


def tell(person: Person, news: News, *, actor: UUID | None = None) -> Way | None:
    """Write to somebody, or keep it for their daily letter, as they chose; `actor` did what is told. Asked twice for
    one key it tells once. None when they have no address for what they chose."""
    wishes = wishes_of([person.pk])[person.pk]
    if actor == person.pk and not wishes.own_changes:
        return Way.NONE
    way = wishes.way(news.reason, news.project)
    if way == Way.NONE:
        return way
    if not person.email:
        return None
    if way == Way.DIGEST:
        keep(person.pk, news)
    else:
        write(news, reader(person))
    return way


def keep(person: UUID, news: News) -> None:
    """Keep something for the daily letter; what is kept already is not kept twice."""
    notice = Notice(
        person=person,
        key=news.key,
        reason=news.reason,
        project=news.project,
        task=news.task,
        words=dict(news.words),
        until=news.not_after,
    )
    Notice.objects.bulk_create([notice], ignore_conflicts=True)


def call_back(key: str, to: str, because: str) -> bool:
    """Take back what was told under this key and has not gone out yet. `to` is a person's UUID or an address."""
    kept = Notice.objects.filter(key=key, letter__isnull=True).delete()[0]
    return cancel(channel="email", key=f"{key}:{to[:100]}", because=because) or bool(kept)
