"""What is reported arrives, once and in order, whatever is answered in the meantime; what is refused is told."""

from __future__ import annotations

import json
import logging
import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from angarium.client import Claim, Client, Closed, Ended, LeaseLost, Refusal, Refused

from .conftest import Connect
from .stub import HTML, HTML_200, HTML_404, HTML_413, LOST, MALFORMED, RESET, SLOW, Mood, Op, Stub

BATCH = "transitions:batch"
THREE = {"done": 3, "total": 10, "unit": "pages"}
TRANSIENT = (500, 502, 503, 408, 425, 429, HTML, HTML_200, MALFORMED, RESET, LOST)


def claimed(client: Client, op: Op) -> Claim:
    held = client.claim(op.id)
    assert held is not None
    return held


def said(op: Op) -> list[Any]:
    """State or stage of what was applied, in order."""
    return [report.get("state") or report.get("stage") for report in op.applied]


def test_reports_arrive_in_order_with_numbers_from_one(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    held = claimed(client, op)
    held.report(state="running", stage="upload", metadata={"k": 1})
    held.progress(3, 10, unit="pages", message="three")
    held.succeed({"pages": 10})
    assert client.flush()
    assert op.applied == [
        {"operation": str(op.id), "epoch": 1, "seq": 1, "state": "running", "stage": "upload", "metadata": {"k": 1}},
        {"operation": str(op.id), "epoch": 1, "seq": 2, "message": "three", "progress": THREE},
        {"operation": str(op.id), "epoch": 1, "seq": 3, "state": "succeeded", "output": {"pages": 10}},
    ]
    assert (client.waiting, client.refused, client.dropped) == (0, 0, 0)


def test_a_call_brings_the_token_and_says_json(stub: Stub, connect: Connect) -> None:
    client = connect()
    claimed(client, stub.op()).succeed()
    assert client.flush()
    headers = stub.asked(BATCH)[0].headers
    assert (headers["Authorization"], headers["Content-Type"]) == ("Bearer ang_token", "application/json")


@pytest.mark.parametrize("mood", TRANSIENT)
def test_what_may_pass_is_tried_again_with_the_same_bytes(stub: Stub, connect: Connect, mood: Mood) -> None:
    client, op = connect(), stub.op()
    held = claimed(client, op)
    stub.moody = BATCH
    stub.moods.extend([mood, mood])
    held.report(stage="a")
    held.report(stage="b")
    held.succeed()
    assert client.flush()
    assert said(op) == ["a", "b", "succeeded"]
    first, second = stub.asked(BATCH)[:2]
    assert second.body.startswith(first.body[:-2])
    assert (op.late, client.refused) == ([], 0)


def test_a_server_that_does_not_answer_is_given_up_and_asked_again(stub: Stub, connect: Connect) -> None:
    client, op = connect(timeout=0.3), stub.op()
    held = claimed(client, op)
    stub.moods.append(SLOW)
    held.succeed()
    assert client.flush()
    assert len(stub.asked(BATCH)) >= 2
    assert said(op) == ["succeeded"]


def test_op_b5_work_goes_on_while_nobody_listens_and_all_arrives_afterwards(stub: Stub, connect: Connect) -> None:
    client, ops = connect(), [stub.op() for _ in range(3)]
    claims = [claimed(client, op) for op in ops]
    stub.refuse()
    began = time.monotonic()
    for number in range(100):
        for held in claims:
            held.report(stage=f"s{number}")
            held.progress(number)
    for held in claims:
        held.succeed({"n": 1})
    assert time.monotonic() - began < 5
    assert client.waiting == 3 * 201
    assert not client.flush(0)
    stub.listen()
    assert client.flush(20)
    for op in ops:
        assert [stage for stage in said(op) if stage] == [*(f"s{number}" for number in range(100)), "succeeded"]
        assert op.late == []


def test_op_b5_many_reports_travel_together(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    held = claimed(client, op)
    stub.mood, stub.moody = 503, BATCH
    for number in range(1200):
        held.report(stage=f"s{number}")
    stub.until(lambda: bool(stub.asked(BATCH)))
    before = len(stub.asked(BATCH))
    stub.mood = None
    assert client.flush()
    sizes = [len(call.json["transitions"]) for call in stub.asked(BATCH)[before:]]
    assert max(sizes) == 500
    assert len(sizes) <= 5
    assert said(op) == [f"s{number}" for number in range(1200)]


def test_a_batch_is_no_larger_than_half_a_megabyte(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    held = claimed(client, op)
    stub.mood, stub.moody = 503, BATCH
    for _ in range(20):
        held.report(metadata={"text": "x" * 60_000})
    stub.mood = None
    assert client.flush()
    assert max(len(call.body) for call in stub.asked(BATCH)) < 530_000
    assert len(op.applied) == 20


def test_progress_is_gathered_and_the_newest_arrives(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    held = claimed(client, op)
    for number in range(1, 501):
        held.progress(number, 500)
    assert client.flush()
    assert op.applied[-1]["progress"] == {"done": 500, "total": 500}
    assert op.applied[-1]["seq"] == 500
    assert len(op.applied) < 20


def test_a_total_and_a_unit_are_meant_until_others_are_said(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    held = claimed(client, op)
    held.progress(1, 10, unit="pages")
    held.progress(2)
    assert client.flush()
    assert op.applied[-1]["progress"] == {"done": 2, "total": 10, "unit": "pages"}


def test_a_server_that_asks_for_a_pause_gets_it(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    held = claimed(client, op)
    stub.retry_after, stub.moody = "1", BATCH
    stub.moods.append(429)
    began = time.monotonic()
    held.succeed()
    assert client.flush()
    assert time.monotonic() - began >= 1
    assert len(stub.asked(BATCH)) == 2


@pytest.mark.parametrize("status", [401, 403, 404, 302, HTML_404])
def test_a_token_or_an_address_can_be_mended_and_until_then_everything_waits(
    stub: Stub, connect: Connect, caplog: pytest.LogCaptureFixture, status: Mood
) -> None:
    client, op = connect(), stub.op()
    held = claimed(client, op)
    stub.mood, stub.moody = status, BATCH
    with caplog.at_level(logging.WARNING, "angarium.client"):
        held.report(stage="a")
        held.succeed()
        stub.until(lambda: len(stub.asked(BATCH)) >= 4)
        stub.mood = None
        assert client.flush()
    assert said(op) == ["a", "succeeded"]
    lines = [record.message for record in caplog.records]
    assert len([line for line in lines if str(status).removeprefix("html_") in line]) == 1, lines
    assert [line for line in lines if "takes reports again" in line]


def test_one_that_is_refused_is_told_and_holds_up_nobody(
    stub: Stub, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Refusal] = []
    client = connect(on_refused=told.append)
    bad, good = stub.op(), stub.op()
    stub.refused_items[bad.id] = {"status": 400, "code": "invalid", "detail": "No.", "field": "metadata.a"}
    first, second = claimed(client, bad), claimed(client, good)
    with caplog.at_level(logging.WARNING, "angarium.client"):
        first.report(metadata={"a": 1})
        second.succeed()
        assert client.flush()
    assert said(good) == ["succeeded"]
    assert client.refused == 1
    assert [(one.report.operation, one.report.metadata, one.problem.field) for one in told] == [
        (bad.id, {"a": 1}, "metadata.a")
    ]
    assert [record.message for record in caplog.records if str(bad.id) in record.message] == [
        f"Refused: {bad.id}, epoch 1, report 1: invalid No."
    ]
    assert not first.lost


def test_a_listener_that_fails_stops_nothing(stub: Stub, connect: Connect) -> None:
    def fail(_: Refusal) -> None:
        raise RuntimeError("no")

    client = connect(on_refused=fail)
    bad, good = stub.op(), stub.op()
    stub.refused_items[bad.id] = {"status": 404, "code": "no_operation", "detail": "There is none."}
    first, second = claimed(client, bad), claimed(client, good)
    first.succeed()
    second.succeed()
    assert client.flush()
    assert said(good) == ["succeeded"]


@pytest.mark.parametrize("code", ["lease_lost", "already_final", "not_running", "no_operation"])
def test_who_learns_that_the_epoch_is_over_says_nothing_more(stub: Stub, connect: Connect, code: str) -> None:
    client, op = connect(), stub.op()
    held = claimed(client, op)
    stub.refused_items[op.id] = {"status": 409, "code": code, "detail": "Over."}
    held.report(stage="a")
    assert client.flush()
    assert held.lost
    for speak in (held.succeed, held.progress, lambda: held.report(stage="b")):
        with pytest.raises(LeaseLost) as refused:
            speak()
        assert refused.value.code == "lease_lost"
    assert client.waiting == 0


def test_after_its_end_a_claim_says_nothing_more(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    held = claimed(client, op)
    held.succeed()
    with pytest.raises(Ended):
        held.progress(1)
    assert client.flush()
    assert said(op) == ["succeeded"]
    assert not held.lost


def test_a_batch_that_is_refused_as_a_whole_is_sent_in_parts_until_the_bad_one_is_found(
    stub: Stub, connect: Connect
) -> None:
    told: list[Refusal] = []
    client = connect(on_refused=told.append)
    ops = [stub.op() for _ in range(40)]
    stub.mood, stub.moody = 503, BATCH
    for op in ops:
        claimed(client, op).succeed()
    stub.until(lambda: bool(stub.asked(BATCH)))
    stub.most_items, stub.mood = 0, None  # refuses even one alone
    stub.until(lambda: bool(told))
    stub.most_items = 3
    assert client.flush()
    lost = {one.report.operation for one in told}
    assert {op.id for op in ops if op.state == "succeeded"} == {op.id for op in ops} - lost
    assert all(one.problem.code == "invalid" for one in told)


def test_one_that_is_too_large_for_what_stands_between_is_given_up(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    held = claimed(client, op)
    stub.moody = BATCH
    stub.moods.append(HTML_413)
    held.report(metadata={"a": 1})
    assert client.flush()
    assert client.refused == 1
    held.succeed()
    assert client.flush()
    assert said(op) == ["succeeded"]


def test_a_part_of_a_batch_that_is_not_taken_yet_is_sent_again(stub: Stub, connect: Connect) -> None:
    client, op, other = connect(), stub.op(), stub.op()
    first, second = claimed(client, op), claimed(client, other)
    stub.refused_items[op.id] = {"status": 503, "code": "unavailable", "detail": "Later."}
    first.succeed()
    second.succeed()
    stub.until(lambda: client.waiting == 1)
    assert other.state == "succeeded"
    del stub.refused_items[op.id]
    assert client.flush()
    assert said(op) == ["succeeded"]


def test_exceptions_that_leave_a_claim_s_block_are_its_failure(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    with pytest.raises(ZeroDivisionError), claimed(client, op):
        1 / 0  # noqa: B018
    assert client.flush()
    name = "ZeroDivisionError"
    assert op.applied[0]["error"] == {"code": name, "type": name, "message": "division by zero"}


def test_who_is_told_to_stop_leaves_the_work_to_another(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    with pytest.raises(KeyboardInterrupt), claimed(client, op):
        raise KeyboardInterrupt
    assert client.flush()
    assert op.applied == []


def test_a_retry_after_the_last_attempt_is_a_failure(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    claimed(client, op).retry(after=0, because="busy")
    assert client.flush()
    op.claims = 4
    claimed(client, op).retry(after=60, because="busy")
    assert client.flush()
    assert [report["state"] for report in op.applied] == ["retrying", "failed"]


def test_threads_report_on_one_claim_and_every_number_is_used_once(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    held = claimed(client, op)

    def speak(name: int) -> None:
        for number in range(50):
            held.report(metadata={f"{name}": number})

    threads = [threading.Thread(target=speak, args=[name]) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.flush()
    assert [report["seq"] for report in op.applied] == list(range(1, 201))
    assert op.late == []


def test_every_verb_has_its_state_and_nothing_to_say_is_not_said(stub: Stub, connect: Connect) -> None:
    client, ops = connect(), [stub.op() for _ in range(3)]
    one, two, three = [claimed(client, op) for op in ops]
    one.cancel(because="gone")
    two.snooze(two.lease_until, because="night")
    three.progress()
    three.fail("no", code="bad", size=7)
    assert client.flush()
    assert [said(op) for op in ops] == [["cancelled"], ["scheduled"], ["failed"]]
    assert ops[2].applied[0]["error"] == {"code": "bad", "message": "no", "size": 7}


def test_a_closed_client_takes_nothing(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    held = claimed(client, op)
    assert client.close()
    assert client.close()
    with pytest.raises(Closed):
        held.succeed()


def test_closing_sends_what_waits_and_says_what_it_could_not(
    stub: Stub, connect: Connect, spool: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client, op = connect(), stub.op()
    claimed(client, op).succeed()
    assert client.close()
    assert said(op) == ["succeeded"]
    silent, kept = connect(), connect(spool=spool)
    held = [claimed(one, stub.op()) for one in (silent, kept)]
    stub.refuse()
    for one in held:
        one.succeed()
    with caplog.at_level(logging.WARNING, "angarium.client"):
        assert not silent.close(0.1)
        assert not kept.close(0.1)
    lines = "\n".join(record.message for record in caplog.records)
    assert "1 reports were not sent and are lost" in lines
    assert "1 reports were not sent and stay in the spool" in lines


def test_op_b5_the_next_client_of_a_spool_sends_what_the_last_one_left(
    stub: Stub, connect: Connect, spool: Path
) -> None:
    client, op = connect(spool=spool), stub.op()
    held = claimed(client, op)
    stub.refuse()
    held.report(stage="a")
    held.succeed({"n": 1})
    assert not client.close(0)
    stub.listen()
    assert connect(spool=spool).flush()
    assert said(op) == ["a", "succeeded"]


def test_an_item_travels_as_it_was_written(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    claimed(client, op).report(metadata={"é": "☃", "big": 2**62, "f": 0.1})
    assert client.flush()
    body = stub.asked(BATCH)[0].body
    assert (
        body
        == b'{"transitions":[%s]}'
        % json.dumps(
            {"metadata": {"é": "☃", "big": 2**62, "f": 0.1}, "operation": str(op.id), "epoch": 1, "seq": 1},
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
    )


def test_an_operation_that_the_server_forgot_ends_its_claim(stub: Stub, connect: Connect) -> None:
    client = connect()
    held = claimed(client, stub.op())
    stub.operations.clear()
    held.succeed()
    assert client.flush()
    assert client.refused == 1


def test_a_refusal_says_where_the_operation_stands(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    told: list[Refusal] = []
    client._outbox.sender._on_refused = told.append
    held = claimed(client, op)
    op.epoch = 2
    held.report(stage="a")
    assert client.flush()
    assert told[0].problem.head is not None
    assert (told[0].problem.code, told[0].problem.head.epoch) == ("lease_lost", 2)


def test_unknown_operations_cannot_be_claimed(connect: Connect) -> None:
    with pytest.raises(Refused) as refused:
        connect().claim(uuid4())
    assert (refused.value.code, refused.value.status, refused.value.ours) == ("no_operation", 404, True)
