"""Counting without scanning: equal to the rows at every instant, whoever folds; and letting go of what is old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from angarium.engine.events.testing import together
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.models import Count, CountDelta, Due, Operation, Transition
from angarium.engine.ledger.public import Work, cancel, counts, fold, prune, start_many
from angarium.kernel.clock import now

from .story import claimed, say, work

pytestmark = pytest.mark.django_db


def test_counts_are_exact_before_between_and_after_folding() -> None:
    assert counts() == {}
    for _ in range(3):
        work()
    say(claimed(), 1, state="failed")
    expected = {"test.work": {"failed": 1, "queued": 3}}
    assert counts() == expected
    assert fold(2) == 2
    assert counts() == expected
    while fold():
        pass
    assert not CountDelta.objects.exists()
    assert counts() == expected
    assert str(Count.objects.get(state="failed")) == "test.work failed: 1"
    assert fold() == 0


def test_counting_and_moving_ask_nothing_of_the_operations(django_assert_num_queries: Any) -> None:
    work()
    with django_assert_num_queries(1) as queries:
        counts()
    assert "ledger_operation" not in queries[0]["sql"]


def test_a_move_to_the_same_state_is_not_counted() -> None:
    got = claimed()
    before = CountDelta.objects.count()
    say(got, 1, state="running")
    assert CountDelta.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_folding_beside_writers_and_beside_itself_loses_nothing() -> None:
    def write() -> None:
        for _ in range(15):
            say(claimed(), 1, state="succeeded")

    def sweep() -> int:
        return sum(fold(3) for _ in range(40))

    answers = together(write, write, sweep, sweep)
    assert answers[:2] == [None, None]
    assert counts() == {"test.work": {"succeeded": 30}}
    while fold():
        pass
    assert counts() == {"test.work": {"succeeded": 30}}
    assert not CountDelta.objects.exists()


def ended(many: int, *, days: int) -> None:
    ids = start_many([Work(kind="test.work") for _ in range(many)])
    for id in ids:
        cancel(id, SYSTEM)
    Operation.objects.filter(id__in=ids).update(finished_at=now() - timedelta(days=days))


def test_pruning_takes_what_ended_long_ago_with_its_history_and_its_count() -> None:
    ended(5, days=3)
    ended(2, days=1)
    kept = work()
    Operation.objects.filter(id=kept).update(created_at=now() - timedelta(days=9))
    assert prune(now() - timedelta(days=2), batch=2) == 5
    assert prune(now() - timedelta(days=2), batch=2) == 0
    assert counts() == {"test.work": {"cancelled": 2, "queued": 1}}
    assert Transition.objects.count() == 2 * 2 + 1
    assert Due.objects.get().pk == kept


@pytest.mark.django_db(transaction=True)
def test_pruning_twice_at_once_counts_each_off_once() -> None:
    ended(30, days=3)
    answers = together(*[lambda: prune(now() - timedelta(days=2), batch=4)] * 3)
    assert sum(answers) == 30
    assert counts() == {}
