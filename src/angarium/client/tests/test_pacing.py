"""Pauses grow up to five seconds, are never the same twice, and are longer where a server asks for that."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

import pytest
import time_machine

from angarium.client.background import Background
from angarium.client.pacing import Seldom, asked_for, pause

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(("failures", "longest"), [(1, 0.2), (2, 0.4), (5, 3.2), (6, 5.0), (10_000, 5.0)])
def test_a_pause_is_anything_up_to_a_bound_that_doubles(failures: int, longest: float) -> None:
    pauses = [pause(failures) for _ in range(200)]
    assert min(pauses) >= 0
    assert longest * 0.8 < max(pauses) <= longest
    assert len(set(pauses)) > 100


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3), ("0.5", 0.5), ("-1", 0), ("999999", 60), ("", None), (None, None), ("soon", None), ("nan", None),
        ("Mon, 02 Mar 2026 12:00:07 GMT", 7), ("Mon, 02 Mar 2026 11:00:00 GMT", 0),
    ],
)  # fmt: skip
def test_a_server_asks_for_seconds_or_for_a_time(header: str | None, seconds: float | None) -> None:
    with time_machine.travel(NOON, tick=False):
        assert asked_for(header) == seconds


@pytest.mark.parametrize(("seconds", "times"), [(60, 1), (0, 3)])
def test_a_trouble_is_said_once_and_again_later(caplog: pytest.LogCaptureFixture, seconds: float, times: int) -> None:
    seldom = Seldom(seconds)
    with caplog.at_level(logging.WARNING, "angarium.client"):
        for _ in range(3):
            seldom.warn("away", "It is away.")
        seldom.over("away", "It is back.")
        seldom.over("away", "It is back.")
    assert [record.message for record in caplog.records] == [*["It is away."] * times, "It is back."]


def test_a_thread_goes_on_after_whatever_happens_to_it(caplog: pytest.LogCaptureFixture) -> None:
    steps, done = [], threading.Event()

    def step() -> None:
        steps.append(1)
        if len(steps) < 3:
            raise OSError("the disk is gone")
        done.set()
        background.rest(None)

    background = Background("test-thread", step)
    with caplog.at_level(logging.ERROR, "angarium.client"):
        background.ensure()
        assert done.wait(10)
        background.stop(5)
    assert [record.message for record in caplog.records] == ["test-thread failed and goes on."]
    background.ensure()
    assert len(steps) in {3, 4}
