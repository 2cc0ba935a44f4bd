"""Where a run stands, as tables: stages and the course of their operations in, states and seconds out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from angarium.modules.operations.pipelines import Part, RunState, Stage, course_of, is_stuck, limit_of
from angarium.modules.operations.timeline import Move, spans_of

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
NOW = NOON + timedelta(seconds=100)
STAGES = [Stage("cut", "cut_video", 10), Stage("mix", "mix_sound", 1), Stage("send", "send_mail")]
#: What an operation went through: state and second.
Moves = Sequence[tuple[str, float]]
DONE: Moves = (("queued", 0), ("running", 5), ("succeeded", 20))


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def part(number: int, stage: str, moves: Moves, *, retry_of: int | None = None, ready: float | None = None) -> Part:
    spans = spans_of([Move(0, state, "", "w", at(second)) for state, second in moves], NOW)
    old = UUID(int=retry_of) if retry_of else None
    return Part(UUID(int=number), stage, moves[-1][0], spans, old, None if ready is None else at(ready))


def ended(number: int, stage: str, state: str, *, retry_of: int | None = None) -> Part:
    return part(number, stage, (("queued", 0), ("running", 5), (state, 20)), retry_of=retry_of)


def opened(number: int, stage: str, state: str = "queued", *, retry_of: int | None = None) -> Part:
    return part(number, stage, ((state, 0),), retry_of=retry_of)


@pytest.mark.parametrize(
    ("parts", "state", "stage"),
    [
        ([opened(1, "cut")], "running", "cut"),
        ([opened(1, "cut", "running")], "running", "cut"),
        ([opened(1, "cut", "paused")], "running", "cut"),
        ([opened(1, "cut", "scheduled")], "running", "cut"),
        ([opened(1, "cut", "retrying")], "running", "cut"),
        ([ended(1, "cut", "failed")], "failed", "cut"),
        ([ended(1, "cut", "cancelled")], "cancelled", "cut"),
        ([ended(1, "cut", "succeeded"), opened(2, "mix")], "running", "mix"),
        ([ended(1, "cut", "succeeded")], "failed", "mix"),
        ([ended(1, "cut", "succeeded"), ended(2, "mix", "failed")], "failed", "mix"),
        ([ended(1, "cut", "failed"), opened(2, "cut", retry_of=1)], "running", "cut"),
        ([ended(1, "cut", "failed"), ended(2, "cut", "cancelled", retry_of=1)], "cancelled", "cut"),
        ([ended(1, "cut", "cancelled"), ended(2, "cut", "failed", retry_of=1)], "failed", "cut"),
        ([ended(n, one.name, "succeeded") for n, one in enumerate(STAGES, 1)], "succeeded", None),
        ([ended(3, "send", "succeeded")], "succeeded", None),
        ([*(ended(n, one.name, "succeeded") for n, one in enumerate(STAGES, 1)), ended(9, "cut", "failed", retry_of=1)],
         "failed", "cut"),
        ([*(ended(n, one.name, "succeeded") for n, one in enumerate(STAGES, 1)), opened(9, "cut", retry_of=1)],
         "running", "cut"),
        ([ended(1, "cut", "failed"), opened(3, "send")], "running", "send"),
        ([ended(1, "cut", "cancelled"), ended(3, "send", "failed")], "failed", "send"),
        ([], "failed", "cut"),
    ],
)  # fmt: skip
def test_op_b3_a_run_stands_where_its_newest_operations_stand(parts: list[Part], state: str, stage: str | None) -> None:
    course = course_of(STAGES, reversed(parts), NOW)
    assert course.state == RunState(state)
    assert (course.stage.stage.name if course.stage else None) == stage
    assert (course.finished_at is None) == (state == "running" or not parts)


def test_the_newest_operation_is_the_one_that_nobody_has_retried_whatever_the_clocks_say() -> None:
    course = course_of(STAGES, [ended(9, "cut", "failed"), opened(1, "cut", retry_of=9)], NOW)
    cut = course.stages[0]
    assert (course.state, cut.state, cut.operation, cut.operations) == ("running", "queued", UUID(int=1), 2)


def test_a_stage_has_the_seconds_of_all_its_operations() -> None:
    parts = [
        part(1, "cut", (("queued", 0), ("running", 5), ("retrying", 15), ("running", 18), ("failed", 20))),
        part(2, "cut", (("queued", 30), ("running", 40)), retry_of=1),
    ]
    course = course_of(STAGES, parts, NOW)
    cut, mix, _ = course.stages
    assert (cut.waiting, cut.running) == (5 + 3 + 10, 10 + 2 + 60)
    assert (cut.started_at, cut.finished_at) == (at(5), None)
    assert (mix.state, mix.operation, mix.operations, mix.waiting, mix.running) == (None, None, 0, 0, 0)


def test_a_run_ends_with_its_last_operation() -> None:
    late = part(3, "send", (("queued", 20), ("running", 25), ("succeeded", 60)))
    course = course_of(STAGES, [part(1, "cut", DONE), part(2, "mix", DONE), late], NOW)
    assert (course.state, course.finished_at, course.stuck) == ("succeeded", at(60), False)
    assert [one.finished_at for one in course.stages] == [at(20), at(20), at(60)]


@pytest.mark.parametrize(("expected", "limit"), [(None, None), (0, 10), (1, 10), (3, 10), (4, 12), (900, 2700)])
def test_the_limit_is_three_times_what_is_expected_and_at_least_ten_seconds(
    expected: int | None, limit: float | None
) -> None:
    assert limit_of(expected) == limit


@pytest.mark.parametrize(
    ("moves", "ready", "expected", "stuck"),
    [
        ((("queued", 0),), None, 10, True),
        ((("queued", 69),), None, 10, True),
        ((("queued", 70),), None, 10, False),
        ((("queued", 0),), None, None, False),
        ((("queued", 91),), None, 0, False),
        ((("queued", 89),), None, 0, True),
        ((("queued", 0), ("running", 80)), None, 10, False),
        ((("queued", 0), ("running", 60)), None, 10, True),
        ((("queued", 0), ("running", 10), ("queued", 60), ("running", 80)), None, 10, False),
        ((("queued", 0), ("paused", 1)), None, 10, False),
        ((("queued", 0), ("running", 5), ("scheduled", 10)), 1000, 10, False),
        ((("queued", 0), ("running", 5), ("retrying", 10)), 50, 10, True),
        ((("queued", 0), ("running", 5), ("retrying", 10)), 90, 10, False),
        ((("queued", 0), ("running", 5), ("failed", 90)), None, 10, False),
        ((("queued", 0), ("running", 5), ("succeeded", 90)), None, 10, False),
    ],
)
def test_op_b3_stuck_is_what_could_have_gone_on_long_ago(
    moves: Moves, ready: float | None, expected: int | None, stuck: bool
) -> None:
    one = part(1, "cut", moves, ready=ready)
    stage = Stage("cut", "cut_video", expected)
    assert is_stuck(stage, one, NOW) is stuck
    assert course_of([stage], [one], NOW).stuck is stuck
