"""The accept rule as a table over all that it can meet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from angarium.engine.ledger.rule import ACCEPTED, Head, Report, Verdict, judge
from angarium.engine.ledger.states import LIFECYCLE, REPORTABLE, TERMINAL, State
from angarium.kernel.errors import Invalid

ID = UUID(int=1)
OPEN_BUT_NOT_RUNNING = sorted(set(LIFECYCLE.states) - TERMINAL - {"running"})


def report(epoch: int = 2, seq: int = 5, **body: Any) -> Report:
    return Report(operation=ID, epoch=epoch, seq=seq, **body)


@pytest.mark.parametrize(
    ("epoch", "seq", "verdict"),
    [
        (1, 1, Verdict.LEASE_LOST),
        (1, 99, Verdict.LEASE_LOST),
        (3, 1, Verdict.NOT_CLAIMED),
        (2, 4, Verdict.LATE),
        (2, 5, Verdict.LATE),
        (2, 6, Verdict.APPLIED),
        (2, 600, Verdict.APPLIED),
    ],
)
def test_against_a_running_head_at_2_5(epoch: int, seq: int, verdict: Verdict) -> None:
    assert judge(Head("running", 2, 5), report(epoch, seq), None) is verdict


@pytest.mark.parametrize("state", sorted(TERMINAL))
@pytest.mark.parametrize(
    ("epoch", "seq", "verdict"),
    [
        (1, 9, Verdict.LEASE_LOST),
        (2, 4, Verdict.LATE),
        (2, 6, Verdict.ALREADY_FINAL),
        (3, 1, Verdict.NOT_CLAIMED),
    ],
)
def test_after_the_end(state: str, epoch: int, seq: int, verdict: Verdict) -> None:
    assert judge(Head(state, 2, 5), report(epoch, seq), None) is verdict


@pytest.mark.parametrize("state", OPEN_BUT_NOT_RUNNING)
def test_while_nobody_works_on_it(state: str) -> None:
    assert judge(Head(state, 2, 5), report(2, 6), None) is Verdict.NOT_REPORTABLE
    assert judge(Head(state, 2, 5), report(2, 4), None) is Verdict.LATE


@pytest.mark.parametrize("state", LIFECYCLE.states)
@pytest.mark.parametrize("head", [(1, 0), (2, 5), (2, 9), (3, 1)])
def test_what_is_known_is_a_repeat_or_another_body_whatever_the_head(state: str, head: tuple[int, int]) -> None:
    assert judge(Head(state, *head), report(), report().digest()) is Verdict.REPEAT
    assert judge(Head(state, *head), report(message="other"), report().digest()) is Verdict.OTHER_BODY
    assert judge(Head(state, *head), report(), "") is Verdict.OTHER_BODY


def test_three_verdicts_are_no_refusals() -> None:
    assert {Verdict.APPLIED, Verdict.LATE, Verdict.REPEAT} == ACCEPTED


DIFFERENT = [
    {"state": "failed"},
    {"stage": "s"},
    {"progress": (1, None)},
    {"progress": (1, 2)},
    {"message": "m"},
    {"metadata": {"a": 1}},
    {"output": {"a": 1}},
    {"error": {"a": 1}},
    {"run_at": datetime(2026, 1, 1, tzinfo=UTC)},
]


def test_the_digest_is_of_the_whole_body_and_of_nothing_else() -> None:
    digests = {report(**body).digest() for body in [{}, *DIFFERENT]}
    assert len(digests) == 1 + len(DIFFERENT)
    assert report(9, 9).digest() == report().digest()
    assert report(metadata={"a": 1, "b": 2}).digest() == report(metadata={"b": 2, "a": 1}).digest()


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("state", {"state": "queued"}),
        ("state", {"state": "paused"}),
        ("state", {"state": "nonsense"}),
        ("seq", {"seq": 0}),
        ("seq", {"seq": -1}),
        ("seq", {"seq": 2**63}),
        ("epoch", {"epoch": -1}),
        ("epoch", {"epoch": 2**31}),
        ("stage", {"stage": "s" * 101}),
        ("message", {"message": "m" * 1001}),
    ],
)
def test_what_no_ledger_could_store_is_refused_by_its_field(field: str, body: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        report(**body)
    assert refusal.value.field == field


@pytest.mark.parametrize("state", ["", *sorted(REPORTABLE)])
def test_what_may_be_reported(state: str) -> None:
    assert report(2, 2**63 - 1, state=state, stage="s" * 100, message="m" * 1000).state == state


def test_the_lifecycle_covers_the_states_and_from_running_all_that_is_reportable() -> None:
    assert set(LIFECYCLE.states) == set(State.values)
    assert {"succeeded", "failed", "cancelled"} == TERMINAL
    assert set(LIFECYCLE.moves["running"]) | {"running"} >= REPORTABLE
