"""Reporting: the rule applied to stored heads; single, in batches, repeated, late and in parallel."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from angarium.engine.events.testing import together
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger import errors
from angarium.engine.ledger import report as reporting
from angarium.engine.ledger.models import DeadLetter, Due, Operation, Transition
from angarium.engine.ledger.public import Answer, Claim, Head, Report, Verdict, cancel, pause, reclaim, report_many
from angarium.engine.ledger.testing import let_time_pass
from angarium.kernel.clock import now

from .story import claimed, head, log, said, say

pytestmark = pytest.mark.django_db


def test_a_report_moves_the_head_and_is_kept() -> None:
    got = claimed(worker="w-7")
    answer = say(got, 1, stage="reading", progress=(3, 10), message="three of ten", metadata={"a": 1})
    one, line = head(got.operation), Transition.objects.get(epoch=1, seq=1)
    assert answer == Answer(Verdict.APPLIED, Head("running", 1, 1))
    assert answer.applied
    assert answer.accepted
    assert (one.stage, one.progress_done, one.progress_total, one.message) == ("reading", 3, 10, "three of ten")
    assert (one.metadata, one.output, one.error) == ({"a": 1}, None, None)
    assert (line.stage, line.progress_done, line.progress_total, line.message) == ("reading", 3, 10, "three of ten")
    assert (line.state, line.metadata, line.worker, line.verdict) == ("", {"a": 1}, "w-7", "applied")


def test_empty_fields_change_nothing() -> None:
    got = claimed()
    say(got, 1, stage="s", progress=(1, 2), message="m", metadata={"a": 1}, output={"o": 1}, error={"e": 1})
    say(got, 2)
    one = head(got.operation)
    assert (one.seq, one.stage, one.progress_done, one.progress_total, one.message) == (2, "s", 1, 2, "m")
    assert (one.metadata, one.output, one.error) == ({"a": 1}, {"o": 1}, {"e": 1})


def test_success_ends_it() -> None:
    got = claimed()
    say(got, 1, state="succeeded", output=["any", {"json": None}])
    one = head(got.operation)
    assert (one.state, one.output) == ("succeeded", ["any", {"json": None}])
    assert one.finished_at == one.updated_at
    assert not Due.objects.exists()
    assert not DeadLetter.objects.exists()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": {"message": "It broke."}, "message": "m"}, "It broke."),
        ({"error": {"code": "c"}, "message": "m"}, "m"),
        ({"error": "text"}, "failed"),
        ({}, "failed"),
    ],
)
def test_a_failure_leaves_a_dead_letter_with_the_reason(body: dict[str, Any], reason: str) -> None:
    say(claimed(), 1, state="failed", **body)
    letter = DeadLetter.objects.get()
    assert (letter.kind, letter.reason) == ("test.work", reason)


@pytest.mark.parametrize("state", ["retrying", "scheduled"])
def test_what_will_run_again_is_due_at_its_time_and_without_one_at_once(state: str) -> None:
    later = now() + timedelta(hours=1)
    first, second = claimed(), claimed()
    say(first, 1, state=state, run_at=later)
    say(second, 1, state=state)
    assert Due.objects.get(pk=first.operation).due_at == later
    assert Due.objects.get(pk=second.operation).due_at <= now()
    assert set(Due.objects.values_list("claimed", "publishes")) == {(False, 0)}
    assert head(first.operation).state == state


def test_an_older_seq_is_kept_as_late_and_moves_nothing_also_after_the_end() -> None:
    got = claimed()
    say(got, 5, metadata={"a": "new"}, stage="s5")
    answer = say(got, 3, metadata={"a": "old", "b": "old"}, state="failed", stage="s3")
    assert answer == Answer(Verdict.LATE, Head("running", 1, 5))
    assert answer.accepted
    assert not answer.applied
    say(got, 6, state="succeeded")
    assert say(got, 4, state="running").verdict is Verdict.LATE
    one = head(got.operation)
    assert (one.state, one.stage, one.metadata) == ("succeeded", "s5", {"a": "new"})
    assert log(got.operation)[2:] == [
        (1, 3, "failed", "late"),
        (1, 4, "running", "late"),
        (1, 5, "", "applied"),
        (1, 6, "succeeded", "applied"),
    ]


def test_metadata_is_merged_key_by_key() -> None:
    got = claimed()
    say(got, 1, metadata={"a": 1, "b": {"deep": 1}})
    say(got, 2, metadata={"b": {"other": 2}, "c": None})
    assert head(got.operation).metadata == {"a": 1, "b": {"other": 2}, "c": None}


def test_a_repeat_is_answered_and_written_once_another_body_is_refused() -> None:
    got = claimed()
    say(got, 1, message="m")
    say(got, 2)
    assert say(got, 1, message="m") == Answer(Verdict.REPEAT, Head("running", 1, 2), Verdict.APPLIED)
    with pytest.raises(errors.OtherBody) as refusal:
        say(got, 1, message="other")
    assert refusal.value.details == {"head": {"state": "running", "epoch": 1, "seq": 2}}
    say(got, 3, state="succeeded")
    assert say(got, 3, state="succeeded").verdict is Verdict.REPEAT
    with pytest.raises(errors.OtherBody):
        say(got, 3, state="failed")
    assert len(log(got.operation)) == 5


def test_a_late_one_repeated_is_a_repeat() -> None:
    got = claimed()
    say(got, 5)
    assert [say(got, 2, message="m").verdict for _ in range(3)] == [Verdict.LATE, Verdict.REPEAT, Verdict.REPEAT]


@pytest.mark.django_db(transaction=True)
def test_ten_parallel_repeats_are_one_row() -> None:
    got = claimed()
    answers = together(*[partial(say, got, 1, state="succeeded", output={"n": 1})] * 10)
    assert sorted(answer.verdict for answer in answers) == ["applied"] + ["repeat"] * 9
    assert len(log(got.operation)) == 3


def test_the_old_worker_is_refused_whatever_it_says() -> None:
    old = claimed()
    say(old, 1, message="m")
    let_time_pass(old.operation)
    reclaim([old.operation])
    for seq in (2, 1000):
        with pytest.raises(errors.LeaseLost) as refusal:
            say(old, seq, state="succeeded")
        assert refusal.value.details == {"head": {"state": "queued", "epoch": 2, "seq": 0}}
    new = claimed(old.operation)
    with pytest.raises(errors.LeaseLost):
        say(old, 3, state="succeeded")
    assert say(old, 1, message="m").verdict is Verdict.REPEAT
    assert say(new, 1, state="succeeded").applied
    assert head(old.operation).state == "succeeded"


@pytest.mark.parametrize("stop", [cancel, pause])
def test_a_cancellation_and_a_pause_lose_the_lease(stop: Any) -> None:
    got = claimed()
    stop(got.operation, SYSTEM)
    with pytest.raises(errors.LeaseLost):
        say(got, 1)


def test_the_other_refusals() -> None:
    got = claimed()
    future = Claim(**{**{f: getattr(got, f) for f in got.__slots__}, "epoch": 9})
    with pytest.raises(errors.NotClaimed):
        say(future, 1)
    say(got, 1, state="retrying")
    with pytest.raises(errors.NotReportable):
        say(got, 2)
    ended = claimed()
    say(ended, 1, state="succeeded")
    with pytest.raises(errors.AlreadyFinal) as refusal:
        say(ended, 2)
    assert refusal.value.details == {"head": {"state": "succeeded", "epoch": 1, "seq": 1}}
    unknown = Report(operation=uuid4(), epoch=1, seq=1)
    with pytest.raises(errors.NoOperation):
        reporting.report(unknown)


def test_a_batch_answers_each_in_its_place() -> None:
    first, second, ended = claimed(), claimed(), claimed()
    say(ended, 1, state="succeeded")
    unknown = Report(operation=uuid4(), epoch=1, seq=1)
    answers = report_many(
        [said(second, 2), unknown, said(ended, 2), said(first, 1), said(second, 1), said(first, 1), said(first, 9)]
    )
    assert [answer.verdict for answer in answers] == [
        Verdict.APPLIED,
        None,
        Verdict.ALREADY_FINAL,
        Verdict.APPLIED,
        Verdict.APPLIED,
        Verdict.REPEAT,
        Verdict.APPLIED,
    ]
    assert answers[1] == Answer(None, None)
    assert not answers[1].accepted
    assert answers[0].head == Head("running", 1, 2)
    assert report_many([]) == []


def test_what_follows_a_pause_in_the_work_within_one_batch_is_not_reportable() -> None:
    got = claimed()
    verdicts = [a.verdict for a in report_many([said(got, 1, state="retrying"), said(got, 2)])]
    assert verdicts == [Verdict.APPLIED, Verdict.NOT_REPORTABLE]


# Reports as a worker makes them: seq grows, with gaps; some come twice; at the end of a list nothing else follows.
bodies = st.fixed_dictionaries(
    {},
    optional={
        "state": st.sampled_from(["running", "retrying", "scheduled", "succeeded", "failed", "cancelled"]),
        "stage": st.sampled_from(["a", "b"]),
        "progress": st.tuples(st.integers(0, 9), st.none() | st.integers(9, 10)),
        "metadata": st.dictionaries(st.sampled_from("kl"), st.integers(0, 3)),
        "output": st.integers(0, 3),
        "error": st.just({"message": "e"}),
    },
)
sequences = st.lists(st.tuples(st.integers(1, 3), bodies, st.booleans()), min_size=1, max_size=8)


@given(steps=sequences, cuts=st.sets(st.integers(0, 16)))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_partition_into_batches_gives_the_same_head_and_the_same_log(steps: Any, cuts: set[int]) -> None:
    """A list in the order of its seqs, single and cut anywhere; a batch may even be shuffled within itself."""
    alone, batched, whole = claimed(), claimed(), claimed()
    seq, plan = 0, []
    for gap, body, twice in steps:
        seq += gap
        plan += [(seq, body)] * (2 if twice else 1)
    for seq, body in plan:
        report_many([said(alone, seq, **body)])
    edges = [0, *sorted(cut for cut in cuts if 0 < cut < len(plan)), len(plan)]
    for begin, end in pairwise(edges):
        report_many([said(batched, seq, **body) for seq, body in plan[begin:end]])
    report_many([said(whole, seq, **body) for seq, body in reversed(plan)])
    assert picture(alone) == picture(batched) == picture(whole)


def picture(claim: Claim) -> tuple[Any, ...]:
    columns = ("state", "stage", "progress_done", "progress_total", "message", "metadata", "output", "error", "seq")
    rows = Transition.objects.filter(operation=claim.operation).order_by("epoch", "seq")
    return (
        Operation.objects.values_list("epoch", "claims", *columns).get(id=claim.operation),
        list(rows.values_list("epoch", "verdict", "digest", *columns)),
        Due.objects.filter(pk=claim.operation).count(),
        DeadLetter.objects.filter(pk=claim.operation).count(),
    )


@pytest.mark.django_db(transaction=True)
def test_batches_that_overlap_in_parallel_neither_lock_each_other_out_nor_double_anything() -> None:
    claims = [claimed() for _ in range(20)]

    def all_of(claims: list[Claim]) -> list[Answer]:
        return [answer for seq in range(1, 6) for answer in report_many([said(one, seq) for one in claims])]

    answers = together(*[partial(all_of, order) for order in (claims, claims[::-1], claims[10:] + claims[:10])])
    verdicts = sorted(answer.verdict for answers in answers for answer in answers if answer.verdict != "late")
    applied = verdicts.count(Verdict.APPLIED)
    assert Transition.objects.filter(seq__gt=0, verdict="applied").count() == applied
    assert Transition.objects.filter(seq__gt=0).count() == 100
    assert set(Operation.objects.values_list("seq", flat=True)) == {5}


#: On SQLite; PostgreSQL writes lines and heads in one.
STATEMENTS = {
    "progress": ({"progress": (1, 2), "metadata": {"a": 1}}, 3),
    "success": ({"state": "succeeded"}, 6),
    "failure": ({"state": "failed", "error": {"message": "e"}}, 7),
    "retry": ({"state": "retrying"}, 6),
}


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], int]:
    """How many statements something takes, those that do not go through Django among them."""
    sent: list[object] = []
    if connection.vendor == "postgresql":
        execute = psycopg.Cursor.execute

        def counting(self: Any, *arguments: Any, **named: Any) -> Any:
            sent.append(arguments)
            return execute(self, *arguments, **named)

        monkeypatch.setattr(psycopg.Cursor, "execute", counting)

    def count(work: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as queries:
            sent.clear()
            work()
            return len(sent) if connection.vendor == "postgresql" else len(queries)

    return count


@pytest.mark.parametrize(("body", "statements"), STATEMENTS.values(), ids=STATEMENTS)
@pytest.mark.parametrize("many", [1, pytest.param(100, marks=pytest.mark.postgres)])
def test_a_batch_costs_as_many_statements_as_one_report(
    body: dict[str, Any], statements: int, many: int, counted: Callable[..., int]
) -> None:
    """Heads locked, lines, heads, then what the state needs."""
    reports = [said(claimed(), 1, **body) for _ in range(many)]
    answers: list[Answer] = []
    number = counted(lambda: answers.extend(report_many(reports)))
    assert number == statements - (connection.vendor == "postgresql")
    assert {answer.verdict for answer in answers} == {Verdict.APPLIED}


def test_repeats_cost_two_statements_more(counted: Callable[..., int]) -> None:
    reports = [said(claimed(), 1) for _ in range(20)]
    report_many(reports)
    answers: list[Answer] = []
    assert counted(lambda: answers.extend(report_many(reports))) == 3
    assert {answer.verdict for answer in answers} == {Verdict.REPEAT}


def test_a_thousand_repeats_are_asked_for_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    got = claimed()
    reports = [said(got, seq) for seq in range(1, 1101)]
    assert {answer.verdict for answer in report_many(reports)} == {Verdict.APPLIED}
    assert {answer.verdict for answer in report_many(reports)} == {Verdict.REPEAT}
    assert len(log(got.operation)) == 1102
