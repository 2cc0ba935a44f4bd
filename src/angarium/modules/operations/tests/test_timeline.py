"""The course of an operation from its history, as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from angarium.modules.operations.timeline import Move, Share, shares, spans_of, total

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
NOW = 100
Told = tuple[str, str, int, str, str, float, bool]


def move(second: float, state: str, *, seq: int = 0, stage: str = "", worker: str = "") -> Move:
    return Move(seq, state, stage, worker, NOON + timedelta(seconds=second))


def told(*moves: Move) -> list[Told]:
    """(phase, state, attempt, stage, worker, seconds, is it over?) of each span."""
    spans = spans_of(moves, NOON + timedelta(seconds=NOW))
    return [
        (one.phase, one.state, one.attempt, one.stage, one.worker, one.seconds, one.ended_at is not None)
        for one in spans
    ]


QUEUED, CLAIMED = move(0, "queued"), move(5, "running", worker="a")


@pytest.mark.parametrize(
    ("moves", "spans"),
    [
        ((), []),
        ((QUEUED,), [("waiting", "queued", 1, "", "", 100, False)]),
        (
            (QUEUED, CLAIMED),
            [("waiting", "queued", 1, "", "", 5, True), ("running", "running", 1, "", "a", 95, False)],
        ),
        (
            (QUEUED, CLAIMED, move(30, "succeeded", seq=3, worker="a")),
            [("waiting", "queued", 1, "", "", 5, True), ("running", "running", 1, "", "a", 25, True)],
        ),
        (
            (
                QUEUED,
                CLAIMED,
                move(10, "", seq=1, stage="load", worker="a"),
                move(20, "running", seq=2, worker="a"),
                move(30, "", seq=3, stage="save", worker="a"),
            ),
            [
                ("waiting", "queued", 1, "", "", 5, True),
                ("running", "running", 1, "", "a", 5, True),
                ("running", "running", 1, "load", "a", 20, True),
                ("running", "running", 1, "save", "a", 70, False),
            ],
        ),
        (
            (QUEUED, CLAIMED, move(10, "retrying", seq=2, worker="a"), move(40, "running", worker="b")),
            [
                ("waiting", "queued", 1, "", "", 5, True),
                ("running", "running", 1, "", "a", 5, True),
                ("waiting", "retrying", 2, "", "", 30, True),
                ("running", "running", 2, "", "b", 60, False),
            ],
        ),
        (
            (QUEUED, CLAIMED, move(10, "scheduled", seq=2, worker="a"), move(40, "running", worker="a")),
            [
                ("waiting", "queued", 1, "", "", 5, True),
                ("running", "running", 1, "", "a", 5, True),
                ("waiting", "scheduled", 1, "", "", 30, True),
                ("running", "running", 1, "", "a", 60, False),
            ],
        ),
        (
            (QUEUED, CLAIMED, move(40, "queued"), move(50, "running", worker="b"), move(60, "failed", seq=1)),
            [
                ("waiting", "queued", 1, "", "", 5, True),
                ("running", "running", 1, "", "a", 35, True),
                ("waiting", "queued", 2, "", "", 10, True),
                ("running", "running", 2, "", "b", 10, True),
            ],
        ),
        (
            (QUEUED, move(10, "paused"), move(30, "queued"), move(50, "cancelled")),
            [
                ("waiting", "queued", 1, "", "", 10, True),
                ("paused", "paused", 1, "", "", 20, True),
                ("waiting", "queued", 1, "", "", 20, True),
            ],
        ),
        # the clock of the second machine is behind
        (
            (QUEUED, move(-3, "running", worker="a"), move(20, "succeeded", seq=1)),
            [("waiting", "queued", 1, "", "", 0, True), ("running", "running", 1, "", "a", 23, True)],
        ),
    ],
)
def test_spans(moves: tuple[Move, ...], spans: list[Told]) -> None:
    assert told(*moves) == spans


def test_a_second_attempt_is_marked_and_a_snooze_is_none() -> None:
    course = spans_of([QUEUED, CLAIMED, move(10, "retrying", seq=1), move(20, "running", worker="b")], NOON)
    assert [one.retry for one in course] == [False, False, True, True]
    snoozed = spans_of([QUEUED, CLAIMED, move(10, "scheduled", seq=1), move(20, "running", worker="b")], NOON)
    assert [one.retry for one in snoozed] == [False] * 4


def test_sums_by_stage_and_by_worker() -> None:
    course = spans_of(
        [
            QUEUED,
            CLAIMED,
            move(10, "", seq=2, stage="load", worker="a"),
            move(20, "retrying", seq=3, worker="a"),
            move(50, "running", worker="b"),
            move(60, "succeeded", seq=1, worker="b"),
        ],
        NOON,
    )
    assert shares(course, "stage") == [Share("load", waiting=30, running=20)]
    assert shares(course, "worker") == [Share("a", running=15), Share("b", running=10)]
    assert (total(course, "waiting"), total(course, "running"), total(course, "paused")) == (35, 25, 0)
