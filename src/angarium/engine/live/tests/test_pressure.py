"""A slow client costs nobody else anything, and learns that it was slow."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from websockets.frames import Frame as WireFrame
from websockets.frames import Opcode

from angarium.engine.identity.public import SYSTEM
from angarium.engine.live import station as stations
from angarium.engine.live import watcher as watchers
from angarium.engine.live.closing import Close
from angarium.engine.live.frames import Frame, Waiting
from angarium.engine.live.hub import Hub
from angarium.engine.live.place import Place
from angarium.engine.live.ring import Ring
from angarium.engine.live.tests.client import Listener
from angarium.engine.live.topics import Grant
from angarium.engine.live.watcher import Watcher
from angarium.engine.live.who import Visitor
from tests.servers import polling

Listen = Callable[..., Listener]
NOON = datetime(2030, 1, 1, tzinfo=UTC)


def frame(position: int, topic: str = "lesson:7", size: int = 1000, log: str = "events") -> Frame:
    return Frame("g", log, position, "lesson.updated", (topic,), NOON, {"title": "x" * size})


def watcher(*topics: str) -> Watcher:
    made = Watcher(Visitor(SYSTEM), drop=lambda: None)
    made.grant = Grant(whole=frozenset(topics))
    return made


def taken(one: Watcher) -> list[int]:
    return [each.frame.position for each in iter(one.take, None) if each is not None and each.frame is not None]


def test_what_waits_is_sent_in_order_and_what_was_told_before_is_not() -> None:
    one = watcher()
    one.stand(Place("g", 3, 0))
    for position in (2, 3, 4, 5, 5):
        one.offer(frame(position))
    assert taken(one) == [4, 5]
    assert one.sent == 2


def test_when_too_much_waits_the_newest_of_each_topic_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "MOST_WAITING", 10_000)
    one = watcher()
    one.offer(frame(1, "lesson:1"))
    for position in range(2, 40):
        one.offer(frame(position, "lesson:2"))
    assert one.ended is None
    left = taken(one)
    assert left[0] == 1
    assert left[-1] == 39
    assert len(left) < 12


def test_when_even_that_is_too_much_it_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchers, "MOST_WAITING", 10_000)
    one = watcher()
    for position in range(1, 30):
        one.offer(frame(position, f"lesson:{position}"))
    assert one.ended is Close.SLOW
    assert one.take() is None
    one.offer(frame(31))
    assert not one.queue, "nothing is kept for who was let go"


def test_a_frame_is_encoded_once_for_all_who_hear_it() -> None:
    async def tell() -> list[bytes]:
        hub = Hub(Place("g", 0, 0))
        heard = [watcher() for _ in range(5)]
        for one in heard:
            hub._index(one, Grant(whole=frozenset({"lesson"})))
            hub.watchers.add(one)
        hub._offer(frame(1), {})
        return [one.queue[0].body for one in heard]

    bodies = asyncio.run(tell())
    assert len({id(body) for body in bodies}) == 1


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 100_000])
def test_a_message_is_framed_as_the_protocol_has_it(size: int) -> None:
    body = b"x" * size
    assert Waiting(body, "pong").framed == WireFrame(Opcode.TEXT, body).serialize(mask=False)


def test_the_ring_forgets_the_oldest_and_knows_how_far_it_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    from angarium.engine.live import ring as rings

    monkeypatch.setattr(rings, "MOST_FRAMES", 3)
    ring = Ring(Place("g", 0, 0))
    for position in range(1, 6):
        ring.append(frame(position))
    assert ring.reaches(Place("g", 2, 0))
    assert not ring.reaches(Place("g", 1, 0))
    assert [one.position for one in ring.after(Place("g", 3, 0))] == [4, 5]
    ring.prepend([frame(2)], "events", 1)
    assert ring.reaches(Place("g", 1, 0))
    assert len(ring) == 4


def test_the_ring_tells_both_logs_in_the_order_in_which_they_were_told() -> None:
    ring = Ring(Place("g", 2, 7))
    for log, position in (("events", 3), ("work", 8), ("work", 9), ("events", 4), ("work", 10)):
        ring.append(frame(position, log=log))
    ring.prepend([frame(6, log="work"), frame(7, log="work")], "work", 5)
    ring.prepend([frame(2)], "events", 1)

    def after(events: int, work: int) -> list[tuple[str, int]]:
        return [(one.log, one.position) for one in ring.after(Place("g", events, work))]

    assert after(3, 8) == [("work", 9), ("events", 4), ("work", 10)]
    assert after(4, 10) == []
    assert after(1, 6)[:3] == [("events", 2), ("work", 7), ("events", 3)]
    assert len(after(1, 5)) == len(ring) == 8
    ring.append(frame(5))
    assert after(4, 10) == [("events", 5)], "what was looked for before is not what there is now"


def _station() -> stations.Station | None:
    """Whose hub has both."""
    found = [one for one in stations._stations.values() if one._hub is not None and len(one._hub.watchers) == 2]
    return found[0] if found else None


def test_a_client_that_reads_nothing_is_told_to_resume_while_others_hear_all(
    port: int, listen: Listen, token: str
) -> None:
    with socket.socket() as silent:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        silent.connect(("127.0.0.1", port))
        silent.sendall(
            f"GET /ws/notifications/?topics=lesson:* HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {token}\r\n\r\n".encode()
        )
        assert silent.recv(12) == b"HTTP/1.1 101"
        other = listen(token=token, hello={"topics": ["lesson:*"]})
        polling.eventually(lambda: _station() is not None)
        station = _station()
        assert station is not None
        hub = station._hub
        assert hub is not None
        position = hub.place.events
        while all(one.ended is None for one in hub.watchers):
            position += 1
            assert position < 1000, "it was never let go"
            big = frame(position, f"lesson:{position}", size=50_000)
            station._loop.call_soon_threadsafe(hub._offer, big, {})
            assert other.frames(1)[0]["position"] == position
        assert [one.ended for one in hub.watchers if one.ended] == [Close.SLOW]
        assert sum(one._size for one in hub.watchers) <= watchers.MOST_WAITING
