"""Hints wake hubs, in this process and through Redis; a Redis that is away holds up nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from angarium.engine.live import hints
from angarium.engine.live.hints import Ear, Herald, listen, stop_listening, tell
from tests.servers import polling, redis


@pytest.fixture
def server(settings: Any) -> Iterator[redis.Server]:
    made = redis.new_server()
    settings.REDIS_URL = made.url
    yield made
    made.stop()


@pytest.fixture
def ear(server: redis.Server) -> Iterator[tuple[Ear, threading.Event]]:
    woken = threading.Event()
    made = Ear(woken.set)
    made.start()
    polling.eventually(lambda: made.hears, within=10)
    woken.clear()
    yield made, woken
    made.stop()


def test_within_a_process_every_hub_is_called(settings: Any) -> None:
    settings.REDIS_URL = ""
    woken = threading.Event()
    listen(woken.set)
    tell("events", 1)
    assert woken.is_set()
    stop_listening(woken.set, None)
    woken.clear()
    tell("events", 2)
    assert not woken.is_set()


def test_other_processes_hear_through_redis(ear: tuple[Ear, threading.Event]) -> None:
    _, woken = ear
    Herald().tell()
    assert woken.wait(5)


def test_redis_away_or_silent_holds_up_nobody_and_is_heard_again(
    server: redis.Server, ear: tuple[Ear, threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    listener, woken = ear
    monkeypatch.setattr(hints, "herald", Herald())
    for away, back in ((server.stop, server.start), (server.pause, server.resume)):
        away()
        began = time.monotonic()
        for position in range(100):
            tell("events", position)
        assert time.monotonic() - began < 0.5
        polling.eventually(lambda: not listener.hears, within=20)
        back()
        polling.eventually(lambda: listener.hears, within=20)
        woken.clear()
        polling.eventually(lambda: _told(woken), within=10)


def _told(woken: threading.Event) -> bool:
    hints.herald.tell()
    return woken.wait(0.5)
