"""The fleet under faults: everything more than once, a worker that was dead and comes back, one that dies."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from urllib.request import urlopen

import pytest

from tests.faults.fleet import LEASE, Fleet, fleet
from tests.faults.scene import LONG
from tests.servers import rabbitmq
from tests.servers.environment import free_port
from tests.servers.polling import eventually

pytestmark = pytest.mark.postgres
BOXES, EACH = (20, 20) if LONG else (6, 6)
#: Who has written something in a transaction that is open and silent.
OPEN_EFFECT = (
    "select pid from pg_stat_activity where datname = current_database() and state = 'idle in transaction' "
    "and backend_xid is not null and state_change < now() - interval '0.5 seconds'"
)


@pytest.fixture(scope="module")
def seeded() -> Iterator[Fleet]:
    with fleet() as made:
        yield made


@pytest.fixture
def running(seeded: Fleet) -> Iterator[Fleet]:
    """A fleet of which nothing runs; what runs ends with the test."""
    yield seeded
    seeded.halt()


def test_every_message_five_times_and_in_any_order_has_its_effect_once(running: Fleet) -> None:
    every_message_five_times(running)


@pytest.mark.skipif(not LONG, reason="the long form: make prove")
def test_every_message_five_times_on_rabbitmq_has_its_effect_once_too() -> None:
    with fleet(broker=rabbitmq.new_server()) as made:
        every_message_five_times(made)


def every_message_five_times(running: Fleet) -> None:
    relay = running.begin("relay")
    running.write("often", boxes=BOXES, each=EACH)
    events = "select count(*) from events_event where position is null"
    eventually(lambda: running.look(events) == [(0,)] and running.messages() > 0, within=90)
    relay.wait_for("relay: running")
    relay.kill()
    assert running.multiply_messages(5) >= 5
    workers = [running.worker(), running.worker()]
    running.wait_until_done()
    running.tell()
    assert running.breaches() == []
    assert all(worker.terminate(within=20) == 0 for worker in workers)


def test_of_three_beats_and_three_relays_each_slot_and_each_event_is_heard_once(running: Fleet) -> None:
    beats = [running.begin("beat") for _ in range(3)]
    for _ in range(3):
        running.begin("relay")
    running.worker()
    running.write("thrice", boxes=BOXES, each=EACH)
    slots = "select count(*) from ledger_operation where kind = 'work.tick'"
    eventually(lambda: running.look(slots) >= [(3,)], within=90)
    for beat in beats:
        beat.kill()
    running.wait_until_done()
    running.tell()
    assert running.breaches() == []


def test_a_worker_frozen_beyond_its_lease_is_refused_when_it_wakes(running: Fleet) -> None:
    port = free_port()
    frozen = running.worker(1, ANGARIUM_FAULT="effect:1:1", ANGARIUM_METRICS_PORT=str(port))
    running.write("zombie", boxes=1, each=2)
    frozen.wait_for("fault: staying at effect")
    os.killpg(frozen.pid, signal.SIGSTOP)
    running.see()
    (operation,) = running.look("select id from ledger_operation where state = 'running' and kind = 'work.send'")
    healthy = running.worker(1)
    ended = f"select 1 from ledger_operation where id = '{operation[0]}' and state = 'succeeded'"
    eventually(lambda: running.look(ended) == [(1,)], within=LEASE + 60, what=running.waiting)
    os.killpg(frozen.pid, signal.SIGCONT)
    frozen.wait_for("tasks.lease_lost")
    lost = 'angarium_task_runs_total{state="lease_lost",task="work.send"} 1.0'
    eventually(lambda: lost in urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode(), within=10)
    running.wait_until_done()
    running.tell()
    assert running.breaches() == []
    repeated = [line for line in running.history() if line["what"] == "outside" and line["key"] == str(operation[0])]
    assert len({line["pid"] for line in repeated}) == len(repeated) == 2
    assert re.search(r"tasks\.ran .*work\.send", healthy.output)
    assert {"running", "succeeded"} <= running.seen()


def test_a_worker_frozen_with_its_effect_in_an_open_transaction_is_refused_and_its_effect_is_undone(
    running: Fleet,
) -> None:
    frozen = running.worker(1, ANGARIUM_FAULT="written:1:1")
    running.run("shell", "-c", "from tests.faults.writing import write; write('late', box='late')")
    frozen.wait_for("fault: staying at written")
    os.killpg(frozen.pid, signal.SIGSTOP)
    running.see()
    (operation,) = running.look("select id from ledger_operation where state = 'running' and kind = 'work.keep'")
    eventually(lambda: len(running.look(OPEN_EFFECT)) == 1)
    held = running.look(OPEN_EFFECT)
    running.worker(1)
    ended = f"select 1 from ledger_operation where id = '{operation[0]}' and state = 'succeeded'"
    eventually(lambda: running.look(ended) == [(1,)], within=LEASE + 60, what=running.waiting)
    assert running.look(OPEN_EFFECT) == held
    os.killpg(frozen.pid, signal.SIGCONT)
    frozen.wait_for(rf"tasks\.lease_lost .*{operation[0]}")
    running.wait_until_done()
    running.tell()
    assert running.breaches() == []
    assert running.look(f"select count(*) from work_effect where operation = '{operation[0]}'") == [(1,)]
    assert not re.search(rf"tasks\.ran .*{operation[0]}", frozen.output)


@pytest.mark.skipif(not LONG, reason="the long form: make prove")
def test_a_worker_frozen_before_its_last_commit_holds_up_its_own_work_alone_and_has_done_it_when_it_wakes(
    running: Fleet,
) -> None:
    frozen = running.worker(1, ANGARIUM_FAULT="outcome:1:1")
    running.run("shell", "-c", "from tests.faults.writing import write; write('held', box='held')")
    frozen.wait_for("fault: staying at outcome")
    os.killpg(frozen.pid, signal.SIGSTOP)
    (operation,) = running.look("select id from ledger_operation where state = 'running' and kind = 'work.keep'")
    running.worker(1)
    running.write("beside", boxes=3, each=3)
    others = (
        "select (select count(*) from events_event where position is null) + count(*) from ledger_operation "
        f"where id <> '{operation[0]}' and state in ('queued', 'running')"
    )
    eventually(lambda: running.look(others) == [(0,)], within=LEASE + 60)
    os.killpg(frozen.pid, signal.SIGCONT)
    frozen.wait_for(rf"tasks\.ran .*{operation[0]}")
    running.wait_until_done()
    running.tell()
    assert running.breaches() == []
    assert running.look(f"select claims from ledger_operation where id = '{operation[0]}'") == [(1,)]


@pytest.mark.skipif(not LONG, reason="the long form: make prove")
def test_clocks_that_are_an_hour_wrong_cost_time_and_no_effect_twice(running: Fleet) -> None:
    for seconds in (3600, -3600):
        running.worker(1, FAULTS_CLOCK=str(seconds))
    running.write("wrong", boxes=BOXES, each=EACH)
    running.wait_until_done()
    running.tell()
    assert running.breaches() == []
    assert running.look("select 1 from ledger_transition where at > now() + interval '50 minutes'") != []
    assert running.look("select 1 from ledger_transition where at < now() - interval '50 minutes'") != []
