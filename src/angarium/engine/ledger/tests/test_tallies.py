"""What was kept from doing harm is counted once, whatever became of the transaction that found it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from angarium.engine.events.testing import together
from angarium.engine.ledger.models import Due, Tally, TallyDelta
from angarium.engine.ledger.public import (
    Harmless,
    LeaseLost,
    NotClaimable,
    Work,
    fold_tallies,
    reclaim,
    start_many,
    tallies,
    tally,
)
from angarium.engine.ledger.testing import let_time_pass

from .story import claimed, say, work

pytestmark = pytest.mark.django_db(transaction=True)


def told(**numbers: int) -> dict[Harmless, int]:
    return {what: numbers.get(what.value, 0) for what in Harmless}


def test_nothing_happened_yet() -> None:
    assert tallies() == told()


def test_a_repeated_report_and_a_late_one() -> None:
    got = claimed()
    say(got, 5)
    say(got, 5)
    say(got, 5)
    say(got, 2)
    assert tallies() == told(duplicate=2, late=1)


def test_a_call_that_comes_twice_but_not_one_that_comes_early() -> None:
    got = claimed()
    with pytest.raises(NotClaimable):
        claimed(got.operation)
    say(got, 1, state="retrying")
    let_time_pass(got.operation)
    Due.objects.update(due_at="2999-01-01T00:00:00Z")
    with pytest.raises(NotClaimable):
        claimed(got.operation)
    assert tallies() == told(duplicate=1)


def test_work_that_is_asked_for_twice() -> None:
    first = work(key="once")
    assert work(key="once") == first
    start_many([Work(kind="test.work", key=key) for key in ("once", "twice", "twice")])
    assert tallies() == told(duplicate=3)


def test_work_asked_for_twice_at_the_same_moment() -> None:
    first, second = together(lambda: work(key="once"), lambda: work(key="once"))
    assert first == second
    assert tallies() == told(duplicate=1)


def test_a_replaced_workers_report() -> None:
    got = claimed()
    let_time_pass(got.operation)
    reclaim([got.operation])
    with pytest.raises(LeaseLost):
        say(got, 1, state="succeeded")
    assert tallies() == told(zombie=1)


def test_inside_a_transaction_that_the_refusal_ends_it_is_the_callers_to_count() -> None:
    got = claimed()
    let_time_pass(got.operation)
    reclaim([got.operation])
    with pytest.raises(LeaseLost), transaction.atomic():
        say(got, 1, state="succeeded")
    assert tallies() == told()


def test_what_is_rolled_back_was_not_counted() -> None:
    got = claimed()
    say(got, 1)
    with transaction.atomic():
        say(got, 1)
        transaction.set_rollback(True)
    assert tallies() == told()


def test_tallies_are_exact_before_between_and_after_folding(django_assert_num_queries: Any) -> None:
    for number in (1, 2, 3):
        tally(Harmless.LATE, number)
    tally(Harmless.ZOMBIE)
    tally(Harmless.ZOMBIE, 0)
    assert fold_tallies(2) == 2
    with django_assert_num_queries(1):
        assert tallies() == told(late=6, zombie=1)
    while fold_tallies():
        pass
    assert not TallyDelta.objects.exists()
    assert tallies() == told(late=6, zombie=1)
    assert str(Tally.objects.get(name="late")) == "late: 6"
    assert str(TallyDelta(name="late", delta=2)) == "late: +2"


def test_folding_beside_writers_and_beside_itself_loses_nothing() -> None:
    def write() -> None:
        for _ in range(30):
            tally(Harmless.DUPLICATE)

    def sweep() -> int:
        return sum(fold_tallies(3) for _ in range(40))

    together(write, sweep, write, sweep)
    assert tallies() == told(duplicate=60)
