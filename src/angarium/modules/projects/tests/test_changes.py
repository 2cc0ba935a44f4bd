"""News of one's tasks: told at once, kept for the daily letter, or not at all; never of one's own doing unasked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from time_machine import Traveller, travel

from angarium.engine.delivery.public import Delivery, message_of
from angarium.engine.events.public import Event
from angarium.engine.identity.public import SYSTEM, Person, acting_as, of_person
from angarium.modules.projects import actions
from angarium.modules.projects.choices import Reason
from angarium.modules.projects.choosing import choose
from angarium.modules.projects.models import Member, Notice, Project, Task

from .telling import DAY, NOON, forget_events, letters, one_day, project, react, somebody, task

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[Traveller]:
    with travel(NOON, tick=False) as moved:
        yield moved


@pytest.fixture
def ann() -> Person:
    return somebody("ann")


@pytest.fixture
def hers(ann: Person) -> Task:
    """A task of Ann's, in a project of Ben's; nothing was told of it yet."""
    made = task(project(owner=somebody("ben"), editor=ann), NOON + 9 * DAY, whose=ann)
    forget_events()
    return made


def wants(person: Person, way: str, *reasons: str, project: Project | None = None, **more: Any) -> None:
    key = project.pk if project else None
    wanted = reasons or tuple(Reason.values)
    choose(of_person(person), choices=[{"project": key, "reason": one, "way": way} for one in wanted], **more)


def by(person: Person, verb: Any, /, *args: Any, **words: Any) -> None:
    """Somebody does it, as a request would; and what follows."""
    principal = of_person(person)
    with acting_as(principal):
        verb(*args, by=principal, **words)
    react()


def test_who_is_given_a_task_is_told_at_once(ann: Person, hers: Task) -> None:
    ben = Person.objects.get(username="ben")
    by(ann, actions.assign_task, hers.pk, person=ben.pk)
    assert letters("assigned") == [("ben@example.org", "Yours now: Макет")]
    text = message_of(Delivery.objects.get()).body
    assert "Project: Сайт" in text
    assert "By: ann" in text
    assert "Due: Wednesday, 13 March 2030, 15:00 (Europe/Moscow)" in text


def test_a_comment_is_told_to_whose_task_it_is(hers: Task) -> None:
    by(Person.objects.get(username="ben"), actions.add_comment, hers.pk, author="Бен", content="Готово?\n<b>")
    assert letters("commented") == [("ann@example.org", "Comment: Макет")]
    message = message_of(Delivery.objects.get())
    assert "Бен wrote: Готово?\n<b>" in message.body
    assert "&lt;b&gt;" in message.html


def test_a_task_that_is_nobody_s_is_the_owners_affair(hers: Task, ann: Person) -> None:
    by(ann, actions.assign_task, hers.pk, person=None)
    by(ann, actions.add_comment, hers.pk, author="Ann", content="Чья?")
    assert letters("commented") == [("ben@example.org", "Comment: Макет")]


def test_another_status_is_kept_for_the_daily_letter(hers: Task, ann: Person) -> None:
    ben = Person.objects.get(username="ben")
    by(ben, actions.edit_task, hers.pk, status="in_progress")
    by(ben, actions.edit_task, hers.pk, title="Другой")
    assert letters() == []
    assert list(Notice.objects.values_list("person", "reason", "letter")) == [(ann.pk, "status", None)]


def test_pm_b6_one_s_own_doing_is_not_told_unless_asked_for(hers: Task, ann: Person) -> None:
    wants(ann, "email")
    by(ann, actions.add_comment, hers.pk, author="Ann", content="Начала")
    by(ann, actions.edit_task, hers.pk, status="in_progress")
    assert (letters(), Notice.objects.count()) == ([], 0)
    wants(ann, "email", own_changes=True)
    by(ann, actions.edit_task, hers.pk, status="completed")
    assert letters() == [("ann@example.org", "Completed: Макет")]


@pytest.mark.parametrize("way", ["email", "digest", "none"])
@pytest.mark.parametrize("reason", ["assigned", "commented", "status"])
def test_pm_b6_each_reason_goes_the_way_that_was_chosen(hers: Task, ann: Person, way: str, reason: str) -> None:
    wants(ann, way, reason)
    ben = Person.objects.get(username="ben")
    if reason == "commented":
        by(ben, actions.add_comment, hers.pk, author="Бен", content="?")
    elif reason == "status":
        by(ben, actions.edit_task, hers.pk, status="completed")
    else:
        by(ann, actions.assign_task, hers.pk, person=None)
        by(ben, actions.assign_task, hers.pk, person=ann.pk)
    assert (len(letters(reason)), Notice.objects.filter(reason=reason, person=ann.pk).count()) == {
        "email": (1, 0),
        "digest": (0, 1),
        "none": (0, 0),
    }[way]


def test_pm_b6_a_project_may_be_otherwise_than_all_others(hers: Task, ann: Person) -> None:
    wants(ann, "none", "commented", project=hers.project)
    other = task(project(editor=ann), whose=ann, title="Другой")
    for one in (hers, other):
        actions.add_comment(one.pk, by=SYSTEM, author="Бен", content="?")
    react()
    assert letters("commented") == [("ann@example.org", "Comment: Другой")]


def test_what_is_not_so_any_more_is_not_told(hers: Task, ann: Person) -> None:
    ben = Person.objects.get(username="ben")
    actions.assign_task(hers.pk, by=SYSTEM, person=ben.pk)
    actions.assign_task(hers.pk, by=SYSTEM, person=ann.pk)
    comment = actions.add_comment(hers.pk, by=SYSTEM, author="Бен", content="?")
    actions.delete_comment(comment.pk, by=SYSTEM)
    react()
    assert letters() == [("ann@example.org", "Yours now: Макет")]


def test_an_event_that_is_told_twice_is_one_letter_or_notice(hers: Task) -> None:
    actions.add_comment(hers.pk, by=SYSTEM, author="Бен", content="?")
    actions.edit_task(hers.pk, by=SYSTEM, status="completed")
    react()
    Event.objects.update(position=None)
    react()
    assert (len(letters()), Notice.objects.count()) == (1, 1)


def test_pm_b6_the_digest_has_what_was_kept_since_the_last_one_nothing_twice_nothing_lost(
    hers: Task, ann: Person, clock: Traveller
) -> None:
    wants(ann, "digest", "commented", "status")
    ben, found = Person.objects.get(username="ben"), []
    for number in range(3):
        for text in ("утро", "вечер"):
            by(ben, actions.add_comment, hers.pk, author="Бен", content=f"{text} {number}")
        clock.shift(DAY)
        one_day(ann, NOON + DAY * (number + 1))
        found.append(message_of(Delivery.objects.filter(topic="projects.digest").latest("id")).body)
        one_day(ann, NOON + DAY * (number + 1))
    for number, body in enumerate(found):
        assert [f"{text} {n}" in body for n in range(3) for text in ("утро", "вечер")] == [
            n == number for n in range(3) for _ in range(2)
        ]
    assert Delivery.objects.filter(topic="projects.digest").count() == 3
    assert not Notice.objects.filter(letter__isnull=True).exists()


def test_an_empty_digest_is_not_sent(ann: Person, hers: Task) -> None:
    one_day(ann)
    assert letters("digest") == []


def test_the_digest_leaves_out_what_is_past_and_what_may_not_be_seen_any_more(hers: Task, ann: Person) -> None:
    wants(ann, "digest")
    ben = Person.objects.get(username="ben")
    by(ben, actions.add_comment, hers.pk, author="Бен", content="?")
    Notice.objects.create(person=ann.pk, key="x", reason="due_soon", project=hers.project_id, task=1, until=NOON)
    Member.objects.filter(person=ann.pk).delete()
    one_day(ann)
    assert letters("digest") == []
    assert not Notice.objects.exists()


def test_the_digest_is_in_the_reader_s_language_and_the_letters_have_html(hers: Task, ann: Person) -> None:
    Person.objects.filter(pk=ann.pk).update(language="ru")
    ben = Person.objects.get(username="ben")
    by(ben, actions.edit_task, hers.pk, status="in_progress")
    one_day(Person.objects.get(pk=ann.pk))
    message = message_of(Delivery.objects.get(topic="projects.digest"))
    assert message.to.language == "ru"
    assert "Сайт" in message.html
    assert "Макет" in message.body
