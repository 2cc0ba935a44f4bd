"""Services that report in every wrong order, twice, with clocks that are days apart; and an oracle that knows from what
was sent and what was answered what must be stored."""

from __future__ import annotations

import http.client
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from tests.processes.instance import Instance

BASE = "/api/operations/operations"
#: Seconds without a word after which the server hangs up, with what a busy client takes to see an answer.
KEPT = 2.0
#: Prints (id, epoch) of so many operations that somebody holds for a long time.
HELD = """
from angarium.engine.ledger.public import Work, claim_fresh, start_many
ids = []
for first in range(0, {number}, 1000):
    ids += start_many([Work(kind="operations.task", input={{"name": "n", "processing_time": 1}})
                       for _ in range(min(1000, {number} - first))])
for first in range(0, len(ids), 1000):
    for one in claim_fresh(ids[first : first + 1000], worker="w", lease_seconds=86400):
        print("held", one.operation, one.epoch)
"""


@dataclass(frozen=True)
class Sent:
    """A report and what was answered. `body` tells two reports of one (epoch, seq) apart."""

    operation: str
    epoch: int
    seq: int
    body: dict[str, Any]
    status: int = 0
    verdict: str = ""
    applied: bool = False

    @property
    def item(self) -> dict[str, Any]:
        return {"operation": self.operation, "epoch": self.epoch, "seq": self.seq, **self.body}


def hold(instance: Instance, number: int) -> list[tuple[str, int]]:
    """(id, epoch) of so many."""
    found: list[tuple[str, int]] = []
    while len(found) < number:
        output = instance.run("shell", "-v0", "-c", HELD.format(number=min(8000, number - len(found))))
        lines = [line.split() for line in output.splitlines() if line.startswith("held ")]
        found += [(id, int(epoch)) for _, id, epoch in lines]
    return found


def story(operation: str, epoch: int, dice: Random, length: int) -> list[Sent]:
    """What a service says of one operation, in order, by a clock that may be days wrong."""
    skew = dice.choice((0, 0, 86400, -86400, 3600 * dice.randint(-100, 100)))
    said = []
    for seq in range(1, length + 1):
        body: dict[str, Any] = {"message": f"{epoch}.{seq}", "metadata": {f"k{seq % 4}": seq, "clock": seq + skew}}
        if dice.random() < 0.5:
            body["progress"] = {"done": seq, "total": length}
        if dice.random() < 0.2:
            body["event_id"] = str(UUID(int=dice.getrandbits(128), version=4))
        if seq == length:
            body["state"] = dice.choice(("succeeded", "failed", "cancelled"))
        said.append(Sent(operation, epoch, seq, body))
    return said


def muddled(said: Sequence[Sent], dice: Random) -> list[Sent]:
    """All of it shuffled, half of it twice, and now and then another body for the same place."""
    again = [one for one in said if dice.random() < 0.5]
    others = [
        Sent(one.operation, one.epoch, one.seq, {"message": "other"})
        for one in said
        if dice.random() < 0.01 and "state" not in one.body
    ]
    everything = [*said, *again, *others]
    dice.shuffle(everything)
    return everything


class Line:
    """One connection to the API, kept."""

    def __init__(self, instance: Instance, port: int | None = None, timeout: float = 60) -> None:
        self.token = instance.token
        self.connection = http.client.HTTPConnection("127.0.0.1", port or int(instance.url.rpartition(":")[2]), timeout)
        self.used = time.monotonic()

    def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        text = json.dumps(body or {})
        try:
            self.connection.request("POST", f"{BASE}{path}", text, headers)
            answer = self.connection.getresponse()
        except ConnectionError as error:
            if time.monotonic() - self.used < KEPT and not isinstance(error, BrokenPipeError):
                raise
            self.connection.close()  # it hung up before, and has read nothing of this
            self.connection.request("POST", f"{BASE}{path}", text, headers)
            answer = self.connection.getresponse()
        read = answer.read()
        self.used = time.monotonic()
        return answer.status, json.loads(read) if read else None

    def report(self, some: Sequence[Sent]) -> list[Sent]:
        """Send these in one request, a single one alone; each with its answer."""
        if len(some) == 1:
            item = some[0].item
            status, answer = self.post(f"/{item.pop('operation')}/transitions", item)
            return [told(some[0], status, answer)]
        status, answer = self.post("/transitions:batch", {"transitions": [one.item for one in some]})
        assert status == 200, answer
        return [told(one, each["status"], each) for one, each in zip(some, answer["results"], strict=True)]


def told(one: Sent, status: int, answer: dict[str, Any]) -> Sent:
    verdict = answer.get("verdict") or answer["code"]
    return Sent(one.operation, one.epoch, one.seq, one.body, status, verdict, answer.get("applied", False))


def send_all(instance: Instance, said: Sequence[Sent], dice: Random, *, lines: int = 8, most: int = 300) -> list[Sent]:
    """Send everything over so many connections at once, in portions of any size."""
    portions: list[Sequence[Sent]] = []
    at = 0
    while at < len(said):
        size = 1 if dice.random() < 0.5 else dice.randint(2, most)
        portions.append(said[at : at + size])
        at += size

    def work(mine: Iterable[Sequence[Sent]]) -> list[Sent]:
        line = Line(instance)
        return [answer for portion in mine for answer in line.report(portion)]

    with ThreadPoolExecutor(lines) as pool:
        return [one for found in pool.map(work, [portions[n::lines] for n in range(lines)]) for one in found]


Place = tuple[str, int, int]


def complaints(instance: Instance, sent: Sequence[Sent]) -> list[str]:
    """What is stored or was answered otherwise than it must be."""
    answers: dict[Place, list[Sent]] = defaultdict(list)
    for one in sent:
        answers[one.operation, one.epoch, one.seq].append(one)
    rows = _rows(instance)
    wrong = [f"{place}: stored and never taken" for place in rows if place not in answers]
    for place, those in answers.items():
        wrong += [f"{place}: {text}" for text in _of_place(those, rows.get(place))]
    return wrong + _of_heads(instance, rows)


def _of_place(those: Sequence[Sent], row: dict[str, Any] | None) -> list[str]:
    taken = [one for one in those if one.status == 200]
    first = [one for one in taken if one.verdict in {"applied", "late"}]
    if row is None:
        return ["was taken and is not stored"] if taken else []
    wrong = [] if len(first) == 1 else [f"{len(first)} were told that they are the first"]
    wrong += [f"another body was taken: {one}" for one in taken if one.body["message"] != row["message"]]
    refused = [one for one in those if one.status != 200 and one.verdict != "lease_lost"]
    wrong += [f"was refused: {one}" for one in refused if one.body["message"] == row["message"]]
    wrong += [f"other answer: {one}" for one in taken if one.applied != (row["verdict"] == "applied")]
    return wrong


def _rows(instance: Instance) -> dict[Place, dict[str, Any]]:
    names = ("operation", "epoch", "seq", "state", "message", "verdict", "metadata", "done")
    query = (
        "select operation_id, epoch, seq, state, message, verdict, metadata, progress_done from ledger_transition "
        "where seq > 0 and operation_id in (select id from ledger_operation where kind = 'operations.task')"
    )
    found = [dict(zip(names, row, strict=True)) for row in instance.rows(query)]
    return {(str(UUID(str(row["operation"]))), row["epoch"], row["seq"]): row for row in found}


def _of_heads(instance: Instance, rows: dict[Place, dict[str, Any]]) -> list[str]:
    applied: dict[str, list[tuple[int, int, dict[str, Any]]]] = defaultdict(list)
    for (operation, epoch, seq), row in rows.items():
        if row["verdict"] == "applied":
            applied[operation].append((epoch, seq, row))
    wrong = []
    query = "select id, state, epoch, seq, metadata, progress_done from ledger_operation where kind = 'operations.task'"
    for id, state, epoch, seq, metadata, done in instance.rows(query):
        mine = sorted(applied[str(UUID(str(id)))], key=lambda one: one[:2])
        now = [one for one in mine if one[0] == epoch]
        expected: dict[str, Any] = {}
        for _, _, row in mine:
            expected |= _json(row["metadata"]) or {}
        if now and (now[-1][1], now[-1][2]["state"] or state) != (seq, state):
            wrong.append(f"{id} is {state} at {seq}, and {now[-1]} came last")
        if (_json(metadata) or {}) != expected:
            wrong.append(f"{id}: {metadata} is not {expected}")
        if now and done != max((row["done"] for _, _, row in now if row["done"] is not None), default=None):
            wrong.append(f"{id}: progress {done}")
    return wrong


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
