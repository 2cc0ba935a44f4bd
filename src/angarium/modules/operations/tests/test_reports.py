"""One rule for every way in: each history of reports ends the same, whichever way they came."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import Claim, Operation, State, Transition, cancel, pause, reclaim
from angarium.engine.ledger.testing import broken_invariants, let_time_pass
from angarium.modules.operations.tests.entries import Entry, FastAlone, FastBatched, Outcome, Queued

Make = Callable[..., Claim]
ID = UUID("01900000-0000-7000-8000-00000000aaaa")
LATER = "2999-01-01T00:00:00Z"


def step(status: int, said: str, seq: int, *, epoch: int = 0, **body: Any) -> tuple[int, str, int, int, dict[str, Any]]:
    return status, said, seq, epoch, body


#: What is sent, one after the other, each with what becomes of it; `epoch` is counted from the one that is held. Then
#: the state, the seq and the lines of the history, without those of creation and claim.
HISTORIES: dict[str, tuple[list[Any], str, int, int]] = {
    "in order": (
        [step(200, "applied", 1, progress={"done": 1, "total": 3}), step(200, "applied", 2, state="succeeded")],
        "succeeded", 2, 2,
    ),
    "op_10 the end before what came before it": (
        [step(200, "applied", 2, state="succeeded"), step(200, "late", 1, state="running")], "succeeded", 2, 2,
    ),
    "op_10 an error after the end": (
        [step(200, "applied", 1, state="succeeded"), step(409, "already_final", 2, state="failed")], "succeeded", 1, 1,
    ),
    "op_12 nothing leaves the end": (
        [step(200, "applied", 1, state="failed", error={"code": "x", "message": "m"})]
        + [step(409, "already_final", seq, state=state) for seq, state in enumerate(("running", "succeeded"), start=2)],
        "failed", 1, 1,
    ),
    "op_11 the same twice": (
        [step(200, "applied", 1, message="m"), step(200, "repeat", 1, message="m")], "running", 1, 1,
    ),
    "op_11 the same place and another body": (
        [step(200, "applied", 1, message="m"), step(409, "other_body", 1, message="other")], "running", 1, 1,
    ),
    "op_11 the same name and another body": (
        [step(200, "applied", 1, event_id=ID), step(409, "other_body", 2, message="m", event_id=ID)], "running", 1, 1,
    ),
    "the same name and body under another seq": (
        [step(200, "applied", 1, event_id=ID), step(200, "repeat", 2, event_id=ID)], "running", 1, 1,
    ),
    "a late one twice": (
        [step(200, "applied", 5), *([step(200, "late", 2, message="m")]), step(200, "repeat", 2, message="m")],
        "running", 5, 2,
    ),
    "op_15 an older epoch": ([step(409, "lease_lost", 1, epoch=-1, state="succeeded")], "running", 0, 0),
    "an epoch that was never given": ([step(409, "not_claimed", 1, epoch=1)], "running", 0, 0),
    "gaps": ([step(200, "applied", 10), step(200, "applied", 2**63 - 1)], "running", 2**63 - 1, 2),
    "op_26 metadata key by key": (
        [
            step(200, "applied", 1, metadata={"a": 1, "b": {"c": [1]}}),
            step(200, "applied", 3, metadata={"b": None}),
            step(200, "late", 2, metadata={"a": 2, "z": 1}),
        ],
        "running", 3, 3,
    ),
    "a retry in its own time": ([step(200, "applied", 1, state="retrying", run_at=LATER)], "retrying", 1, 1),
    "a snooze": ([step(200, "applied", 1, state="scheduled", run_at=LATER)], "scheduled", 1, 1),
    "cancelled by the worker": ([step(200, "applied", 1, state="cancelled", message="not needed")], "cancelled", 1, 1),
}  # fmt: skip


def told(name: str, entry: Entry, held: Claim) -> list[str]:
    """Live through this history; what became otherwise than it should."""
    steps, state, seq, lines = HISTORIES[name]
    wrong = []
    for status, said, at, away, body in steps:
        if held.epoch + away < 1:
            continue
        found = entry.report(held.operation, epoch=held.epoch + away, seq=at, **body)
        applied = said == "applied" or (said == "repeat" and "late" not in name)
        if entry.answers and (found.status, found.said, found.head is None) != (status, said, False):
            wrong.append(f"{name}: {found}")
        if entry.answers and status == 200 and found.applied != applied:
            wrong.append(f"{name}: {found} says applied")
    head = Operation.objects.get(id=held.operation)
    number = Transition.objects.filter(operation=held.operation, seq__gt=0).count()
    if (head.state, head.seq, number) != (state, seq, lines):
        wrong.append(f"{name}: {head.state} {head.seq} after {number}")
    if "metadata" in name and head.metadata != {"a": 1, "b": None}:
        wrong.append(f"{name}: {head.metadata}")
    return wrong


def test_op_10_11_12_26_a_history_ends_the_same_whichever_way_it_comes(entry: Entry, claimed: Make) -> None:
    assert [one for name in HISTORIES for one in told(name, entry, claimed())] == []
    assert broken_invariants() == []


def test_an_epoch_of_zero_is_refused(token: str, port: int, claimed: Make) -> None:
    assert FastAlone(token, port).report(claimed().operation, epoch=0, seq=1).field == "epoch"


def test_op_15_a_worker_that_was_replaced_is_refused(entry: Entry, claimed: Make) -> None:
    held = claimed()
    let_time_pass(held.operation)
    reclaim([held.operation])  # the relay of the worker that hears the queue may have been first
    assert Operation.objects.get(id=held.operation).state == State.QUEUED
    found = entry.report(held.operation, epoch=held.epoch, seq=1, state="succeeded")
    assert not entry.answers or (found.status, found.said) == (409, "lease_lost")
    assert not entry.answers or found.head == {"state": "queued", "epoch": held.epoch + 1, "seq": 0}
    assert Operation.objects.get(id=held.operation).state == State.QUEUED


@pytest.mark.parametrize("verb", [cancel, pause])
def test_who_works_on_what_was_cancelled_or_paused_is_refused(verb: Any, entry: Entry, claimed: Make) -> None:
    held = claimed()
    state = verb(held.operation, SYSTEM).state
    found = entry.report(held.operation, epoch=held.epoch, seq=1, state="succeeded")
    assert not entry.answers or (found.status, found.said) == (409, "lease_lost")
    assert Operation.objects.get(id=held.operation).state == state


def test_op_09_an_operation_that_is_not_there(entry: Entry, claimed: Make) -> None:
    found = entry.report(uuid4(), epoch=1, seq=1)
    assert not entry.answers or (found.status, found.said) == (404, "no_operation")


def test_progress_never_falls_within_an_epoch(entry: Entry, claimed: Make) -> None:
    held = claimed()
    for seq, done in enumerate((5, 3, 7, 6), start=1):
        entry.report(held.operation, epoch=held.epoch, seq=seq, progress={"done": done, "total": 10, "unit": "pages"})
    head = Operation.objects.get(id=held.operation)
    assert (head.progress_done, head.progress_total, head.progress_unit) == (7, 10, "pages")


WRONG: dict[str, tuple[dict[str, Any], str | None]] = {
    "an unknown state": ({"state": "done"}, "state"),
    "a state that nobody reports": ({"state": "queued"}, "state"),
    "no time for a snooze": ({"state": "scheduled"}, "run_at"),
    "a time without a zone": ({"state": "scheduled", "run_at": "2030-01-01T00:00:00"}, "run_at"),
    "a time and no wait": ({"state": "running", "run_at": LATER}, "run_at"),
    "a seq of zero": ({"seq": 0}, "seq"),
    "a seq that is text": ({"seq": "1"}, "seq"),
    "a seq that is true": ({"seq": True}, "seq"),
    "a seq beyond 64 bits": ({"seq": 2**63}, "seq"),
    "an epoch beyond what is stored": ({"epoch": 2**31}, "epoch"),
    "a stage too long": ({"stage": "s" * 101}, "stage"),
    "a stage with a bell": ({"stage": "a\x07"}, "stage"),
    "a message too long": ({"message": "m" * 1001}, "message"),
    "a message with NUL": ({"message": "a\x00b"}, "message"),
    "metadata that is a list": ({"metadata": [1]}, "metadata"),
    "metadata with NUL": ({"metadata": {"a": "\x00"}}, "metadata"),
    "metadata with NUL in a name": ({"metadata": {"\x00": 1}}, "metadata"),
    "huge metadata": ({"metadata": {"a": "x" * 70_000}}, "metadata"),
    "deep metadata": (
        {"metadata": {"a": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}},
        "metadata",
    ),
    "a number beyond 64 bits": ({"output": 2**64}, "output"),
    "no progress": ({"progress": {"total": 3}}, "progress.done"),
    "progress below nothing": ({"progress": {"done": -1}}, "progress.done"),
    "progress without a number": ({"progress": {"done": "1"}}, "progress.done"),
    "a field nobody knows": ({"status": "running"}, "status"),
    "a name that is no id": ({"event_id": "x"}, "event_id"),
}


def test_op_08_what_is_no_report_is_refused_by_its_field(entry: Entry, claimed: Make) -> None:
    held = claimed()
    wrong = []
    for name, (body, field) in WRONG.items():
        found = entry.report(held.operation, **{"epoch": held.epoch, "seq": 1, **body})
        if entry.answers and (found.status, found.said, found.field) != (400, "invalid", field):
            wrong.append(f"{name}: {found}")
    assert wrong == []
    assert Operation.objects.get(id=held.operation).seq == 0


def test_good_ones_among_bad_ones_are_stored_each_with_its_answer(token: str, port: int, claimed: Make) -> None:
    good, ended = claimed(), claimed()
    entry = FastBatched(token, port)
    entry.report(ended.operation, epoch=ended.epoch, seq=1, state="succeeded")
    one = {"operation": good.operation, "epoch": good.epoch}
    found = entry.report_many(
        [
            {**one, "seq": 2, "stage": "second"},
            "nonsense",
            {**one, "seq": 1, "stage": "first"},
            {"operation": uuid4(), "epoch": 1, "seq": 1},
            {**one, "seq": 3, "state": "over"},
            {"operation": ended.operation, "epoch": ended.epoch, "seq": 2, "state": "failed"},
            {**one, "seq": 2, "stage": "second"},
        ]
    )
    assert [(one.status, one.said) for one in found] == [
        (200, "applied"), (400, "invalid"), (200, "applied"), (404, "no_operation"), (400, "invalid"),
        (409, "already_final"), (200, "repeat"),
    ]  # fmt: skip
    assert Operation.objects.get(id=good.operation).stage == "second"


def test_op_11_ten_equal_reports_at_once_are_one_line(entry: Entry, claimed: Make) -> None:
    if isinstance(entry, Queued):
        pytest.skip("a queue has one way in")
    held = claimed()

    def send(_: int) -> Outcome:
        return entry.report(held.operation, epoch=held.epoch, seq=1, state="succeeded", output={"n": 1})

    with ThreadPoolExecutor(10) as pool:
        found = list(pool.map(send, range(10)))
    assert sorted(one.said or "" for one in found) == ["applied"] + ["repeat"] * 9
    assert {(one.status, one.applied) for one in found} == {(200, True)}
    assert Transition.objects.filter(operation=held.operation, seq=1).count() == 1
