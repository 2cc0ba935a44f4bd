"""Each broker fails in every way while people work: nobody waits for it, nothing is lost, nothing is done twice.

The commands are those of docker-compose.yml. `PROVE=1` goes through the faults several times, and
kills RabbitMQ too; a Redis that is stopped forgets everything anyhow.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

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
    try:
        yield
    finally:
        running.broker.start()


@contextmanager
def silent(running: Fleet) -> Iterator[None]:
    running.broker.pause()
    try:
        yield
    finally:
        running.broker.resume()


@contextmanager
def killed(running: Fleet) -> Iterator[None]:
    running.broker.kill() if isinstance(running.broker, rabbitmq.Server) else running.broker.stop()
    try:
        yield
    finally:
        running.broker.start()


def emptied(running: Fleet) -> None:
    if not isinstance(running.broker, rabbitmq.Server):
        pytest.skip("a Redis that is emptied has lost its queues too: it is the case of `wiped`")
    running.broker.empty()


def wiped(running: Fleet) -> None:
    running.broker.wipe()


@pytest.fixture(scope="module", params=["redis", "rabbitmq"])
def load(request: pytest.FixtureRequest) -> Iterator[Load]:
    with fleet(*ROLES, broker=request.param, REPUBLISH_SECONDS="3", LEASE_SECONDS="4") as running:
        yield Load(running)


@pytest.mark.parametrize("fault", [stopped, silent, *((killed,) if LONG else ())])
def test_les_09_while_a_broker_is_away_people_go_on_and_all_is_told_once_when_it_is_back(
    load: Load, fault: Callable[[Fleet], AbstractContextManager[None]]
) -> None:
    running, relay = load.fleet, load.fleet.processes["relay"]
    for _ in range(ROUNDS):
        heard = len(relay.output)
        with load.during():
            with fault(running):
                relay.wait_for("tasks.broker_unreachable", within=30, after=heard)
                _others_come(load)
            _others_come(load)
        _nothing_lost_nothing_twice(load)


@pytest.mark.parametrize("fault", [emptied, wiped])
def test_les_09_what_a_broker_forgets_under_load_is_told_once_all_the_same(
    load: Load, fault: Callable[[Fleet], None]
) -> None:
    for _ in range(ROUNDS):
        with load.during():
            _others_come(load)
            fault(load.fleet)
            _others_come(load)
        _nothing_lost_nothing_twice(load)


def _others_come(load: Load) -> None:
    enough = len(load.told) + 3
    eventually(lambda: len(load.told) >= enough)


def _told(running: Fleet) -> Counter[str]:
    return Counter(TOLD.findall(running.processes["worker"].output))


def _nothing_lost_nothing_twice(load: Load) -> None:
    """Nobody waited, every process is the one that was started, and everybody was told as often as there was reason."""
    running = load.fleet
    eventually(running.settled, within=120, what=lambda: running.rows(OPEN))
    assert load.failed == []
    assert max(load.seconds) < 1, sorted(load.seconds)[-5:]
    assert [name for name, process in running.processes.items() if process.popen.poll() is not None] == []
    eventually(
        lambda: all(_told(running)[title] > 1 for title in load.told), within=10
    )  # a line comes after its commit
    told = _told(running)
    assert {title: told[title] for title in load.told if told[title] != 2} == {}
    assert {title: told[title] for title in load.deleted if told[title] > 1} == {}
    assert set(told) <= {*load.told, *load.deleted}
    assert running.rows("select kind, state from ledger_operation where state = 'failed'") == []
    doubled = "select event_id, kind from ledger_operation where event_id is not null group by 1, 2 having count(*) > 1"
    assert running.rows(doubled + " and kind in ('lessons.notify_student', 'lessons.plan_reminders')") == []
    assert "broken: []" in running.run("angarium", "shell", "-c", INVARIANTS)
