"""MAIL-31: a worker killed at every boundary between taking a message, the call, the answer and the commit: nobody is
left out, and whoever was under way is asked for once more at most, under the same number."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults.fleet import Fleet, fleet
from tests.faults.scene import LONG, Scene
from tests.servers import postgres, rabbitmq
from tests.servers.polling import eventually
from tests.servers.sender import Sender, sender

POINTS = ["before-commit", "after-commit", *(["before-sql", "after-sql"] if LONG else [])]
FOUND = re.compile(r"^boundaries: (\S+) (\d+)$", re.MULTILINE)


@pytest.fixture
def external() -> Iterator[Sender]:
    with sender() as made:
        yield made


@dataclass(frozen=True)
class Mailing:
    """One as it stands in the end, and how often each of its messages was handed over."""

    name: str
    state: str
    exact: bool
    clients: int
    messages: list[tuple[int, int, str, int, int]]
    calls: dict[int, int]

    @property
    def faults(self) -> list[str]:
        """What is wrong with it."""
        ids = [id for id, *_ in self.messages]
        wrong = {
            "not finished": self.state != "finished",
            "counts": not self.exact,
            "lost": {state for _, _, state, *_ in self.messages} != {"sent"} or not all(self.calls[id] for id in ids),
            "not everybody": len({client for _, client, *_ in self.messages}) != self.clients or not self.clients,
            "doubled": len(ids) != self.clients,
            "more than one repeat": any(self.calls[id] > 1 + lost for id, *_, lost in self.messages),
        }
        return [f"{self.name}: {what}: {self}" for what, is_so in wrong.items() if is_so]


def mailings(scene: Scene, external: Sender) -> list[Mailing]:
    told = [line for line in scene.history() if line["what"] == "mailing"]
    return [_mailing(line, external.calls) for line in told]


def _mailing(line: dict[str, Any], calls: Counter[int]) -> Mailing:
    messages = [tuple(one) for one in line["messages"]]
    mine = {id: calls[id] for id, *_ in messages}
    return Mailing(line["name"], line["state"], line["exact"], line["clients"], messages, mine)


def prove(scene: Scene, external: Sender) -> list[Mailing]:
    found = mailings(scene, external)
    assert [wrong for one in found for wrong in one.faults] == []
    # With a sender that knows a number again, as the contract has it, nobody got anything twice.
    assert sum(len(one.messages) for one in found) == len(external.calls) == len(external.sent)
    return found


long_form = pytest.mark.skipif(not LONG, reason="the long form: make prove")


@pytest.fixture(
    params=[pytest.param("sqlite", marks=long_form), pytest.param("postgres", marks=pytest.mark.postgres)],
)
def ground(request: pytest.FixtureRequest, external: Sender) -> Scene:
    """An instance that knows the sender."""
    database = postgres.new_database() if request.param == "postgres" else ""
    return Scene(database, SENDER_URL=external.url, SENDER_TOKEN="jwt")


@pytest.mark.parametrize("task", ["send_mailing", pytest.param("plan_mailing", marks=long_form)])
def test_mail_31_killed_at_every_boundary_of_sql_no_message_is_lost_and_none_comes_thrice(
    ground: Scene, external: Sender, task: str
) -> None:
    output = ground.program("mailings", task, *POINTS, within=900)
    found = {point: int(number) for point, number in FOUND.findall(output)}
    assert set(found) == set(POINTS)
    assert all(number >= (10 if "sql" in point else 3) for point, number in found.items()), found
    told = prove(ground, external)
    assert len(told) == sum(found.values()) + len(POINTS)
    assert max(lost for one in told for *_, lost in one.messages) <= 1
    assert ground.breaches() == []
    if task == "plan_mailing":
        assert set(external.calls.values()) == {1}


def test_mail_31_two_workers_with_one_mailing_at_once_make_one_call_each(ground: Scene, external: Sender) -> None:
    ground.program("mailings", "together", "1500" if LONG else "300", within=300)
    (one,) = mailings(ground, external)
    assert set(one.calls.values()) == {1}
    assert {(state, attempts) for _, _, state, attempts, _ in one.messages} == {("sent", 1)}
    assert one.exact


#: So many clients; a real worker's process dies at each of these boundaries of its own, counted from its first claim.
CLIENTS, IN_FLIGHT = 40, 10
DEATHS = ["before-commit:10"]
if LONG:
    DEATHS = [
        *(f"{side}-commit:{n}" for side in ("before", "after") for n in range(1, 15)),
        *(f"{side}-sql:{n}" for side in ("before", "after") for n in range(3, 90, 12)),
    ]
ENTER = "from tests.faults.mailings import enter; enter({name!r}, {clients})"
TELL = "from tests.faults.mailings import _tell; _tell()"
#: Leases of messages are as long as a call may take and a while; those of the dead are over at once.
FORGET = "update mailings_message set due_at = now() where state = 'sending'"


@pytest.mark.postgres
@pytest.mark.parametrize("broker", ["redis", pytest.param("rabbitmq", marks=long_form)])
def test_mail_31_a_worker_killed_in_the_middle_is_followed_by_one_that_finishes(external: Sender, broker: str) -> None:
    """Real workers on a real broker; in the air as well, while the sender keeps them waiting."""
    address = {
        "SENDER_URL": external.url,
        "SENDER_TOKEN": "jwt",
        "SENDER_TIMEOUT": "5",
        "SENDER_IN_FLIGHT": str(IN_FLIGHT),
    }
    with fleet(broker=rabbitmq.new_server() if broker == "rabbitmq" else None, **address) as running:
        running.begin("relay")
        die_in_the_air(running, external)
        for fault in DEATHS:
            die(running, fault)
        with_leases_over(running)
        running.worker()
        running.wait_until_done(within=120)
        running.run("shell", "-c", TELL)
        found = prove(running, external)
        assert running.breaches() == []
    assert len(found) == len(DEATHS) + 1
    assert sum(number > 1 for number in found[0].calls.values()) >= IN_FLIGHT


def die(running: Fleet, fault: str) -> None:
    worker = running.worker(1, ANGARIUM_FAULT=fault)
    running.run("shell", "-c", ENTER.format(name=fault, clients=CLIENTS))
    worker.wait_for("exited with 'signal 9", within=60)
    worker.kill()


def die_in_the_air(running: Fleet, external: Sender) -> None:
    """Some calls are with the sender, which has not answered when their worker dies, and takes them all the same."""
    external.hold()
    worker = running.worker(1)
    running.run("shell", "-c", ENTER.format(name="in the air", clients=CLIENTS))
    eventually(lambda: len(external.asked) == IN_FLIGHT)
    worker.kill()
    external.let_go()


def with_leases_over(running: Fleet) -> None:
    import psycopg

    with psycopg.connect(running.database) as connection:
        connection.execute(FORGET)  # type: ignore[arg-type]
