"""The demo's rows: every status, several zones, and something for the account `user` to see in both of its parts."""

from __future__ import annotations

import pytest

from angarium.engine.events.public import Event
from angarium.engine.identity.public import of_person
from angarium.engine.identity.testing import make_person
from angarium.modules.lessons import demo
from angarium.modules.lessons.lifecycle import Status
from angarium.modules.lessons.models import Lesson
from angarium.modules.lessons.queries import lessons_seen_by, may_change


@pytest.mark.django_db
def test_the_demo_shows_every_status_and_is_told_as_any_other_change() -> None:
    user = of_person(make_person("user"))
    demo.make()
    assert set(Lesson.objects.values_list("status", flat=True)) == set(Status.values)
    assert Lesson.objects.values("timezone").distinct().count() >= 4
    assert Event.objects.filter(type="lessons.lesson_created.v1").count() == len(demo.LESSONS)
    assert {may_change(user, lesson) for lesson in lessons_seen_by(user)} == {True, False}


@pytest.mark.django_db
def test_the_demo_needs_no_account() -> None:
    demo.make()
    assert Lesson.objects.count() == len(demo.LESSONS)
