"""What is told of a thing is heard under others that it belongs to, and that it is gone under those it has left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from angarium.engine.events.public import Event
from angarium.engine.identity.public import Person
from angarium.engine.live import watcher as watchers
from angarium.engine.live.frames import Frame, of_event
from angarium.engine.live.judging import Verdict, judge
from angarium.engine.live.tests.client import Listener, Message
from angarium.engine.live.tests.serving import relay
from angarium.engine.live.tests.test_pressure import NOON, watcher
from angarium.engine.live.tests.test_resuming import hello, place
from angarium.modules.projects.models import Comment, Member, Place, Project, Task

Listen = Callable[..., Listener]
Make = Callable[..., Any]


@pytest.fixture
def ann(person: Make) -> tuple[Person, str]:
    made: tuple[Person, str] = person("ann", "member")
    return made


def project(*readers: Person) -> Project:
    """A project that these may read."""
    made = Project.objects.create(name="Сайт")
    for reader in readers:
        Member.objects.create(project=made, person=reader.id)
    relay()
    return made


def task(of: Project) -> Task:
    made = Task.objects.create(project=of, title="Макет", due_date=datetime(2030, 3, 4, 12, tzinfo=UTC))
    relay()
    return made


def take(one: Task, to: Project) -> None:
    one.project = to
    one.save()
    relay()


def heard(frame: Message) -> tuple[str, str]:
    return frame["type"], frame["topic"]


def test_pm_b1_who_follows_the_one_hears_of_the_other_and_of_no_strangers(listen: Listen, token: str) -> None:
    mine, others = project(), project()
    listener = listen(token=token, hello={"topics": [f"project:{mine.pk}"]})
    task(others)
    made = task(mine)
    (frame,) = listener.frames(1, "events")
    assert heard(frame) == ("task.created", f"task:{made.pk}")
    assert frame["also"] == [f"project:{mine.pk}"]
    assert frame["data"]["title"] == "Макет"
    assert listener.silent("events")


def test_who_may_read_the_one_alone_hears_all_of_the_other_also_when_it_is_deleted(
    listen: Listen, ann: tuple[Person, str]
) -> None:
    mine = project(ann[0])
    followers = [listen(token=ann[1], hello={"topics": [name]}) for name in (f"project:{mine.pk}", "task:*", "*")]
    made = task(mine)
    id = made.pk
    made.delete()
    relay()
    for each in followers:
        frames = each.frames(2, "events")
        assert [heard(one) for one in frames] == [("task.created", f"task:{id}"), ("task.deleted", f"task:{id}")]
        assert all(one["data"]["id"] == id for one in frames)


def test_pm_b1_who_may_read_none_of_them_hears_nothing(listen: Listen, ann: tuple[Person, str]) -> None:
    listener = listen(token=ann[1], hello={"topics": ["task:*", "project:*", "comment:*"]})
    made = task(project())
    Comment.objects.create(task=made, author="Ира", content="Готово")
    made.delete()
    relay()
    assert listener.silent("events")


def test_a_thing_that_goes_elsewhere_is_gone_for_who_may_read_what_it_has_left(
    listen: Listen, ann: tuple[Person, str], person: Make
) -> None:
    ben, both = person("ben", "member"), person("both", "member")
    left, reached = project(ann[0], both[0]), project(ben[0], both[0])
    made = task(left)
    topics = {"topics": ["task:*", "project:*"]}
    one, other, of_both = (listen(token=secret, hello=topics) for _, secret in (ann, ben, both))
    alone = listen(token=ann[1], hello={"topics": [f"project:{left.pk}"]})
    take(made, reached)
    for each in (one, alone):
        (gone,) = each.frames(1, "events")
        assert heard(gone) == ("gone", f"task:{made.pk}")
        assert "data" not in gone, "and not where it is now"
    for each in (other, of_both):
        (frame,) = each.frames(1, "events")
        assert heard(frame) == ("task.updated", f"task:{made.pk}")
        assert frame["data"]["project"] == reached.pk
        assert frame["also"] == [f"project:{reached.pk}", f"project:{left.pk}"]
    made.title = "Там"
    made.save()
    relay()
    assert one.silent("events")
    assert alone.silent("events")


def test_pm_b2_who_comes_back_is_told_the_same_of_what_has_gone_and_come(
    listen: Listen, ann: tuple[Person, str]
) -> None:
    mine, others = project(ann[0]), project()
    goes, comes = task(mine), task(others)
    before = place()
    take(goes, others)
    take(comes, mine)
    listener = listen(token=ann[1], hello=hello(before))
    assert [heard(frame) for frame in listener.frames(2, "events")] == [
        ("gone", f"task:{goes.pk}"),
        ("task.updated", f"task:{comes.pk}"),
    ]
    assert listener.silent("events")


def test_a_comment_is_heard_under_its_task_and_its_project(listen: Listen, token: str) -> None:
    made = task(project())
    names = (f"task:{made.pk}", f"project:{made.project_id}", "comment:*")
    followers = [listen(token=token, hello={"topics": [name]}) for name in names]
    said = Comment.objects.create(task=made, author="Ира", content="Готово")
    relay()
    for each in followers:
        (frame,) = each.frames(1, "events")
        assert heard(frame) == ("task.commented", f"comment:{said.pk}")
        assert (frame["data"]["id"], frame["data"]["comment_id"]) == (made.pk, said.pk)


@pytest.mark.django_db
def test_a_verdict_is_found_for_each_with_a_query_for_each_topic_and_not_for_each_reader(
    django_assert_num_queries: Any,
) -> None:
    from angarium.engine.identity.testing import principal

    readers = [principal() for _ in range(20)]
    left, reached = Project.objects.create(name="А"), Project.objects.create(name="Б")
    for number, one in enumerate(readers):
        assert one.id
        Member.objects.create(project=left if number % 2 else reached, person=one.id)
    made = Task.objects.create(project=left, title="Макет", due_date=NOON)
    made.project = reached
    made.save()
    relay()
    frame = of_event(Event.objects.filter(type="projects.task_updated.v1").get(), "g")
    assert frame is not None
    with django_assert_num_queries(3):
        verdicts = judge((one, frame) for one in readers)
    assert [verdicts[one, frame] for one in readers] == [Verdict.HEARS, Verdict.GONE] * 10


def test_of_what_waits_only_what_tells_the_same_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A place on the board says nothing of the title that was changed before it."""
    monkeypatch.setattr(watchers, "MOST_WAITING", 3_000)
    one = watcher()
    for position in range(1, 40):
        told = {"title": f"{position}" * 100} if position % 2 else {"rank": f"{position}" * 100}
        one.offer(Frame("g", "events", position, "task.updated", ("task:7",), NOON, told))
    assert one.ended is None
    known: dict[str, str] = {}
    for frame in [each.frame for each in iter(one.take, None) if each is not None]:
        assert frame is not None
        known |= frame._data
    assert known == {"title": "39" * 100, "rank": "38" * 100}


def test_a_place_in_one_log_is_enough_to_go_on_from(listen: Listen, token: str) -> None:
    made = task(project())
    before = place()
    for rank in ("i", "r"):
        Place.objects.update_or_create(task=made, defaults={"rank": rank})
    relay()
    resume = {"log": "events", "generation": before["generation"], "position": before["events"]}
    first = listen(token=token, hello={"resume": resume})
    assert [frame["data"]["rank"] for frame in first.frames(2, "events")] == ["i", "r"]
    later = listen(token=token)
    later.say(resume={**resume, "position": before["events"] + 1})
    assert [frame["data"]["rank"] for frame in later.frames(1, "events")] == ["r"]
    later.say(resume={**resume, "generation": "another"})
    assert later.next("reset")["positions"]["events"] == before["events"] + 2
    for wrong in ({}, 7, {**resume, "log": "other"}, {**resume, "position": "x"}, {**resume, "position": -1}):
        later.say(resume=wrong)
        assert later.next("error")["field"] == "resume", wrong
    assert later.silent("events")


def test_pm_b1_of_what_one_missed_nothing_is_left_out_however_much_it_is(
    listen: Listen, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is slow gets the newest of what tells the same; who comes back is not slow yet."""
    monkeypatch.setattr(watchers, "MOST_WAITING", 3_000)
    made = task(project())
    before = place()
    titles = [f"{number}" * 100 for number in range(10, 40)]
    for title in titles:
        made.title = title
        made.save()
    relay()
    resume = {"log": "events", "generation": before["generation"], "position": before["events"]}
    first = listen(token=token, hello={"resume": resume})
    assert [frame["data"]["title"] for frame in first.frames(len(titles), "events")] == titles
    first.say(resume=resume)
    assert [frame["data"]["title"] for frame in first.frames(len(titles), "events")] == titles
