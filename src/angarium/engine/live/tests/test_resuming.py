"""Who was away gets the gap, whole, or is told to load anew; never a part of it, and nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from angarium.engine.events.public import Event, begin_generation, heads
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import start
from angarium.engine.live import hub
from angarium.engine.live.hub import Hub
from angarium.engine.live.place import Place
from angarium.engine.live.tests.client import Listener, Message
from angarium.engine.live.tests.serving import hang_up, relay
from angarium.engine.live.watcher import Watcher
from angarium.engine.live.who import Visitor

Listen = Callable[..., Listener]


@pytest.fixture
def closed(transactional_db: None) -> Iterator[None]:
    """The connections of the threads that ask the database are closed in the end."""
    yield
    hang_up()


def place() -> Message:
    generation, events, work = heads()
    return {"generation": generation, "events": events, "work": work}


def hello(at: Message, **more: Any) -> Message:
    positions = {"events": at["events"], "work": at["work"]}
    return {"topics": ["*"], "generation": at["generation"], "positions": positions, **more}


def moves(lesson: Any, number: int) -> None:
    for _ in range(number):
        lesson()
        start("delivery.deliver", delivery="1")
        relay()


def told(frames: list[Message]) -> list[tuple[str, int]]:
    return [(frame["log"], frame["position"]) for frame in frames]


def between(before: Message, after: Message) -> set[tuple[str, int]]:
    return {(log, at) for log in ("events", "work") for at in range(before[log] + 1, after[log] + 1)}


def test_the_gap_is_given_whole_and_once_and_then_what_comes(listen: Listen, token: str, lesson: Any) -> None:
    before = place()
    moves(lesson, 4)
    ann = listen(token=token, hello=hello(before))
    assert ann.welcome["positions"] == {"events": before["events"], "work": before["work"]}
    moves(lesson, 2)
    wanted = between(before, place())
    got = told(ann.frames(len(wanted)))
    assert set(got) == wanted
    for log in ("events", "work"):
        assert [at for one, at in got if one == log] == sorted(at for one, at in got if one == log)
    assert ann.silent()


def test_of_many_who_come_back_the_first_one_asks_the_database(
    listen: Listen, token: str, lesson: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = place()
    moves(lesson, 3)
    wanted = between(before, place())
    asked: list[str] = []
    real = hub.between
    monkeypatch.setattr(hub, "between", lambda log, *rest: (asked.append(log), real(log, *rest))[1])
    for _ in range(3):
        assert set(told(listen(token=token, hello=hello(before)).frames(len(wanted)))) == wanted
    assert sorted(asked) == ["events", "work"]


def test_of_many_who_come_back_at_once_to_different_places_each_gets_its_gap(lesson: Any, closed: None) -> None:
    relay()
    begun = place()
    moves(lesson, 6)
    now = place()
    events, work = (range(begun[log], now[log] + 1) for log in ("events", "work"))

    async def come_back(hub: Hub, at: Place) -> set[tuple[str, int]]:
        one = Watcher(Visitor(SYSTEM), drop=lambda: None)
        await hub.follow(one, ["lesson:*", "operation:*", "delivery:*"], at)
        waiting = iter(one.take, None)
        assert next(waiting).kind == "welcome"
        return {(each.frame.log, each.frame.position) for each in waiting if each.frame is not None}

    async def all_of_them() -> None:
        hub = Hub(Place(**now))
        places = [Place(now["generation"], one, other) for one in events for other in work] * 3
        Random(20).shuffle(places)
        found = await asyncio.wait_for(asyncio.gather(*(come_back(hub, at) for at in places)), 30)
        for at, heard in zip(places, found, strict=True):
            assert heard == between({"events": at.events, "work": at.work}, now)

    asyncio.run(all_of_them())


def test_a_page_may_be_made_before_the_hub_has_heard(listen: Listen, token: str, lesson: Any) -> None:
    """The page's place is read from the database; the hub, which nobody woke, stands before it."""
    listen(token=token)
    moves(lesson, 1)
    at = place()
    ann = listen(token=token, hello=hello(at))
    assert ann.silent(), "it is not told again what the page shows"
    moves(lesson, 1)
    wanted = between(at, place())
    assert set(told(ann.frames(len(wanted)))) == wanted


def test_a_place_that_means_nothing_here_is_a_reset(listen: Listen, token: str, lesson: Any) -> None:
    moves(lesson, 1)
    for change in ({"generation": "another"}, {"events": 10**9}, {"work": 10**9}):
        ann = listen(token=token, hello=hello({**place(), **change}))
        reset = ann.next("reset")
        assert {"generation": reset["generation"], **reset["positions"]} == place()
        at = place()
        moves(lesson, 1)
        wanted = between(at, place())
        assert set(told(ann.frames(len(wanted)))) == wanted, change


def test_a_gap_that_the_log_has_no_more_is_a_reset_and_no_part_of_it_is_given(
    listen: Listen, token: str, lesson: Any
) -> None:
    before = place()
    moves(lesson, 3)
    Event.objects.filter(position=before["events"] + 1).delete()
    ann = listen(token=token, hello=hello(before))
    assert ann.hear()["type"] == "reset"
    assert ann.silent()


def test_a_gap_that_is_too_long_is_a_reset(
    listen: Listen, token: str, lesson: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "LONGEST_GAP", 3)
    before = place()
    moves(lesson, 4)
    assert listen(token=token, hello=hello(before)).hear()["type"] == "reset"


def test_a_database_that_was_restored_resets_who_is_listening(listen: Listen, token: str, lesson: Any) -> None:
    ann = listen(token=token)
    generation = begin_generation()
    moves(lesson, 1)
    reset = ann.next("reset")
    assert reset["generation"] == generation != ann.welcome["generation"]


def test_who_missed_something_asks_and_gets_it_once_more(listen: Listen, token: str, lesson: Any) -> None:
    ann = listen(token=token)
    at = {"generation": ann.welcome["generation"], **ann.welcome["positions"]}
    moves(lesson, 2)
    wanted = between(at, place())
    first = told(ann.frames(len(wanted)))
    ann.say(type="resume", generation=at["generation"], positions={"events": at["events"], "work": at["work"]})
    assert set(told(ann.frames(len(wanted)))) == set(first) == wanted
    assert ann.silent()


def test_a_heartbeat_says_where_the_logs_stand_and_how_much_was_sent(
    listen: Listen, token: str, lesson: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from angarium.engine.live import station

    monkeypatch.setattr(station, "HEARTBEAT", 0.2)
    ann = listen(token=token, hello={"topics": ["lesson:*"]})
    moves(lesson, 1)
    head, counted = place(), 0
    for _ in range(100):
        message = ann.hear()
        counted += "position" in message
        if message["type"] == "heartbeat" and {"generation": message["generation"], **message["positions"]} == head:
            assert message["sent"] == counted > 0
            return
    raise AssertionError("no heartbeat came to where the logs stand")
