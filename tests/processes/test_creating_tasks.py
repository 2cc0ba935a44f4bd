"""Tasks are accepted when the broker is not there, once however often they are asked for, and over any address."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.processes.instance import Instance
from tests.processes.pair import COMPLETED, NEW, Pair, pair
from tests.servers import redis
from tests.servers.polling import eventually

#: Seconds that `make test` does not have; `make prove` has them.
long_form = pytest.mark.skipif(not os.environ.get("PROVE"), reason="the long form has it")

TASKS = "/api/operations/tasks"
BODY = {"name": "задача", "processing_time": 1}


@pytest.fixture(scope="module")
def two() -> Iterator[Pair]:
    with pair() as made:
        yield made


@pytest.fixture(scope="module")
def one_process() -> Iterator[Instance]:
    instance = Instance().seed()
    with instance.up() as process:
        yield instance
        assert "Traceback" not in process.output, process.output


@pytest.mark.postgres
@pytest.mark.parametrize("how", [pytest.param("stopped", marks=long_form), "silent"])
def test_op_17_without_a_broker_tasks_are_accepted_at_once_and_processed_when_it_is_back(two: Pair, how: str) -> None:
    assert isinstance(two.broker, redis.Server)
    heard = len(two.relay.output)
    (two.broker.stop if how == "stopped" else two.broker.pause)()
    try:
        answers = [two.ask("POST", TASKS, BODY)]
        two.relay.wait_for("tasks.broker_unreachable", within=20, after=heard)
        answers += [two.ask("POST", TASKS, BODY) for _ in range(3)]
        assert [answer.status for answer in answers] == [201] * 4
        assert max(answer.seconds for answer in answers) < 1
        tasks = [str(answer.json["task_id"]) for answer in answers]
        assert [two.status(task) for task in tasks] == [NEW] * 4
    finally:
        (two.broker.start if how == "stopped" else two.broker.resume)()
    with two.processing():
        two.wait_ended(*tasks, within=60)
    assert [two.status(task) for task in tasks] == [COMPLETED] * 4
    assert {two.operation(task)["claims"] for task in tasks} == {1}


def test_op_19_a_hundred_equal_requests_at_once_are_one_task_with_a_hundred_equal_answers(
    one_process: Instance,
) -> None:
    before = len(one_process.ask("GET", TASKS).json)
    key = {"Idempotency-Key": "once"}
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: one_process.ask("POST", TASKS, BODY, headers=key), range(100)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(one_process.ask("GET", TASKS).json) == before + 1
    assert one_process.ask("POST", TASKS, {**BODY, "name": "другая"}, headers=key).status == 422


@long_form
@pytest.mark.postgres
def test_op_19_on_postgresql_it_is_the_same(two: Pair) -> None:
    before = two.rows("select count(*) from ledger_operation")[0][0]
    key = {"Idempotency-Key": "once"}
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: two.ask("POST", TASKS, BODY, headers=key), range(100)))
    assert {(answer.status, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert two.rows("select count(*) from ledger_operation")[0][0] == before + 1


def test_op_25_in_the_open_form_the_texts_can_be_typed_as_they_stand(seeded: Instance) -> None:
    instance, nobody = seeded.copy(), {"Authorization": ""}
    with instance.up(ANGARIUM_OPEN="1", DEMO="0"):
        instance.run("shell", "-c", "from angarium.engine.identity.public import Person\n"
                     "Person.objects.create_user(username='user', password='password', role='member')")  # fmt: skip
        host = {**nobody, "Host": "operations.localhost"}
        task = instance.ask("POST", "/tasks", BODY, headers=host).json["task_id"]
        eventually(lambda: instance.ask("GET", f"/tasks/{task}", headers=host).json["status"] == COMPLETED)
        assert instance.ask("GET", "/api/docs", headers=nobody).status == 200
        assert instance.ask("GET", f"/operations/{task}", headers=host).status == 401
    with instance.up(ANGARIUM_OPEN="0"):
        for method, path in (("GET", "/tasks"), ("GET", f"/tasks/{task}"), ("POST", "/tasks")):
            assert instance.ask(method, path, BODY if method == "POST" else None, headers=host).status == 401
