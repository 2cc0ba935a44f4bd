"""A service, the SDK and a bad network: each report is stored once and in order, whatever becomes of requests and
answers (F3, F6), and what is asked again after a timeout is not done again (F18)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from angarium.client import Client
from tests.faults.network import bad_network
from tests.faults.scene import LONG
from tests.faults.test_reports import live
from tests.processes.instance import Instance

KINDS = """
from angarium.modules.operations.models import TaskType
TaskType.objects.create(name="crop", queue="", max_claims=3)
"""
OPERATIONS, REPORTS = 6, 8


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    with live() as made:
        made.run("shell", "-v0", "-c", KINDS)
        yield made


def port_of(instance: Instance) -> int:
    return int(instance.url.rpartition(":")[2])


def work(client: Client, number: int) -> list[UUID]:
    """Operations as a service makes, claims, reports and ends them; their ids."""
    ids = [client.create("crop", input={"number": n}) for n in range(number)]
    for id in ids:
        held = client.claim(id, lease_seconds=300)
        assert held is not None
        for step in range(1, REPORTS):
            held.report(stage=f"step {step}", metadata={f"k{step}": step})
        held.succeed({"steps": REPORTS})
    return ids


def history(instance: Instance, id: UUID) -> list[tuple[int, int, str, str]]:
    answer = instance.ask("GET", f"/api/operations/operations/{id}")
    assert answer.status == 200, answer
    return [(one["epoch"], one["seq"], one["verdict"], one["stage"]) for one in answer.json["transitions"]]


EXPECTED = [
    (0, 0, "applied", ""),
    (1, 0, "applied", ""),
    *((1, step, "applied", f"step {step}") for step in range(1, REPORTS)),
    (1, REPORTS, "applied", ""),
]
WEATHERS: dict[str, dict[str, float]] = {
    "f3 slow": {"latency": 0.05},
    "f6 torn": {"resets": 0.12},
    "f6 half open": {"swallowed": 0.12},
    "f6 all of it": {"latency": 0.02, "resets": 0.08, "swallowed": 0.05},
}


@pytest.mark.parametrize("weather", WEATHERS if LONG else ["f3 slow", "f6 all of it"])
def test_f3_f6_over_a_bad_network_everything_is_stored_once_and_in_order(weather: str, instance: Instance) -> None:
    before = created(instance)
    with bad_network(port_of(instance), **WEATHERS[weather]) as network:
        with Client(network.url, instance.token, timeout=1, worker=weather) as client:
            ids = work(client, OPERATIONS)
            assert client.flush(60)
            assert (client.refused, client.dropped) == (0, 0)
        seen = network.weather.seen
    assert [history(instance, id) for id in ids] == [EXPECTED] * OPERATIONS
    assert created(instance) == before + OPERATIONS
    assert not weather.startswith("f6") or seen["torn"] + seen["swallowed"] > 0


def created(instance: Instance) -> int:
    return int(instance.rows("select count(*) from ledger_operation where kind = 'crop'")[0][0])


def post(instance: Instance, path: str, body: Any, **headers: str) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return instance.ask("POST", f"/api/operations{path}", body, headers=sent)


def test_f18_what_is_asked_again_after_a_timeout_is_not_done_again(instance: Instance) -> None:
    """Whoever got no answer sends the same again: each time it is what it would have been the first time."""
    before = created(instance)
    asked = [post(instance, "/operations", {"kind": "crop"}, Idempotency_Key="once") for _ in range(3)]
    assert {answer.status for answer in asked} == {201}
    ids = {answer.json["id"] for answer in asked}
    assert (len(ids), created(instance)) == (1, before + 1)
    (id,) = ids
    terms = {"worker": "w", "lease_seconds": 60, "key": "mine"}
    claims = [post(instance, f"/operations/{id}/claim", terms).json["epoch"] for _ in range(3)]
    assert claims == [1, 1, 1]
    assert post(instance, f"/operations/{id}/claim", {**terms, "key": "another's"}).status == 409
    due = {"kinds": ["crop"], "worker": "w", "limit": 5, "key": "some"}
    post(instance, "/operations", {"kind": "crop"})
    found = [json.dumps(post(instance, "/operations:claim", due).json["claims"][0]["operation"]) for _ in range(3)]
    assert len(set(found)) == 1
    said = {"epoch": 1, "seq": 1, "state": "succeeded"}
    answers = [post(instance, f"/operations/{id}/transitions", said).json for _ in range(3)]
    assert [(one["verdict"], one["applied"]) for one in answers] == [
        ("applied", True), ("repeat", True), ("repeat", True),
    ]  # fmt: skip
