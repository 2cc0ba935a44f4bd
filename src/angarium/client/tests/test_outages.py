"""Whatever happens between a service and Angarium, in whatever order: no state is lost, doubled or overtaken.

Hypothesis invents the histories. `PROVE=1` tries many more.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from angarium.client import Client, pacing, sender
from angarium.client.claims import Claim
from angarium.client.shapes import Granted

from .stub import HTML, HTML_200, LOST, MALFORMED, RESET, SLOW, Asked, Op, Stub

PROVE = bool(os.environ.get("PROVE"))
MOODS = [None, 500, 503, 429, 401, 404, HTML, HTML_200, MALFORMED, RESET, LOST]

speak = st.tuples(st.just("speak"), st.integers(0, 3), st.sampled_from(["stage", "state", "progress", "progress"]))
trouble = st.tuples(st.just("mood"), st.sampled_from(MOODS), st.none())
once = st.tuples(st.just("once"), st.lists(st.sampled_from(MOODS), min_size=1, max_size=3), st.none())
moves = st.one_of(
    *(speak, speak, speak, trouble, once),
    *(
        st.tuples(st.just(word), st.none(), st.none())
        for word in ("refuse", "listen", "sent", "restart", "batch", "hold", "free")
    ),
)


class World:
    """One service, its Angarium, and what the service said."""

    def __init__(self, folder: str) -> None:
        self.stub, self.path = Stub(), Path(folder) / "reports.sqlite"
        self.stub.moody = "transitions:batch"
        self.said: dict[Op, list[dict[str, Any]]] = {}
        self.listening = True
        self.begin()

    def begin(self) -> None:
        """A process with new work to do."""
        self.client = Client(self.stub.url, spool=self.path)
        self.ops = [self.stub.op() for _ in range(4)]
        self.claims = [self.claim(op) for op in self.ops]

    def claim(self, op: Op) -> Claim:
        """Given without the network, which may be away."""
        body = msgspec.json.encode({"worker": "w", "lease_seconds": 3600, "key": str(op.id)})
        given = self.stub._claim(op, Asked("POST", "", {}, body))
        self.said[op] = []
        return Claim(msgspec.convert(given, Granted, strict=False), self.client._outbox, "w")

    def speak(self, number: int, what: str) -> None:
        op, held = self.ops[number], self.claims[number]
        count = held.seq + 1
        match what:
            case "stage":
                held.report(stage=f"s{count}")
            case "state":
                held.report(state="running", metadata={"n": count})
            case _:
                held.progress(count)
        self.said[op].append({"what": what, "seq": count})

    def once(self, moods: list[Any], _: None) -> None:
        with self.stub.changed:
            self.stub.moods.extend(moods)

    def mood(self, mood: Any, _: None) -> None:
        self.stub.mood = mood

    def batch(self, *_: None) -> None:
        """Batches are as small as they become after a refusal of a whole one."""
        self.client._outbox.sender._most = 1

    def hold(self, *_: None) -> None:
        """The next batch is taken, and its answer is on its way until `free`."""
        self.free()
        with self.stub.changed:
            self.stub.released = threading.Event()
            self.stub.moods.appendleft(SLOW)
        self.speak(1, "progress")
        self.speak(0, "stage")
        self.client.flush(0.05)

    def free(self, *_: None) -> None:
        self.stub.released.set()

    def refuse(self, *_: None) -> None:
        if self.listening:
            self.stub.refuse()
        self.listening = False

    def listen(self, *_: None) -> None:
        if not self.listening:
            self.stub.listen()
        self.listening = True

    def sent(self, *_: None) -> None:
        """A moment in which something may be sent."""
        self.client.flush(0.02)

    def restart(self, *_: None) -> None:
        self.free()
        self.client.close(0)
        self.begin()

    def judge(self) -> None:
        """In the end all is calm, and everything that was said has counted, in its order."""
        self.listen()
        self.free()
        self.stub.moods.clear()
        self.stub.mood = None
        assert self.client.flush(20)
        assert self.client.refused == 0
        for op, said in self.said.items():
            states = [one["seq"] for one in said if one["what"] != "progress"]
            assert [one["seq"] for one in op.applied if "progress" not in one] == states
            assert [one["seq"] for one in op.applied] == sorted(one["seq"] for one in op.applied)
            assert op.late == []
            last = max((one["seq"] for one in said if one["what"] == "progress"), default=None)
            assert max((one["progress"]["done"] for one in op.applied if "progress" in one), default=None) == last


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are a hundredth of what they are, so that many histories fit into a test."""
    monkeypatch.setattr(pacing, "LONGEST", 0.02)
    monkeypatch.setattr(sender, "GATHER", 0.002)


@pytest.mark.usefixtures("hasty")
@settings(
    max_examples=400 if PROVE else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=st.lists(moves, max_size=60 if PROVE else 40))
def test_op_16_no_history_of_outages_loses_or_overtakes_a_state(history: list[tuple[str, Any, Any]]) -> None:
    with TemporaryDirectory() as folder:
        world = World(folder)
        try:
            for word, *arguments in history:
                getattr(world, word)(*arguments)
            world.judge()
        finally:
            world.client.close(0)
            world.refuse()
