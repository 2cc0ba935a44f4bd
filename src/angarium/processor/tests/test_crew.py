"""Threads that are handed ids: so many run at once, the rest is not touched, and nothing is taken twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from angarium.client import Client
from angarium.client.tests.stub import Stub
from angarium.processor import Job, handles
from angarium.processor.crew import Crew
from angarium.processor.runner import Runner


class Gate:
    """A handler that stays where it is until it is let go."""

    def __init__(self) -> None:
        self.open = threading.Event()
        handles("test")(self.stay)

    def stay(self, job: Job) -> None:
        assert self.open.wait(20)


@contextmanager
def crew(runner: Runner, threads: int) -> Iterator[Crew]:
    made = Crew(runner, threads)
    yield made
    assert made.stop(10)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open.set()


def test_op_04_what_waits_for_a_thread_is_not_claimed(gate: Gate, runner: Runner, stub: Stub) -> None:
    operations = [stub.op() for _ in range(10)]
    with crew(runner, 4) as made:
        made.take("test", [op.id for op in operations])
        stub.until(lambda: len(stub.asked("/claim")) == 4)
        made.take("test", [op.id for op in operations])  # called for again, since nobody has claimed them
        assert [op.state for op in operations] == ["running"] * 4 + ["queued"] * 6
        gate.open.set()
        stub.until(lambda: all(op.state == "succeeded" for op in operations))
    assert len(stub.asked("/claim")) == 10


def test_who_stops_begins_nothing_and_waits_for_what_runs(
    gate: Gate, runner: Runner, client: Client, stub: Stub
) -> None:
    first, second = stub.op(), stub.op()
    made = Crew(runner, 1)
    made.take("test", [first.id, second.id])
    stub.until(lambda: first.state == "running")
    assert not made.stop(0.05)
    gate.open.set()
    assert made.stop(10)
    assert client.flush(10)
    assert (first.state, second.state) == ("succeeded", "queued")
    made.take("test", [second.id])
    assert second.state == "queued"
