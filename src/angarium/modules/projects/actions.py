"""Writes: one verb is one function is one transaction. Every one of them says who is acting (`by`)."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from angarium.engine.identity.public import Person, Principal, open_person
from angarium.kernel.errors import Invalid

from .errors import LastOwner, NoComment, NoTask, NotYours, OtherColumn, UnknownPerson, UnknownProject
from .lifecycle import Role, Status
from .models import LONGEST_RANK, Assignment, Comment, Member, Place, Project, Task
from .queries import (
    BY_PLACE,
    access_project_for_update,
    access_task_for_update,
    comment_seen_by,
    may_begin,
    may_change,
    may_comment,
    may_own,
    people_who_may_be_given,
    project_for_update,
    projects_seen_by,
    task_seen_by,
)
from .ranks import between, in_a_row


class ProjectChanges(TypedDict, total=False):
    """What of a project can be edited; what is left out stays."""

    name: str
    description: str | None


class TaskChanges(TypedDict, total=False):
    """What of a task can be edited; what is left out stays."""

    project: int
    title: str
    description: str | None
    status: str
    due_date: datetime


def create_project(*, by: Principal, name: str, description: str | None = None) -> Project:
    """Enter a project; a person who does so owns it. NotYours for whoever may not write."""
    if not may_begin(by):
        raise NotYours(_("You may not enter projects."))
    with transaction.atomic():
        project = Project(name=name.strip(), description=description)
        _clean(project)
        project.save()
        owner = _person_of(by)
        if owner is not None:
            Member.objects.create(project=project, person=owner, role=Role.OWNER)
    return project


def edit_project(
    id: int, *, by: Principal, expected_version: int | None = None, **changes: Unpack[ProjectChanges]
) -> Project:
    """Change a project; what changes nothing writes nothing. NoProject, NotYours, Stale, Invalid."""
    with transaction.atomic():
        project = access_project_for_update(id, by, expected_version)
        before = (project.name, project.description)
        project.name = changes.get("name", project.name).strip()
        project.description = changes.get("description", project.description)
        _clean(project)
        if (project.name, project.description) != before:
            project.save()
    return project


def delete_project(id: int, *, by: Principal, expected_version: int | None = None) -> None:
    """Remove a project with its tasks and their comments; their events stay in the log. For its owners."""
    with transaction.atomic():
        project = access_project_for_update(id, by, expected_version)
        if not may_own(by, id):
            raise NotYours(_("Only its owners may delete a project."))
        project.delete()


def create_task(
    *,
    by: Principal,
    project: int,
    title: str,
    due_date: datetime,
    description: str | None = None,
    status: str = Status.PENDING,
) -> Task:
    """Enter a task. UnknownProject for a project that is not there or not seen, NotYours, Invalid."""
    with transaction.atomic():
        task = Task(
            project=_project_to_change(project, by),
            title=title.strip(),
            description=description,
            status=status,
            due_date=due_date,
        )
        _clean(task)
        task.save()
    return task


def edit_task(id: int, *, by: Principal, expected_version: int | None = None, **changes: Unpack[TaskChanges]) -> Task:
    """Change a task; what changes nothing writes nothing. In another column it keeps its rank.

    NoTask, NotYours, Stale, UnknownProject, Invalid."""
    with transaction.atomic():
        task = access_task_for_update(id, by, expected_version)
        before = _columns(task)
        if changes.get("project", task.project_id) != task.project_id:
            task.project = _project_to_change(changes["project"], by)
        task.title = changes.get("title", task.title).strip()
        task.description = changes.get("description", task.description)
        task.status = changes.get("status", task.status)
        task.due_date = changes.get("due_date", task.due_date)
        _clean(task)
        if _columns(task) != before:
            task.save()
    return task


def delete_task(id: int, *, by: Principal, expected_version: int | None = None) -> None:
    """Remove a task with its comments. NoTask, NotYours, Stale."""
    with transaction.atomic():
        access_task_for_update(id, by, expected_version).delete()


def place_task(
    id: int, *, by: Principal, status: str, before: int | None = None, expected_version: int | None = None
) -> Task:
    """Take a card to a column: in front of the task `before`, or to the end of the column.

    Of two people who move one card the later one has it; who puts cards into one gap, one after the other, gets them
    both there. NoTask, NotYours, Stale; OtherColumn when `before` is not in that column (any more).
    """
    with transaction.atomic():
        for project_id in Task.objects.filter(pk=id).values_list("project_id", flat=True):
            project_for_update(project_id)  # the order of cards is changed by one after the other
        task = access_task_for_update(id, by, expected_version)
        if status != task.status:
            task.status = status
            _clean(task)
            task.save()
        _place(task, before)
    return task


def assign_task(id: int, *, by: Principal, person: UUID | None, expected_version: int | None = None) -> Task:
    """Give a task to somebody who sees its project, or to nobody. NoTask, NotYours, Stale, UnknownPerson."""
    with transaction.atomic():
        task = access_task_for_update(id, by, expected_version)
        if person is not None and not people_who_may_be_given(task.project_id).filter(pk=person).exists():
            raise UnknownPerson(field="person")
        row = Assignment.objects.filter(task=task).first()
        if row is not None and person is None:
            row.delete()
        elif row is not None and person is not None and row.person != person:
            row.person = person
            row.save()
        elif row is None and person is not None:
            Assignment.objects.create(task=task, person=person)
    return task


def add_comment(task_id: int, *, by: Principal, author: str, content: str) -> Comment:
    """Say something about a task. NoTask when it is not there or goes meanwhile, NotYours, Invalid."""
    with transaction.atomic():
        task = task_seen_by(by, task_id)
        if not may_comment(by, task.project_id):
            raise NotYours
        if not Task.objects.select_for_update(no_key=True).filter(pk=task_id).exists():
            raise NoTask
        comment = Comment(task=task, author=author.strip(), content=content.strip())
        _clean(comment)
        comment.save()
    return comment


def delete_comment(id: int, *, by: Principal) -> None:
    """Take a comment away; for whoever may change the task. NoComment, NotYours."""
    with transaction.atomic():
        comment = comment_seen_by(by, id)
        if not may_change(by, comment.task.project_id):
            raise NotYours
        found = Comment.objects.select_for_update(of=("self",)).filter(pk=id).first()
        if found is None:
            raise NoComment
        found.delete()


def set_member(project_id: int, *, by: Principal, person: UUID, role: str) -> Member:
    """Let somebody see a project, or change what they may there. NoProject, NotYours, UnknownPerson, LastOwner."""
    with transaction.atomic():
        _project_to_own(project_id, by)
        if not Person.objects.filter(pk=person, is_active=True).exists():
            raise UnknownPerson(_("There is no such person."), field="person")
        if role != Role.OWNER:
            _keep_an_owner(project_id, person)
        member = Member.objects.filter(project_id=project_id, person=person).first()
        member = member or Member(project_id=project_id, person=person)
        member.role = role
        _clean(member)
        member.save()
    return member


def remove_member(project_id: int, *, by: Principal, person: UUID) -> None:
    """Let somebody see a project no more. NoProject, NotYours, LastOwner."""
    with transaction.atomic():
        _project_to_own(project_id, by)
        _keep_an_owner(project_id, person)
        for member in Member.objects.filter(project_id=project_id, person=person):
            member.delete()


def _person_of(by: Principal) -> UUID | None:
    """The account that acts; None for services and the system."""
    if by.is_open:
        person = open_person()
        return None if person is None else person.pk
    return by.id if by.kind == "person" else None


def _project_to_change(id: int, by: Principal) -> Project:
    """The project that a task is to be in, kept from being deleted until the transaction ends."""
    project = projects_seen_by(by).filter(pk=id).first()
    if project is None:
        raise UnknownProject(_("There is no project %(id)s.") % {"id": id}, field="project")
    if not may_change(by, id):
        raise NotYours(_("You may read this project, but not enter tasks there."))
    locked = Project.objects.select_for_update(no_key=True).filter(pk=id).first()
    if locked is None:
        raise UnknownProject(_("There is no project %(id)s.") % {"id": id}, field="project")
    return locked


def _project_to_own(id: int, by: Principal) -> Project:
    project = access_project_for_update(id, by)
    if not may_own(by, id):
        raise NotYours(_("Only its owners decide who sees a project."))
    return project


def _keep_an_owner(project_id: int, person: UUID) -> None:
    """Is somebody else an owner, or nobody at all? A project of a service's has none."""
    owners = Member.objects.filter(project_id=project_id, role=Role.OWNER)
    if owners.filter(person=person).exists() and not owners.exclude(person=person).exists():
        raise LastOwner(field="role")


def _place(task: Task, before: int | None) -> None:
    """Give the task a rank in front of another. Cards without a place get theirs first, as far as they matter."""
    column = task.project.tasks.filter(status=task.status).exclude(pk=task.pk).select_related("place")
    cards = list(column.order_by(*BY_PLACE))
    at = len(cards) if before is None else next((n for n, card in enumerate(cards) if card.pk == before), None)
    if at is None:
        raise OtherColumn(field="before")
    if at < len(cards) or not all(hasattr(card, "place") for card in cards):
        _give_places(cards[: at + 1])
    left = cards[at - 1].place.rank if at else ""
    right = cards[at].place.rank if at < len(cards) else ""
    rank = _rank_between(left, right)
    if len(rank) > LONGEST_RANK:
        _spread(cards)
        _place(task, before)
        return
    place = Place.objects.filter(task=task).first() or Place(task=task)
    if place.rank != rank:
        place.rank = rank
        place.save()
    task.place = place


def _rank_between(left: str, right: str) -> str:
    """A rank there, too long for a column when there is none: two cards have one rank when one came from elsewhere."""
    if not right:
        return next(in_a_row(1, left))
    return between(left, right) if left < right else "0" * (LONGEST_RANK + 1)


def _give_places(cards: list[Task]) -> None:
    """Places for those of these cards that have none; they come after all that have one."""
    placed = [card for card in cards if hasattr(card, "place")]
    bare = cards[len(placed) :]
    ranks = in_a_row(len(bare), placed[-1].place.rank if placed else "")
    for card, place in zip(bare, Place.objects.bulk_create(_places(bare, ranks)), strict=True):
        card.place = place


def _spread(cards: list[Task]) -> None:
    """Give the cards of a column short ranks again, in the same order."""
    for card, rank in zip(cards, in_a_row(len(cards)), strict=True):
        Place.objects.filter(task=card).update(rank=rank)


def _places(cards: list[Task], ranks: object) -> list[Place]:
    return [Place(task=card, rank=rank) for card, rank in zip(cards, ranks, strict=True)]  # type: ignore[call-overload]


def _columns(task: Task) -> tuple[object, ...]:
    return (task.project_id, task.title, task.description, task.status, task.due_date)


def _clean(row: models.Model) -> None:
    """Check the columns against their own rules. Invalid with every field that does not fit."""
    try:
        row.clean_fields(exclude={"project", "task"})
    except ValidationError as error:
        errors = [{"field": name, "detail": text} for name, texts in error.message_dict.items() for text in texts]
        raise Invalid(errors[0]["detail"], field=errors[0]["field"], errors=errors) from None
