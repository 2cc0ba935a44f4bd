"""What Prometheus is told of the attempts at tasks."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY

from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import cancel, claim, start
from angarium.engine.tasks.execute import execute
from angarium.engine.tasks.public import Done, Fail, Outcome, Run, task

pytestmark = pytest.mark.django_db(transaction=True)


def number(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def runs(state: str) -> float:
    return number("angarium_task_runs_total", task="tests.counted", state=state)


def observed(what: str) -> float:
    return number(f"angarium_task_{what}_count", task="tests.counted")


def ran(operation: UUID | None = None) -> None:
    execute(operation or start("tests.counted"))


@pytest.mark.parametrize(("outcome", "state"), [(Done(), "succeeded"), (Fail("It cannot be."), "failed")])
def test_an_attempt_is_counted_by_its_task_and_state_with_time_and_number(outcome: Outcome, state: str) -> None:
    @task(queue="engine")
    def counted() -> Outcome:
        return outcome

    before = [runs(state), observed("seconds"), observed("attempts")]
    ran()
    assert [runs(state), observed("seconds"), observed("attempts")] == [one + 1 for one in before]


def test_an_attempt_of_a_replaced_worker_is_counted_as_that() -> None:
    @task(queue="engine", outside=True)
    def counted(run: Run) -> None:
        cancel(run.operation, SYSTEM)

    before = runs("lease_lost")
    ran()
    assert runs("lease_lost") == before + 1


def test_a_call_that_finds_nothing_to_do_is_counted() -> None:
    @task(queue="engine")
    def counted() -> None: ...

    before = number("angarium_calls_ignored_total")
    operation = start("tests.counted")
    claim(operation, worker="another", lease_seconds=30)
    ran(operation)
    ran(uuid4())
    assert number("angarium_calls_ignored_total") == before + 2
