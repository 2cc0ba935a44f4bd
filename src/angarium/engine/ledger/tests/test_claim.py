"""Claiming: one worker at a time, a budget, an order, and leases that are renewed or lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from angarium.engine.events.testing import together, uncommitted, wait_for_a_waiting_lock
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.models import DeadLetter, Due
from angarium.engine.ledger.public import (
    NoOperation,
    NotClaimable,
    Work,
    cancel,
    claim,
    pause,
    reclaim,
    renew,
    start_many,
    take_due,
)
from angarium.engine.ledger.testing import let_time_pass
from angarium.kernel.clock import now

from .story import LEASE, claimed, head, log, say, work

pytestmark = pytest.mark.django_db


def ordered(*, key: str = "k", ordinal: int = 0) -> UUID:
    return start_many([Work(kind="test.work", order_key=key, ordinal=ordinal)])[0]


def test_a_claim_gives_the_next_epoch_the_input_and_a_lease() -> None:
    id = work(number=7)
    got = claim(id, worker="w", lease_seconds=60)
    one, due = head(id), Due.objects.get()
    assert (got.operation, got.kind, got.epoch, got.attempt, got.max_claims) == (id, "test.work", 1, 1, 3)
    assert (got.input, got.actor, got.event_id) == ({"number": 7}, None, None)
    assert (one.state, one.epoch, one.seq, one.claims, one.worker) == ("running", 1, 0, 1, "w")
    assert (due.claimed, due.epoch, due.due_at) == (True, 1, got.lease_until)
    assert timedelta(seconds=50) < got.lease_until - now() <= timedelta(seconds=60)
    assert log(id) == [(0, 0, "queued", "applied"), (1, 0, "running", "applied")]


def test_what_is_claimed_ended_or_paused_cannot_be_claimed() -> None:
    running, cancelled, paused = claimed().operation, work(), work()
    cancel(cancelled, SYSTEM)
    pause(paused, SYSTEM)
    for id, state in ((running, "running"), (cancelled, "cancelled"), (paused, "paused")):
        with pytest.raises(NotClaimable) as refusal:
            claimed(id)
        assert refusal.value.message == f"The operation cannot be claimed now: it is {state}."
        assert refusal.value.details == {"state": state}


def test_there_must_be_one() -> None:
    with pytest.raises(NoOperation):
        claimed(uuid4())


def test_what_is_not_due_waits() -> None:
    id = work(run_at=now() + timedelta(hours=1))
    with pytest.raises(NotClaimable, match="it is not due yet"):
        claimed(id)
    let_time_pass(id)
    assert claimed(id).epoch == 1


def test_what_was_published_may_be_claimed_though_it_is_due_again_later() -> None:
    id = work(run_at=now() + timedelta(hours=1))
    let_time_pass(id)
    assert [call.operation for call in take_due()] == [id]
    assert claimed(id).epoch == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_workers_at_once_one_gets_it() -> None:
    id = work()
    answers = together(*[partial(claimed, id)] * 10)
    assert sorted(type(answer).__name__ for answer in answers) == ["Claim"] + ["NotClaimable"] * 9
    assert (head(id).epoch, head(id).claims) == (1, 1)


def test_work_that_kills_its_workers_ends_as_failed() -> None:
    id = work()
    for attempt in (1, 2, 3):
        assert claimed(id).attempt == attempt
        let_time_pass(id)
        assert reclaim([id]) == [id]
    one = head(id)
    assert (one.state, one.claims, one.epoch) == ("failed", 3, 6)
    assert one.error == {"code": "attempts_spent", "message": "All 3 attempts were spent without an outcome."}
    assert DeadLetter.objects.get().reason == "All 3 attempts were spent without an outcome."


def test_the_next_to_come_fails_what_was_tried_as_often_as_it_may_be_and_keeps_its_last_error() -> None:
    id = work()
    for _ in range(3):
        say(claimed(id), 1, state="retrying", error={"code": "boom", "message": "It broke."})
    with pytest.raises(NotClaimable, match="every attempt was spent"):
        claimed(id)
    assert (head(id).state, head(id).error) == ("failed", {"code": "boom", "message": "It broke."})
    assert DeadLetter.objects.get().reason == "It broke."


def test_a_snooze_is_not_an_attempt() -> None:
    id = work()
    for _ in range(5):
        say(claimed(id), 1, state="scheduled")
    assert (head(id).claims, head(id).epoch, head(id).state) == (0, 5, "scheduled")


def test_of_one_order_key_the_oldest_runs_first_and_a_failed_one_unblocks_the_next() -> None:
    third, first, second = ordered(ordinal=3), ordered(ordinal=1), ordered(ordinal=2)
    free = ordered(key="another")
    for id in (second, third):
        with pytest.raises(NotClaimable, match="another one with the same order key comes first"):
            claimed(id)
    assert claimed(free).epoch == 1
    say(claimed(first), 1, state="failed")
    with pytest.raises(NotClaimable):
        claimed(third)
    assert claimed(second).epoch == 1


def test_of_one_ordinal_the_one_accepted_first_is_the_oldest() -> None:
    first, second = ordered(), ordered()
    with pytest.raises(NotClaimable):
        claimed(second)
    assert claimed(first).epoch == 1


def test_an_end_makes_the_next_one_due_at_once() -> None:
    first, second, third = (ordered(ordinal=n) for n in (1, 2, 3))
    assert [call.operation for call in take_due()] == [first]
    assert min(Due.objects.filter(pk__in=[second, third]).values_list("due_at", flat=True)) > now()
    cancel(first, SYSTEM)
    assert [call.operation for call in take_due()] == [second]


def test_a_paused_one_holds_up_those_behind_it() -> None:
    first, second = ordered(ordinal=1), ordered(ordinal=2)
    pause(first, SYSTEM)
    with pytest.raises(NotClaimable):
        claimed(second)
    cancel(first, SYSTEM)
    assert claimed(second).epoch == 1


def test_a_retrying_one_is_not_hurried_by_an_end() -> None:
    first, second = ordered(ordinal=1), ordered(ordinal=2)
    later = now() + timedelta(hours=1)
    say(claimed(first), 1, state="retrying", run_at=later)
    cancel(second, SYSTEM)
    assert Due.objects.get().due_at == later


def test_one_accepted_behind_its_successor_waits_until_that_is_done() -> None:
    """A start that commits late: its older operation appears when a younger one is being worked on."""
    second = claimed(ordered(ordinal=2))
    first = ordered(ordinal=1)
    with pytest.raises(NotClaimable):
        claimed(first)
    say(second, 1, state="succeeded")
    assert claimed(first).epoch == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_claims_within_one_order_key_are_decided_one_after_the_other() -> None:
    second = ordered(ordinal=2)
    with ThreadPoolExecutor(1) as thread, uncommitted(lambda: claimed(second)):
        first = ordered(ordinal=1)
        answer = thread.submit(together, lambda: claimed(first))
        wait_for_a_waiting_lock()
    assert isinstance(answer.result()[0], NotClaimable)
    assert (head(first).state, head(second).state) == ("queued", "running")


@pytest.mark.django_db(transaction=True)
def test_a_queue_under_one_key_ends_in_its_order_whoever_works_on_it() -> None:
    ids = start_many([Work(kind="test.work", order_key="k", ordinal=n) for n in range(12)])
    ended: list[UUID] = []

    def worker() -> None:
        while len(ended) < len(ids):
            for id in ids:
                try:
                    got = claimed(id)
                except NotClaimable:
                    continue
                ended.append(id)
                say(got, 1, state="succeeded")

    assert together(worker, worker, worker) == [None] * 3
    assert ended == ids


@pytest.mark.django_db(transaction=True)
def test_ends_at_the_same_time_within_one_order_key_do_not_wait_for_each_other() -> None:
    ids = start_many([Work(kind="test.work", order_key="k", ordinal=n) for n in range(16)])
    Due.objects.update(due_at=now() + timedelta(hours=1))
    answers = together(*[partial(cancel, id, SYSTEM) for id in ids])
    assert [head(answer.id).state for answer in answers] == ["cancelled"] * 16


def test_renewing_keeps_what_is_held_and_names_it() -> None:
    mine, lost, done = claimed(), claimed(), claimed()
    let_time_pass(lost.operation)
    reclaim([lost.operation])
    say(done, 1, state="succeeded")
    held = renew([(one.operation, one.epoch) for one in (mine, lost, done)], lease_seconds=600)
    assert held == {mine.operation}
    assert Due.objects.get(pk=mine.operation).due_at > now() + timedelta(seconds=500)
    assert renew([(mine.operation, mine.epoch + 1)], lease_seconds=LEASE) == set()
    assert renew([], lease_seconds=LEASE) == set()
