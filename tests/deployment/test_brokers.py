"""Each broker fails in every way while people work: nobody waits for it, nothing is lost, nothing is done twice.

The commands are those of docker-compose.yml. `PROVE=1` goes through them several times, and
kills RabbitMQ too; a Redis that is stopped forgets everything anyhow.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.deployment.fleet import Fleet, fleet
from tests.deployment.load import Load
from tests.servers import rabbitmq
from tests.servers.polling import eventually

pytestmark = [pytest.mark.processes, pytest.mark.postgres]

LONG = bool(os.environ.get("PROVE"))
ROUNDS = 3 if LONG else 1
ROLES = ("web", "worker", "beat", "relay")
TOLD = re.compile(r"^Уведомление отправлено студенту 7 по уроку (Урок \d+\.)$", re.MULTILINE)
INVARIANTS = "from angarium.engine.ledger.testing import broken_invariants; print('broken:', broken_invariants())"
OPEN = (
    "select kind, claimed, publishes, due_at - now() from ledger_due where claimed or publishes > 0 or due_at <= now()"
)


@contextmanager
def stopped(running: Fleet) -> Iterator[None]:
    running.broker.stop()
    yield
    running.broker.start()


@contextmanager
def silent(running: Fleet) -> Iterator[None]:
    running.broker.pause()
    yield
    running.broker.resume()


@contextmanager
def killed(running: Fleet) -> Iterator[None]:
    running.broker.kill() if isinstance(running.broker, rabbitmq.Server) else running.broker.stop()
    yield
    running.broker.start()


def emptied(running: Fleet) -> None:
    running.broker.empty() if isinstance(running.broker, rabbitmq.Server) else running.broker.wipe()


def wiped(running: Fleet) -> None:
    running.broker.wipe()


@pytest.mark.parametrize("broker", ["redis", "rabbitmq"])
def test_les_09_a_broker_that_fails_under_load_costs_nobody_anything(broker: str) -> None:
    with fleet(*ROLES, broker=broker, REPUBLISH_SECONDS="3", LEASE_SECONDS="4") as running:
        pids = {name: process.pid for name, process in running.processes.items()}
        assert sorted(running.rows("select role from tasks_process")) == [("beat",), ("relay",), ("worker",)]
        load = Load(running)
        for _ in range(ROUNDS):
            for fault in (stopped, silent, *((killed,) if LONG else ())):
                _while_away(load, fault)
            for fault in (wiped, *((emptied,) if broker == "rabbitmq" else ())):
                _under_way(load, fault)
        assert {
            name: process.pid for name, process in running.processes.items() if process.popen.poll() is None
        } == pids
        _nothing_lost_nothing_twice(load)
        assert load.failed == []
        assert max(load.seconds) < 1, sorted(load.seconds)[-5:]
        for role in ("worker", "beat", "relay"):
            running.processes[role].terminate()
        assert running.rows("select role from tasks_process") == []


def _while_away(load: Load, fault: Callable[..., object]) -> None:
    """The relay notices, people go on for a while, then the broker comes back."""
    running = load.fleet
    relay = running.processes["relay"]
    heard = len(relay.output)
    with load.during():
        with fault(running):  # type: ignore[attr-defined]
            relay.wait_for("tasks.broker_unreachable", within=30, after=heard)
            enough = len(load.told) + 3
            eventually(lambda: len(load.told) >= enough)
        enough = len(load.told) + 2
        eventually(lambda: len(load.told) >= enough)
    _all_told(load)


def _under_way(load: Load, fault: Callable[..., object]) -> None:
    """What is in the broker goes while more comes in."""
    with load.during():
        enough = len(load.told) + 3
        eventually(lambda: len(load.told) >= enough)
        fault(load.fleet)
    _all_told(load)


def _all_told(load: Load) -> None:
    eventually(load.fleet.settled, within=90, what=lambda: load.fleet.rows(OPEN))


def _nothing_lost_nothing_twice(load: Load) -> None:
    running = load.fleet
    told = Counter(TOLD.findall(running.processes["worker"].output))
    assert {title: told[title] for title in load.told if told[title] != 2} == {}
    assert {title: told[title] for title in load.deleted if told[title] > 1} == {}
    assert set(told) <= {*load.told, *load.deleted}
    assert running.rows("select kind, count(*) from ledger_deadletter group by 1") == []
    assert running.rows("select count(*) from ledger_operation where state = 'failed'") == [(0,)]
    doubled = "select event_id, kind from ledger_operation where event_id is not null group by 1, 2 having count(*) > 1"
    assert running.rows(doubled) == []
    assert "broken: []" in running.run("angarium", "shell", "-c", INVARIANTS)
