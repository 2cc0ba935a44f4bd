"""What becomes of one call: claimed, run, reported, and nothing twice."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from angarium.client import Client
from angarium.client.tests.stub import Op, Stub
from angarium.processor import Job, handles
from angarium.processor import runner as running
from angarium.processor.registry import UnknownKind
from angarium.processor.runner import Runner, Stopping

LATER = datetime(2030, 1, 1, tzinfo=UTC)


def handler(function: Any, kind: str = "test") -> None:
    """As `@handles` on a function of this test's own."""
    function.__qualname__ = f"{function.__qualname__}:{uuid4()}"
    handles(kind)(function)


def done(runner: Runner, client: Client, stub: Stub, **input: Any) -> Op:
    """An operation after it was run and all was reported."""
    op = stub.op(**input)
    runner.run("test", op.id)
    assert client.flush(10)
    return op


def raising(error: BaseException) -> Any:
    def function(job: Job) -> None:
        raise error

    return function


def test_a_job_costs_two_calls_that_change_its_state(runner: Runner, client: Client, stub: Stub) -> None:
    handler(lambda job: {"width": job.input["width"] * 2})
    op = done(runner, client, stub, width=320)
    assert (op.state, op.applied[-1]["output"]) == ("succeeded", {"width": 640})
    paths = [call.path.rpartition("/")[2] for call in stub.calls]
    assert paths == ["claim", "transitions:batch"]
    assert stub.calls[0].json | {"key": ""} == {"worker": "b-1", "lease_seconds": 30, "key": ""}


@pytest.mark.parametrize(
    ("ending", "state", "said"),
    [
        (Job.Fail("too big", code="too_big"), "failed", {"error": {"code": "too_big", "message": "too big"}}),
        (Job.Cancel("nobody wants it"), "cancelled", {"message": "nobody wants it"}),
        (Job.Snooze(LATER, "not yet"), "scheduled", {"run_at": "2030-01-01T00:00:00Z", "message": "not yet"}),
        (Job.Retry(timedelta(minutes=1), "busy"), "retrying", {"message": "busy"}),
        (SystemExit(3), "failed", {"message": "SystemExit: 3"}),
        (KeyboardInterrupt(), "failed", {"message": "KeyboardInterrupt: "}),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_a_handler_raises_is_how_its_job_ends(
    runner: Runner, client: Client, stub: Stub, ending: BaseException, state: str, said: dict[str, Any]
) -> None:
    handler(raising(ending))
    op = done(runner, client, stub)
    assert op.state == state
    assert said.items() <= op.applied[-1].items()


def test_op_07_an_exception_in_a_handler_is_a_failure_with_its_reason(
    runner: Runner, client: Client, stub: Stub
) -> None:
    handler(raising(ValueError("no picture \x00 in it")))
    op = done(runner, client, stub)
    error = op.applied[-1]["error"]
    assert (op.state, error["code"], error["message"]) == ("failed", "ValueError", "ValueError: no picture   in it")
    assert "    raise error" in error["traceback"]


@pytest.mark.parametrize("output", [object(), "x" * 70_000, float("nan")])
def test_an_output_that_cannot_be_kept_is_a_failure_and_not_another_attempt(
    runner: Runner, client: Client, stub: Stub, output: object
) -> None:
    handler(lambda job: output)
    op = done(runner, client, stub)
    assert (op.state, op.applied[-1]["error"]["code"]) == ("failed", "invalid_outcome")


def test_a_call_that_comes_twice_is_run_once(runner: Runner, client: Client, stub: Stub) -> None:
    ran: list[int] = []
    handler(lambda job: ran.append(job.attempt))
    op = done(runner, client, stub)
    assert runner.run("test", op.id) is None
    assert ran == [1]


def test_an_operation_that_there_is_not_is_let_go(runner: Runner, stub: Stub) -> None:
    handler(lambda job: None)
    assert runner.run("test", uuid4()) is None


def test_a_kind_without_a_handler_is_not_even_claimed(runner: Runner, stub: Stub) -> None:
    with pytest.raises(UnknownKind):
        runner.run("test", stub.op().id)
    assert stub.calls == []


def test_who_lost_the_work_says_nothing_of_it(runner: Runner, client: Client, stub: Stub) -> None:
    op = stub.op()

    def outlived(job: Job) -> None:
        op.epoch += 1
        with pytest.raises(type(refusal := _lost(client, job))):
            job.progress(1, 2)
        raise refusal

    handler(outlived)
    assert runner.run("test", op.id) is None
    assert (op.state, op.applied) == ("running", [])


def _lost(client: Client, job: Job) -> Exception:
    """Wait until the client has heard that the work is somebody else's."""
    job.report(stage="second")
    client.flush(10)
    try:
        job.check()
    except Exception as error:  # noqa: BLE001  handed on
        return error
    raise AssertionError("nobody said so")


def test_a_job_that_waits_is_told_that_it_was_given_away(runner: Runner, client: Client, stub: Stub) -> None:
    op = stub.op()

    def patient(job: Job) -> None:
        op.epoch += 1
        job.report(stage="second")
        job.wait(60)

    handler(patient)
    assert runner.run("test", op.id) is None


@pytest.mark.parametrize("status", [401, 403, 503])
def test_a_claim_is_asked_for_until_it_is_answered(
    runner: Runner, client: Client, stub: Stub, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "AGAIN", 0.01)
    handler(lambda job: None)
    stub.moods.extend([status] * 5)
    assert done(runner, client, stub).state == "succeeded"


def test_who_stops_claims_nothing_more(runner: Runner, stub: Stub) -> None:
    handler(lambda job: None)
    runner.stop()
    with pytest.raises(Stopping):
        runner.run("test", stub.op().id)
    assert stub.calls == []


def test_who_waits_for_angarium_stops_when_told_to(runner: Runner, stub: Stub) -> None:
    handler(lambda job: None)
    stub.refuse()
    ended: list[type[BaseException]] = []

    def run() -> None:
        try:
            runner.run("test", uuid4())
        except Stopping as error:
            ended.append(type(error))

    thread = threading.Thread(target=run)
    thread.start()
    runner.stop()
    thread.join(10)
    assert ended == [Stopping]


def test_op_16_what_was_done_while_angarium_was_away_is_told_when_it_is_back_and_not_done_again(
    runner: Runner, client: Client, stub: Stub
) -> None:
    ran: list[int] = []

    def cut_off(job: Job) -> None:
        ran.append(job.attempt)
        stub.refuse()
        job.progress(1, 2)

    handler(cut_off)
    op = stub.op()
    assert runner.run("test", op.id) == "succeeded"
    assert (op.state, client.waiting) == ("running", 2)
    stub.listen()
    assert client.flush(20)
    assert (op.state, ran, [report["seq"] for report in op.applied]) == ("succeeded", [1], [1, 2])


def test_a_job_knows_what_it_was_given(runner: Runner, client: Client, stub: Stub) -> None:
    seen: list[Any] = []
    handler(lambda job: seen.extend([job.operation, job.kind, job.input, job.attempt, job.max_claims, job.stopping]))
    op = done(runner, client, stub, a=1)
    assert seen == [op.id, "test", {"a": 1}, 1, 5, False]


def test_what_was_called_for_in_words_that_make_no_sense_fails(runner: Runner, client: Client, stub: Stub) -> None:
    op = stub.op()
    runner.refuse(op.id, "The message is not one list of ids.")
    assert client.flush(10)
    assert (op.state, op.applied[-1]["error"]["code"]) == ("failed", "malformed_message")
