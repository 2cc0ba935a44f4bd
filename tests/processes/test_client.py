"""The SDK and the tutorial's service against the real product: it is killed while the service works, and comes back."""

from __future__ import annotations

import json
import os
import signal
import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from angarium.client import Claim, Client, NoOperation, Refused
from tests.processes.instance import Instance
from tests.servers.polling import eventually
from tests.servers.processes import Process, free_port

#: Seconds that `make test` does not have; `make prove` has them.
long_form = pytest.mark.skipif(not os.environ.get("PROVE"), reason="the long form has it")
RESIZER = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "resizer"
KIND = "make_thumbnails"
TYPE = f"""
from angarium.modules.operations.models import TaskType
TaskType.objects.create(name="{KIND}", queue="", max_claims=5, lease_seconds=5)
"""


@pytest.fixture
def known(instance: Instance) -> Instance:
    """An instance that has this kind of work, at an address that it keeps."""
    instance.run("shell", "-c", TYPE)
    instance.environment["PORT"] = str(free_port())
    return instance


@pytest.fixture
def connect(known: Instance, tmp_path: Path) -> Iterator[Callable[[], Client]]:
    made: list[Client] = []

    def connected() -> Client:
        made.append(Client(known.url, known.token, worker="w-1", spool=tmp_path / "reports.sqlite"))
        return made[-1]

    yield connected
    for client in made:
        client.close(0)


def claimed(client: Client, **input: Any) -> Claim:
    held = client.claim(client.create(KIND, input), lease_seconds=2)
    assert held is not None
    return held


def stages(instance: Instance, operation: object) -> list[tuple[int, str]]:
    """(seq, stage) of what was applied, in the order of the log."""
    id = str(operation).replace("-", "")
    return [
        (seq, stage)
        for seq, stage in instance.rows(
            "select seq, stage from ledger_transition "
            f"where replace(operation_id, '-', '') = '{id}' and verdict = 'applied' and stage <> '' order by id"
        )
    ]


def late(instance: Instance) -> int:
    return int(instance.rows("select count(*) from ledger_transition where verdict = 'late'")[0][0])


def test_work_is_created_claimed_reported_and_ended(known: Instance, connect: Callable[[], Client]) -> None:
    with known.up():
        client = connect()
        id = client.create(KIND, {"url": "u"}, key="order-7", metadata={"a": 1})
        assert client.create(KIND, {"url": "u"}, key="order-7", metadata={"a": 1}) == id
        (held,) = client.claim_due([KIND], limit=10)
        assert (held.operation, held.input, held.attempt, held.lease_seconds) == (id, {"url": "u"}, 1, 5)
        assert client.claim(id) is None
        held.report(state="running", stage="upload", metadata={"b": 2})
        held.progress(3, 10, unit="pages", message="three")
        assert client.flush()
        found = client.operation(id)
        assert (found.state, found.stage, found.metadata) == ("running", "upload", {"a": 1, "b": 2})
        assert (found.progress.done, found.progress.percent, found.progress.unit) == (3, 30, "pages")
        held.succeed({"pages": 10})
        ended = client.operation(id, wait=30)
        assert (ended.state, ended.output, ended.done, client.refused) == ("succeeded", {"pages": 10}, True, 0)
        assert [one.id for one in client.operations(kind=KIND, state="succeeded")] == [id]
        with pytest.raises(NoOperation):
            client.claim("00000000-0000-0000-0000-000000000007")
        with pytest.raises(Refused, match="no active type"):
            client.create("nothing")


def test_who_was_cancelled_learns_it(known: Instance, connect: Callable[[], Client]) -> None:
    with known.up():
        client = connect()
        held = claimed(client)
        assert client.cancel(held.operation, because="not wanted").state == "cancelled"
        held.progress(1)
        assert client.flush()
        assert held.lost
        again = claimed(client)
        again.retry(after=0, because="busy")
        assert client.flush()
        eventually(lambda: client.operation(again.operation).state in {"retrying", "queued"})
        second = client.claim(again.operation)
        assert second is not None
        assert (second.epoch, second.attempt) == (2, 2)


@long_form
def test_a_lease_is_kept_for_longer_than_it_was_given(known: Instance, connect: Callable[[], Client]) -> None:
    with known.up():
        client = connect()
        held = client.claim(client.create(KIND), lease_seconds=1)
        assert held is not None
        first = held.lease_until
        eventually(lambda: (held.lease_until - first).total_seconds() > 3)
        held.succeed()
        assert client.flush()
        assert (client.operation(held.operation).state, client.refused) == ("succeeded", 0)


def test_op_16_killed_while_a_service_works_it_has_everything_after_its_return(
    known: Instance, connect: Callable[[], Client]
) -> None:
    with known.up() as process:
        client = connect()
        claims = [claimed(client) for _ in range(4)]
        say(claims, range(1, 21))
        working = threading.Thread(target=say, args=[claims, range(21, 121)])
        working.start()
        eventually(lambda: len(stages(known, claims[0].operation)) > 20)
        process.kill()
    known.run("shell", "-c", "pass")  # longer than any of the leases
    working.join()
    say(claims, range(121, 141))
    for held in claims:
        held.succeed({"stages": 140})
    assert client.waiting > 0
    with known.up():
        assert client.flush(30)
        ended = [client.operation(held.operation) for held in claims]
        assert [(one.state, one.claims, one.output) for one in ended] == [("succeeded", 1, {"stages": 140})] * 4
        assert client.claim_due([KIND], limit=10) == []
    for held in claims:
        found = stages(known, held.operation)
        assert [stage for _, stage in found] == [f"s{number}" for number in range(1, 141)]
        assert [seq for seq, _ in found] == sorted(seq for seq, _ in found)
    assert (client.refused, late(known)) == (0, 0)


def say(claims: list[Claim], numbers: range) -> None:
    for number in numbers:
        for held in claims:
            held.report(stage=f"s{number}")
            held.progress(number)


@pytest.fixture
def resizer(known: Instance, tmp_path: Path) -> Iterator[Callable[[], Process]]:
    """Starts the service of the tutorial."""
    started: list[Process] = []

    def start() -> Process:
        environment = {"ANGARIUM_URL": known.url, "ANGARIUM_TOKEN": known.token, "RESIZER_PACE": "0.2"}
        environment["RESIZER_SPOOL"] = str(tmp_path / "resizer.sqlite")
        words = ("service:app", "--port", "0")
        started.append(Process(*words, program="uvicorn", folder=RESIZER, environment=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()


def wanted(service: Process, sizes: list[int]) -> str:
    """Ask the service for a picture; the id of the operation."""
    url = service.wait_for(r"running on (http://127\.0\.0\.1:\d+)")[1]
    body = json.dumps({"url": "https://example.org/cat.png", "sizes": sizes}).encode()
    request = urllib.request.Request(f"{url}/pictures", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(json.load(answer)["operation"])


@long_form
def test_op_16_a_service_that_knows_only_the_client_does_its_work_once_while_angarium_is_killed(
    known: Instance, resizer: Callable[[], Process]
) -> None:
    sizes = list(range(1, 16))
    with known.up() as process:
        service = resizer()
        ids = [wanted(service, sizes) for _ in range(3)]
        eventually(lambda: all(len(stages(known, id)) >= 2 for id in ids))
        process.kill()
    for id in ids:
        service.wait_for(f"made {id}")
    with known.up():
        ended = [known.ask("GET", f"/api/operations/operations/{id}?wait=30s").json for id in ids]
        assert [one["state"] for one in ended] == ["succeeded"] * 3
        assert [one["claims"] for one in ended] == [1] * 3
        assert ended[0]["output"] == {"files": [f"cat.png.{size}.webp" for size in sizes]}
        assert service.terminate() == -signal.SIGTERM
    assert Counter(line.split()[-1] for line in service.output.splitlines() if "made " in line) == Counter(ids)
    for id in ids:
        assert [stage for _, stage in stages(known, id)] == [f"{size} px" for size in sizes]
    assert late(known) == 0


@long_form
def test_op_14_a_service_that_is_killed_is_followed_by_another_that_sends_what_it_said(
    known: Instance, resizer: Callable[[], Process]
) -> None:
    with known.up():
        service = resizer()
        id = wanted(service, list(range(1, 13)))
        eventually(lambda: len(stages(known, id)) >= 3)
        service.kill()
        resizer().wait_for(f"made {id}", within=60)
        found = known.ask("GET", f"/api/operations/operations/{id}?wait=30s").json
        assert (found["state"], found["claims"]) == ("succeeded", 2)
        ends = [one for one in found["transitions"] if one["state"] == "succeeded"]
        assert len(ends) == 1
