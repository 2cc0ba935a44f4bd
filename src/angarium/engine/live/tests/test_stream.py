"""Server-sent events: the same frames, resumed by the id that a browser sends back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from angarium.engine.events.public import heads
from angarium.engine.identity.public import SYSTEM, deactivate_person
from angarium.engine.live.closing import Close
from angarium.engine.live.tests.client import Message, Stream
from angarium.engine.live.tests.serving import relay

Make = Callable[..., Any]


@pytest.fixture
def stream(port: int) -> Iterator[Callable[..., Iterator[tuple[str, str, Message]]]]:
    """Opens a stream, and closes it in the end."""
    opened: list[Stream] = []

    def open_one(path: str = "/events/", **headers: str) -> Iterator[tuple[str, str, Message]]:
        opened.append(Stream(port, path=path, **headers))
        assert opened[-1].answer.status == 200, opened[-1].answer.read()
        return opened[-1].events()

    yield open_one
    for one in opened:
        one.close()


def test_a_stream_welcomes_and_tells(stream: Make, token: str, lesson: Make) -> None:
    events = stream("/events/?topics=lesson:*", Authorization=f"Bearer {token}")
    id, kind, welcome = next(events)
    generation, at, work = heads()
    assert (id, kind, welcome["topics"]) == (f"{generation}:{at}:{work}", "welcome", ["lesson:*"])
    made = lesson()
    id, kind, frame = next(events)
    assert (id.split(":")[1], kind, frame["topic"]) == (str(at + 1), "lesson.created", f"lesson:{made.id}")


def test_it_goes_on_after_the_last_event_that_was_heard(stream: Make, token: str, lesson: Make) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    events = stream("/events/?topics=lesson:*", **bearer)
    next(events)
    lesson(title="Первая")
    last, *_ = next(events)
    lesson(title="Вторая")
    address = "/events/?topics=lesson:*&generation=old&events=0&work=0"
    again = stream(address, **bearer, **{"Last-Event-ID": last})
    assert next(again)[1] == "welcome"
    titles = [frame["data"].get("title") for _, kind, frame in (next(again) for _ in range(1)) if kind]
    while "Вторая" not in titles:
        _, _, frame = next(again)
        titles.append(frame["data"].get("title"))
    assert "Первая" not in titles


def test_an_id_that_is_not_of_this_log_is_a_reset(stream: Make, token: str) -> None:
    for last in ("nonsense", "other:1:1", "a:b:c"):
        events = stream(Authorization=f"Bearer {token}", **{"Last-Event-ID": last})
        assert [next(events)[1], next(events)[1]] == ["welcome", "reset"], last


def test_it_ends_with_the_reason(stream: Make, person: Make) -> None:
    ann, secret = person()
    events = stream(Authorization=f"Bearer {secret}")
    next(events)
    deactivate_person(ann.id, by=SYSTEM)
    relay()
    *_, (_, kind, end) = events
    assert (kind, end["code"], end["name"]) == ("end", Close.ENDED, "ended")


def test_nobody_hears_nothing(port: int) -> None:
    for headers in ({}, {"Authorization": "Bearer ang_wrong"}):
        one = Stream(port, **headers)
        assert one.answer.status == 401
        assert one.answer.getheader("WWW-Authenticate") == 'Bearer realm="angarium"'
        one.close()


def test_other_methods_are_refused_and_a_head_has_no_body(port: int, token: str) -> None:
    for method, status in (("POST", 405), ("DELETE", 405), ("HEAD", 200)):
        one = Stream(port, method=method, Authorization=f"Bearer {token}")
        assert one.answer.status == status
        one.close()


def test_a_page_of_another_site_cannot_open_one(port: int) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        one = Stream(port, **headers)
        assert one.answer.status == 403
        one.close()
