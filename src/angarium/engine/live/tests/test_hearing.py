"""Who listens hears what was committed, in order, each once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from angarium.engine.events.public import Event
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import cancel, claim, report, retry, start
from angarium.engine.ledger.rule import Report
from angarium.engine.live.tests.client import EVERYTHING, Listener
from angarium.engine.live.tests.serving import relay

Listen = Callable[..., Listener]


def test_an_event_is_heard_with_what_it_made_of_its_topic(listen: Listen, token: str, lesson: Any) -> None:
    ann = listen(token=token, hello={"topics": ["lesson:*"]})
    made = lesson(title="Геометрия")
    (frame,) = ann.frames(1)
    event = Event.objects.get(type="lessons.lesson_created.v1")
    assert frame["position"] == event.position
    assert (frame["v"], frame["log"], frame["type"], frame["topic"]) == (
        1,
        "events",
        "lesson.created",
        f"lesson:{made.id}",
    )
    assert frame["data"] == {
        "id": made.id,
        "title": "Геометрия",
        "student_id": made.student_id,
        "teacher_id": made.teacher_id,
        "starts_at": "2030-01-01T10:00:00Z",
        "timezone": "UTC",
        "duration_minutes": 30,
        "status": "planned",
    }
    assert frame["generation"] == ann.welcome["generation"]


def test_an_operation_is_heard_as_it_stands(listen: Listen, token: str, lesson: Any) -> None:
    made = lesson()
    one = listen(token=token, hello={"topics": [f"lesson:{made.id}"]})
    other = listen(token=token, hello={"topics": ["operation:*"]})
    id = start("delivery.deliver", delivery="1")
    relay()
    assert [frame["data"]["id"] for frame in other.frames(1)] == [str(id)]
    held = claim(id, worker="w", lease_seconds=30)
    report(Report(operation=id, epoch=held.epoch, seq=1, stage="sending", progress=(3, 5)))
    relay()
    (frame,) = other.frames(1)
    assert (frame["log"], frame["type"], frame["topic"]) == ("work", "operation.changed", f"operation:{id}")
    assert "also" not in frame
    assert {name: frame["data"][name] for name in ("kind", "state", "stage", "progress", "epoch", "seq")} == {
        "kind": "delivery.deliver",
        "state": "running",
        "stage": "sending",
        "progress": {"done": 3.0, "total": 5.0},
        "epoch": 1,
        "seq": 1,
    }
    assert one.silent()


def test_work_that_an_event_started_is_heard_under_the_lesson(listen: Listen, token: str, lesson: Any) -> None:
    made = lesson()
    ann = listen(token=token, hello={"topics": [f"lesson:{made.id}"]})
    made.move("completed")
    made.save()
    relay()
    frames = ann.frames(3)
    assert [(frame["log"], frame["type"]) for frame in frames[:1]] == [("events", "lesson.completed")]
    assert {frame["data"]["kind"] for frame in frames[1:]} <= {
        "lessons.notify_student",
        "lessons.write_letters",
        "lessons.plan_reminders",
    }
    assert all(frame["also"] == [f"lesson:{made.id}"] for frame in frames[1:])
    assert frames[1]["data"]["subject"] == f"lessons.lesson:{made.id}"


def test_who_names_nothing_hears_all_of_the_hosts_modules(listen: Listen, token: str, lesson: Any) -> None:
    everything = listen(token=token)
    assert everything.welcome["topics"] == EVERYTHING
    ours = listen(token=token, host="127.0.0.1", headers={"Host": "lessons.localhost"})
    assert ours.welcome["topics"] == ["lesson:*"]
    lesson()
    assert ours.frames(1)[0]["type"] == "lesson.created"
    assert everything.frames(1)[0]["type"] == "lesson.created"


def test_topics_are_followed_and_left_while_it_is_open(listen: Listen, token: str, lesson: Any) -> None:
    first, second = lesson(), lesson()
    ann = listen(token=token, hello={"topics": [f"lesson:{first.id}", "nothing:7", "lesson:"]})
    assert ann.welcome["topics"] == [f"lesson:{first.id}"]
    assert ann.welcome["refused"] == ["nothing:7", "lesson:"]
    ann.say(type="subscribe", topics=[f"lesson:{second.id}"])
    assert ann.next("welcome")["topics"] == [f"lesson:{first.id}", f"lesson:{second.id}"]
    ann.say(type="unsubscribe", topics=[f"lesson:{first.id}"])
    assert ann.next("welcome")["topics"] == [f"lesson:{second.id}"]
    for one in (first, second):
        one.title = "Другая"
        one.save()
    relay()
    assert ann.frames(1, "events")[0]["topic"] == f"lesson:{second.id}"


def test_who_follows_more_later_gets_the_gap_of_that_alone(listen: Listen, token: str, lesson: Any) -> None:
    first, second = lesson(), lesson()
    ann = listen(token=token, hello={"topics": [f"lesson:{first.id}"]})
    for one in (first, second):
        one.title = "Другая"
        one.save()
    relay()
    assert ann.frames(1, "events")[0]["topic"] == f"lesson:{first.id}"
    place = {"generation": ann.welcome["generation"], "positions": ann.welcome["positions"]}
    ann.say(type="subscribe", topics=[f"lesson:{second.id}"], **place)
    ann.next("welcome")
    assert ann.frames(1, "events")[0]["topic"] == f"lesson:{second.id}"
    second.title = "Третья"
    second.save()
    relay()
    assert ann.frames(1, "events")[0]["data"]["title"] == "Третья"


def test_a_retry_is_heard_under_what_it_retries(listen: Listen, token: str, lesson: Any) -> None:
    id = start("delivery.deliver", delivery="1")
    cancel(id, SYSTEM)
    relay()
    ann = listen(token=token, hello={"topics": [f"operation:{id}"]})
    again = retry(id, SYSTEM)
    relay()
    (frame,) = ann.frames(1)
    assert (frame["topic"], frame["also"]) == (f"operation:{again}", [f"operation:{id}"])


def test_a_delivery_is_heard_as_its_operation_moves(listen: Listen, token: str, lesson: Any) -> None:
    from angarium.engine.delivery.public import Recipient, send

    to = Recipient(kind="student", id="7", name="Анна", address="anna@example.org")
    sent = send(to=to, template="lessons/notification", channel="log", key="k", context={"title": "А"})
    ann = listen(token=token, hello={"topics": [f"delivery:{sent.id}"]})
    assert sent.operation is not None
    cancel(sent.operation, SYSTEM)
    relay()
    (frame,) = [one for one in ann.frames(1) if one["data"]["state"] == "cancelled"]
    assert frame["also"] == [f"delivery:{sent.id}"]
