"""Service B beside service A: killed, frozen, restarted, cut off from A, it loses nothing and does nothing twice.

`PROVE=1` has the long form: tasks of thirty seconds, A away for a minute, and RabbitMQ everywhere.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import redis
from kombu import Connection

from tests.processes.instance import Instance
from tests.processes.pair import COMPLETED, ERROR, LEASE, NEW, PROCESSING, Pair, pair
from tests.servers import rabbitmq
from tests.servers.polling import eventually
from tests.servers.processes import Process

#: Seconds that `make test` does not have; `make prove` has them.
long_form = pytest.mark.skipif(not os.environ.get("PROVE"), reason="the long form has it")

LONG = bool(os.environ.get("PROVE"))
BROKERS = ["redis", "rabbitmq"]
TASKS = "/api/operations/tasks"
needs_postgres = pytest.mark.postgres


@pytest.fixture(scope="module")
def one_process() -> Iterator[Instance]:
    """`angarium up`, with A and B in it."""
    instance = Instance().seed()
    with instance.up():
        yield instance


@pytest.fixture(scope="module")
def on_redis() -> Iterator[Pair]:
    with pair("redis") as made:
        yield made


@pytest.fixture(scope="module")
def on_rabbitmq() -> Iterator[Pair]:
    with pair("rabbitmq") as made:
        yield made


@pytest.fixture(params=BROKERS if LONG else ["redis"])
def two(request: pytest.FixtureRequest) -> Pair:
    """A and B apart."""
    return request.getfixturevalue(f"on_{request.param}")  # type: ignore[no-any-return]


@pytest.fixture(params=BROKERS if LONG else ["redis"])
def on_each_broker(request: pytest.FixtureRequest) -> Pair:
    return request.getfixturevalue(f"on_{request.param}")  # type: ignore[no-any-return]


def create(instance: Instance, seconds: int) -> str:
    answer = instance.ask("POST", TASKS, {"name": "задача", "processing_time": seconds})
    assert answer.status == 201, answer
    return str(answer.json["task_id"])


def statuses(instance: Instance) -> dict[str, int]:
    return {task["task_id"]: task["status"] for task in instance.ask("GET", TASKS).json}


def operation(instance: Instance, id: str) -> dict[str, Any]:
    return dict(instance.ask("GET", f"/api/operations/operations/{id}").json)


def seconds_processed(found: dict[str, Any]) -> float:
    """From its first claim to its end, by A's clock."""
    began, ended = (_seconds(found[name]) for name in ("started_at", "finished_at"))
    return ended - began


def _seconds(moment: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(moment).timestamp()


@pytest.fixture(scope="module")
def unlucky(one_process: Instance) -> tuple[str, list[int]]:
    """A task of thirteen seconds, begun early, and the statuses that it was seen in."""
    return create(one_process, 13), []


def test_op_04_fifty_tasks_on_four_slots_wait_as_new(one_process: Instance) -> None:
    tasks = [create(one_process, 6 if number < 4 else 0) for number in range(50)]
    seen: list[dict[str, int]] = []

    def look() -> bool:
        now = statuses(one_process)
        seen.append({task: now[task] for task in tasks})
        return set(seen[-1].values()) == {COMPLETED}

    eventually(look, within=40, what=lambda: sorted(seen[-1].values()))
    assert max(list(moment.values()).count(PROCESSING) for moment in seen) == 4
    assert any(list(moment.values()).count(NEW) == 46 for moment in seen)
    for before, after in pairwise(seen):
        assert [task for task in tasks if after[task] < before[task]] == []
    assert {operation(one_process, task)["claims"] for task in tasks} == {1}


def test_op_04_a_task_is_new_then_processed_then_completed(
    one_process: Instance, unlucky: tuple[str, list[int]]
) -> None:
    task, seen = create(one_process, 3), list[int]()

    def look() -> bool:
        now = statuses(one_process)
        seen.append(now[task])
        unlucky[1].append(now[unlucky[0]])
        return seen[-1] == COMPLETED

    eventually(look, within=10, what=lambda: seen)
    assert seen == sorted(seen)
    assert set(seen) >= {PROCESSING, COMPLETED}
    assert 3 <= seconds_processed(operation(one_process, task)) < 5


def test_op_20_the_one_process_ends_in_time_and_takes_up_again_what_it_could_not_end(seeded: Instance) -> None:
    instance = seeded.copy()
    instance.environment |= {"LEASE_SECONDS": "2", "LEASE_GRACE_SECONDS": "1"}
    with instance.up() as process:
        short, long = create(instance, 0), create(instance, 3)
        process.wait_for(rf"processor\.claimed operation_id={long}")
        eventually(lambda: statuses(instance)[short] == COMPLETED)
        waiting = [create(instance, 0) for _ in range(3)]
        began = time.monotonic()
        assert process.terminate(within=5) == 0
        assert time.monotonic() - began < 5
        assert "Traceback" not in process.output
    with instance.up():
        eventually(lambda: set(statuses(instance).values()) == {COMPLETED}, what=lambda: statuses(instance))
        claims = [operation(instance, task)["claims"] for task in (short, long, *waiting)]
    assert claims == [1, 2, 1, 1, 1]


def test_op_05_thirteen_seconds_end_in_an_error_and_not_before(
    one_process: Instance, unlucky: tuple[str, list[int]]
) -> None:
    task, seen = unlucky

    def look() -> bool:
        seen.append(statuses(one_process)[task])
        return seen[-1] not in {NEW, PROCESSING}

    eventually(look, within=20, what=lambda: seen)
    assert seen == sorted(seen)
    assert COMPLETED not in seen
    found = operation(one_process, task)
    assert 13 <= seconds_processed(found) < 16
    assert (found["state"], found["error"]["code"], found["claims"]) == ("failed", "unlucky", 1)


@needs_postgres
def test_op_06_a_task_costs_two_calls_that_change_its_state_and_b_knows_no_database(two: Pair) -> None:
    with two.processing(0):
        b = two.start_processor("-A", "angarium.processor", "worker", "-Q", "processor", program="celery")
        heard = len(two.web.output)
        task = two.task(1)
        two.wait_ended(task)
        calls = re.findall(r"requests request .*method=POST path=(\S+) .*status=(\d+)", two.web.output[heard:])
        told = Path(f"/proc/{b.pid}/environ").read_text()
        libraries = Path(f"/proc/{b.pid}/maps").read_text()
    state_calls = [path.removeprefix("/api/operations") for path, _ in calls if "leases:batch" not in path]
    assert state_calls == ["/tasks", f"/operations/{task}/claim", "/operations/transitions:batch"]
    assert {int(status) for _, status in calls} <= {200, 201}
    assert [row["state"] for row in two.operation(task)["transitions"]] == ["queued", "running", "succeeded"]
    assert two.database not in told
    assert not re.search(r"DATABASE_URL|DJANGO|SECRET_KEY|PGPASS", told)
    assert "psycopg" not in libraries


@needs_postgres
def test_op_07_an_exception_in_a_handler_is_an_error_and_the_worker_works_on(two: Pair) -> None:
    with two.processing() as (b,):
        broken, exits = two.create("tests.broken", because="no such picture"), two.create("tests.broken", exits=True)
        two.wait_ended(broken, exits)
        assert two.operation(broken)["error"]["message"] == "ValueError: no such picture"
        assert [two.operation(id)["state"] for id in (broken, exits)] == ["failed", "failed"]
        two.wait_ended(task := two.task(0))
        assert (two.status(task), b.popen.poll()) == (COMPLETED, None)


#: Bodies and headers of messages that no task of ours sends; ID stands for the operation's.
MALFORMED: list[tuple[Any, dict[str, Any]]] = [
    ({"task_id": "ID", "processing_time": "13"}, {}),
    (["ID"], {"task": "operations.task", "id": "x"}),
    ([["ID"], {}, {}], {"task": "operations.task", "id": "x"}),
    ([[["ID", 5]], {}, {}], {"task": "operations.task", "id": "x"}),
    ([[], {"id": "ID"}, {}], {"task": "operations.task", "id": "x"}),
    ({"task": "operations.task", "id": "x", "args": "ID", "kwargs": 7}, {}),
]
#: The same without anything that could be an id.
NOBODYS: list[tuple[Any, dict[str, Any]]] = [
    ("not even JSON", {}),
    ({"task_id": 7}, {}),
    (7, {"task": "operations.task", "id": "x"}),
    ([[["7"]], {}, {}], {"task": "operations.task", "id": "x"}),
]


def publish(two: Pair, body: Any, headers: dict[str, Any], **properties: Any) -> None:
    with Connection(two.broker.url) as connection:
        connection.Producer().publish(body, routing_key="processor", headers=headers, **properties)


@needs_postgres
def test_op_07_a_malformed_message_fails_the_operation_that_it_names_or_is_a_dead_letter(on_each_broker: Pair) -> None:
    two = on_each_broker
    paused = [two.task(0) for _ in MALFORMED]  # no processor yet: they wait
    with two.processing() as (b,):
        two.wait_ended(*paused)
        two.relay.popen.send_signal(signal.SIGSTOP)  # so that nobody else calls for what is created now
        try:
            named = [two.task(0) for _ in MALFORMED]
            for id, (body, headers) in zip(named, MALFORMED, strict=True):
                publish(two, _with_id(body, id), headers)
            for body, headers in NOBODYS:
                publish(two, body, headers)
            publish(two, b"\x00\xff", {"task": "operations.task"}, content_type="x/y", content_encoding="binary")
            two.wait_ended(*named)
        finally:
            two.relay.popen.send_signal(signal.SIGCONT)
        assert {two.status(id) for id in named} == {ERROR}
        assert {two.operation(id)["error"]["code"] for id in named} == {"malformed_message"}
        if isinstance(two.broker, rabbitmq.Server):
            eventually(lambda: two.broker.depth("angarium.dead") == len(NOBODYS) + 1, within=10)  # type: ignore[union-attr]
        else:
            for junk in (
                b"garbage",
                b"7",
                f'{{"task_id": "{UUID(int=7)}"}}'.encode(),
                b'{"properties": {"delivery_tag": []}}',
            ):
                redis.Redis.from_url(two.broker.url).lpush("processor", junk)
        two.wait_ended(task := two.task(0))
        assert (two.status(task), b.popen.poll()) == (COMPLETED, None)


def _with_id(body: Any, id: str) -> Any:
    if isinstance(body, dict):
        return {name: _with_id(value, id) for name, value in body.items()}
    if isinstance(body, list):
        return [_with_id(value, id) for value in body]
    return id if body == "ID" else body


def claimed(process: Process, *tasks: str) -> None:
    for task in tasks:
        process.wait_for(rf"processor\.claimed operation_id={task}")


def ends_of(found: dict[str, Any]) -> list[tuple[int, str]]:
    """(epoch, state) of each final entry of its history."""
    rows = found["transitions"]
    return [(row["epoch"], row["state"]) for row in rows if row["state"] in {"succeeded", "failed", "cancelled"}]


@needs_postgres
def test_op_14_a_killed_worker_s_tasks_are_done_by_another_one(on_each_broker: Pair) -> None:
    """One is killed when it has just begun, one in the middle."""
    two = on_each_broker
    with two.processing(2, PROCESSOR_CONCURRENCY="1") as doomed:
        heard = len(two.web.output)
        tasks = [two.task(2), two.task(2)]
        for worker in doomed:
            worker.wait_for(r"processor\.claimed")
        doomed[0].kill()
        two.web.wait_for(r"path=\S+leases:batch .*status=200", after=heard)
        doomed[1].kill()
        healthy = two.start_processor()
        two.wait_ended(*tasks, within=40)
        claimed(healthy, *tasks)
    found = [two.operation(task) for task in tasks]
    assert {two.status(task) for task in tasks} == {COMPLETED}
    assert [(one["claims"], ends_of(one)) for one in found] == [(2, [(one["epoch"], "succeeded")]) for one in found]
    assert two.rows("select count(*) from ledger_due") == [(0,)]


@pytest.fixture(scope="module")
def unlucky_twice(on_redis: Pair) -> Iterator[str]:
    """A task of thirteen seconds whose worker was killed in the middle of it. Another one has it now, and was told to
    stop, so that it ends it and takes nothing that is another test's."""
    task = on_redis.task(13)
    with on_redis.processing() as (doomed,):
        claimed(doomed, task)
        heard = len(on_redis.web.output)
        on_redis.web.wait_for(r"path=\S+leases:batch .*status=200", after=heard)
    with Process("processor", environment={**on_redis.environment_of_b, "PROCESSOR_GRACE": "60"}) as healthy:
        claimed(healthy, task)
        healthy.popen.terminate()
        yield task
        assert healthy.wait() == 0


@needs_postgres
@pytest.mark.usefixtures("unlucky_twice")  # which goes on meanwhile
def test_op_15_a_worker_that_was_frozen_for_longer_than_its_lease_is_refused(two: Pair) -> None:
    with two.processing() as (frozen,):
        task = two.task(2)
        claimed(frozen, task)
        frozen.popen.send_signal(signal.SIGSTOP)
        healthy = two.start_processor()
        claimed(healthy, task)
        two.wait_ended(task)
        frozen.popen.send_signal(signal.SIGCONT)
        frozen.wait_for(r"processor\.lease_lost|lease_lost", within=20)
        found = two.operation(task)
        late = {"epoch": 1, "seq": 1, "state": "failed", "error": {"code": "late", "message": "I am back."}}
        path = f"/api/operations/operations/{task}/transitions"
        answer = two.ask("POST", path, late, headers={"Authorization": f"Bearer {two.secret}"})
        assert (answer.status, answer.json["code"], answer.json["head"]["epoch"]) == (409, "lease_lost", found["epoch"])
    assert (two.status(task), ends_of(two.operation(task))) == (COMPLETED, [(found["epoch"], "succeeded")])


@needs_postgres
def test_f22_what_hangs_in_a_worker_that_lives_is_given_to_another_one(two: Pair) -> None:
    """The heart beats on, and the work stands still: after its time its lease is not renewed any more."""
    with two.processing() as (b,):
        task = two.create("tests.hangs")
        b.wait_for(rf"processor\.hangs .*{task}")
        two.wait_ended(task)
        assert b.popen.poll() is None
    found = two.operation(task)
    assert (found["state"], found["claims"], found["output"]) == ("succeeded", 2, {"attempt": 2})
    assert ends_of(found) == [(found["epoch"], "succeeded")]


@needs_postgres
def test_op_16_what_ended_while_a_was_away_is_told_when_a_is_back_and_is_not_done_again(two: Pair) -> None:
    """One worker lives on meanwhile; the other one is killed, and its spool goes to the next one."""
    with two.processing(2, PROCESSOR_CONCURRENCY="1") as both:
        tasks = [two.create("tests.steps", steps=4, seconds=0.4) for _ in both]
        for worker in both:
            worker.wait_for(r"processor\.claimed")
        two.web.terminate()
        for worker in both:
            worker.wait_for(r"processor\.ran .*state=succeeded")
        both[1].kill()
        successor = two.start_processor()
        time_away(two, 60 if LONG else LEASE + 1)
        two.start_web()
        two.wait_ended(*tasks)
        assert [worker.output.count("processor.claimed") for worker in (*both, successor)] == [1, 1, 0]
    for found in map(two.operation, tasks):
        assert (found["state"], found["claims"], found["output"]) == ("succeeded", 1, {"attempt": 1})
        assert found["progress"]["done"] == 3
        assert [row["seq"] for row in found["transitions"]] == sorted(row["seq"] for row in found["transitions"])


def time_away(two: Pair, seconds: float) -> None:
    """Let so many seconds pass without A, in which nothing that was done is given to anybody else."""
    until = time.monotonic() + seconds
    eventually(lambda: time.monotonic() > until, within=seconds + 5)
    assert two.rows("select count(*) from ledger_operation where state <> 'running' and kind = 'tests.steps'") == [(0,)]


@long_form
@needs_postgres
def test_op_18_a_relay_that_dies_before_it_publishes_is_replaced_by_two_and_the_task_runs_once(two: Pair) -> None:
    two.relay.terminate()
    with two.processing() as (b,):
        task = two.task(0)
        with two.start_relay(ANGARIUM_FAULT="due:1") as doomed:
            assert doomed.wait() == -signal.SIGKILL
        assert two.status(task) == NEW
        two.relay = two.start_relay()
        with two.start_relay() as second:
            second.wait_for("relay: running")
            two.wait_ended(task)
        assert b.output.count(f"processor.claimed operation_id={task}") == 1
    assert (two.status(task), two.operation(task)["claims"]) == (COMPLETED, 1)


@needs_postgres
def test_op_20_a_rolling_restart_during_long_tasks_loses_none(two: Pair) -> None:
    seconds = 30 if LONG else 3
    with two.processing(2, PROCESSOR_CONCURRENCY="3", PROCESSOR_GRACE="60") as old:
        tasks = [two.task(seconds) for _ in range(8)]
        for process in old:
            process.wait_for(r"processor\.claimed")
        for process in old:
            process.popen.terminate()
            two.start_processor(PROCESSOR_CONCURRENCY="3")
        assert [process.wait(within=seconds + 20) for process in old] == [0, 0]
        two.wait_ended(*tasks, within=3 * seconds + 20)
    assert {two.status(task) for task in tasks} == {COMPLETED}
    assert {two.operation(task)["claims"] for task in tasks} == {1}


@long_form
@needs_postgres
def test_op_20_what_cannot_end_within_the_grace_is_done_by_another_worker(two: Pair) -> None:
    with two.processing(PROCESSOR_GRACE="0.5") as (hurried,):
        job = two.create("tests.long_at_first")
        claimed(hurried, job)
        assert hurried.terminate(within=10) == 0
        healthy = two.start_processor()
        two.wait_ended(job)
        claimed(healthy, job)
    found = two.operation(job)
    assert (found["state"], found["claims"]) == ("succeeded", 2)


@needs_postgres
def test_op_14_thirteen_seconds_end_in_an_error_also_after_a_killed_worker(on_redis: Pair, unlucky_twice: str) -> None:
    on_redis.wait_ended(unlucky_twice, within=20)
    found = on_redis.operation(unlucky_twice)
    assert (on_redis.status(unlucky_twice), found["claims"], found["error"]["code"]) == (ERROR, 2, "unlucky")
    assert ends_of(found) == [(found["epoch"], "failed")]
    assert _seconds(found["finished_at"]) - _seconds(found["transitions"][-2]["at"]) >= 13  # A was away meanwhile


TOLD = {"ANGARIUM_URL": "http://127.0.0.1:1", "ANGARIUM_TOKEN": "ang_x", "CELERY_BROKER_URL": "redis://127.0.0.1:1"}


@pytest.mark.parametrize(
    ("words", "program"),
    [
        (("processor",), "angarium"),
        (("-A", "angarium.processor", "worker"), "celery"),
        (("manage.py", "processor"), "python"),
    ],
    ids=["angarium", "celery", "manage.py"],
)
def test_what_it_cannot_do_without_is_one_sentence(words: tuple[str, ...], program: str) -> None:
    with Process(*words, program=program, environment={**TOLD, "ANGARIUM_TOKEN": ""}) as process:
        assert process.wait() == 1
        process.whole()
        assert "angarium: ANGARIUM_TOKEN is not set." in process.output
        assert "Traceback" not in process.output


def test_a_module_that_there_is_not_is_one_sentence() -> None:
    with Process("processor", environment={**TOLD, "PROCESSOR_MODULES": "tests.processes.thumbs"}) as process:
        assert process.wait() == 1
        process.whole()
        assert "angarium: PROCESSOR_MODULES names tests.processes.thumbs" in process.output
        assert "Traceback" not in process.output
