"""Each broker fails in every way while people work: nobody waits for it, nothing is lost, nothing is done twice.

The commands are those of docker-compose.yml. `make test` goes through two faults with RabbitMQ; `PROVE=1` through all
of them with each broker several times, and kills RabbitMQ too; a Redis that is stopped forgets everything anyhow.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from tests.deployment.fleet import READY, Fleet, fleet
from tests.deployment.load import LISTS, Load
from tests.servers import rabbitmq
from tests.servers.polling import eventually

pytestmark = [pytest.mark.processes, pytest.mark.postgres]

LONG = bool(os.environ.get("PROVE"))
ROUNDS = 3 if LONG else 1
ROLES = ("web", "worker", "beat", "relay")
TOLD = re.compile(r"Уведомление отправлено студенту 7 по уроку (Урок \d+\.)")
#: How the lines of the log are written, with each broker: as a person reads them, and as the compose file has them.
FORMATS = {"redis": "console", "rabbitmq": "json"}
#: A letter or a line for the same person about the same event that is there more than once, and one sent twice.
TOLD_TWICE = (
    "select channel, key from delivery_delivery group by 1, 2 having count(*) > 1",
    "select channel, event_id, recipient_kind, recipient_id from delivery_delivery where event_id is not null "
    "group by 1, 2, 3, 4 having count(*) > 1",
    "select delivery from delivery_deliverystep where state = 'sent' group by 1 having count(*) > 1",
)
UNSENT = "select channel, state, because from delivery_delivery where state <> 'sent'"
INVARIANTS = "from angarium.engine.ledger.testing import broken_invariants; print('broken:', broken_invariants())"
OPEN = (
    "select kind, claimed, publishes, due_at - now() from ledger_due where claimed or publishes > 0 or due_at <= now()"
)


#: The faults of the short form, with RabbitMQ; Redis goes through all of them in tests/processes/test_fleet.py too.
SHORT = ("stopped", "emptied")


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


def _of_this_form(*faults: Callable[..., Any]) -> list[Callable[..., Any]]:
    return [fault for fault in faults if LONG or fault.__name__ in SHORT]


@pytest.fixture(scope="module", params=["redis", "rabbitmq"] if LONG else ["rabbitmq"])
def load(request: pytest.FixtureRequest) -> Iterator[Load]:
    settings = {"REPUBLISH_SECONDS": "3", "LEASE_SECONDS": "4", "LOG_FORMAT": FORMATS[request.param]}
    with fleet(*ROLES, broker=request.param, **settings) as running:
        yield Load(running)


@pytest.mark.parametrize("fault", _of_this_form(stopped, silent, killed))
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


@pytest.mark.parametrize("fault", _of_this_form(emptied, wiped))
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


def _lines(running: Fleet, role: str) -> list[str]:
    """What a process has said since it was ready, without what it says of its own start; in JSON each line parses."""
    output = running.processes[role].output
    ready = [found.end() for found in re.finditer(READY[role], output, re.MULTILINE)]
    lines = output[output.index("\n", ready[-1]) + 1 :].splitlines()
    if running.settings["LOG_FORMAT"] == "console":
        return lines
    return [str(json.loads(line)["event"]) for line in lines]


def _told(running: Fleet) -> Counter[str]:
    return Counter(found[1] for line in _lines(running, "worker") if (found := TOLD.fullmatch(line)))


def _nothing_lost_nothing_twice(load: Load) -> None:
    """Nobody waited, every process is the one that was started, and everybody was told as often as there was reason."""
    running = load.fleet
    eventually(running.settled, within=120, what=lambda: running.rows(OPEN))
    assert load.failed == []
    slowest = {asked: max(seconds) for asked, seconds in load.seconds.items()}
    assert set(slowest) >= {"POST", *(f"GET {path}" for path in LISTS)}
    assert max(slowest.values()) < 1, slowest
    assert [name for name, process in running.processes.items() if process.popen.poll() is not None] == []
    eventually(
        lambda: all(_told(running)[title] > 1 for title in load.told), within=10
    )  # a line comes after its commit
    told = _told(running)
    assert {title: told[title] for title in load.told if told[title] != 2} == {}
    assert {title: told[title] for title in load.deleted if told[title] > 1} == {}
    assert set(told) <= {*load.told, *load.deleted}
    assert [running.rows(query) for query in TOLD_TWICE] == [[], [], []]
    assert running.rows(UNSENT) == []
    for role in ROLES:
        _lines(running, role)
    assert running.rows("select kind, state from ledger_operation where state = 'failed'") == []
    doubled = "select event_id, kind from ledger_operation where event_id is not null group by 1, 2 having count(*) > 1"
    assert running.rows(doubled + " and kind in ('lessons.notify_student', 'lessons.plan_reminders')") == []
    assert "broken: []" in running.run("angarium", "shell", "-c", INVARIANTS)
