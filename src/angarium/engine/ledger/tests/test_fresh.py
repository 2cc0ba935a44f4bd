"""Claiming many at once: only what was never tried, never beside another with its key, and given back uncounted."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from angarium.engine.events.testing import uncommitted
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.models import Due
from angarium.engine.ledger.public import Claim, Work, cancel, claim_fresh, give_back, reclaim, renew, start_many
from angarium.engine.ledger.testing import broken_invariants, let_time_pass
from angarium.engine.ledger.write import locked
from angarium.kernel.clock import now

from .story import LEASE, claimed, head, log, say

pytestmark = pytest.mark.django_db


def claim_all(ids: list[UUID]) -> list[Claim]:
    return claim_fresh(ids, worker="w", lease_seconds=LEASE)


def many(number: int, **options: object) -> list[UUID]:
    return start_many([Work(kind="test.work", **options) for _ in range(number)])  # type: ignore[arg-type]


def test_many_are_claimed_as_one_would_be() -> None:
    alone, *others = many(3)
    single = claimed(alone)
    for got, id in zip(claim_all(others[::-1]), others[::-1], strict=True):
        assert (got.operation, got.kind, got.epoch, got.attempt) == (id, "test.work", 1, 1)
        assert (got.max_claims, got.input, got.actor) == (single.max_claims, single.input, single.actor)
        one, due = head(id), Due.objects.get(pk=id)
        assert (one.state, one.epoch, one.seq, one.claims, one.worker) == ("running", 1, 0, 1, "w")
        assert (due.claimed, due.epoch, due.due_at, due.publishes) == (True, 1, got.lease_until, 0)
        assert log(id) == log(alone)
    assert renew([(id, 1) for id in others], lease_seconds=LEASE) == set(others)
    assert not broken_invariants()


def test_what_was_tried_before_is_left_to_be_claimed_alone() -> None:
    fresh, tried = many(2)
    claimed(tried)
    let_time_pass(tried)
    assert reclaim([tried]) == [tried]
    assert [got.operation for got in claim_all([tried, fresh])] == [fresh]
    assert claimed(tried).attempt == 2


def test_what_is_not_to_be_claimed_now_is_left_out() -> None:
    ended, running, fresh = many(3)
    (later,) = many(1, run_at=now() + timedelta(hours=1))
    cancel(ended, SYSTEM)
    claimed(running)
    assert [got.operation for got in claim_all([later, ended, running, uuid4(), fresh, fresh])] == [fresh]
    let_time_pass(later)
    assert [got.operation for got in claim_all([later])] == [later]
    assert claim_all([later]) == []


def test_of_one_order_key_only_the_oldest_is_claimed() -> None:
    first, second = many(2, order_key="k")
    (other,) = many(1, order_key="other")
    assert {got.operation for got in claim_all([second, first, other])} == {first, other}
    assert Due.objects.get(pk=second).due_at > now()
    assert claim_all([second]) == []
    assert not broken_invariants()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_what_somebody_else_holds_is_not_waited_for() -> None:
    held, free = many(2)
    with uncommitted(lambda: locked([held])):
        assert [got.operation for got in claim_all([held, free])] == [free]


def test_what_is_given_back_is_due_and_no_attempt() -> None:
    begun, waiting = claim_all(many(2))
    say(begun, 1, progress=(1, 2))
    give_back([begun, waiting])
    assert head(begun.operation).state == "running"
    one = head(waiting.operation)
    assert (one.state, one.claims, one.epoch) == ("queued", 0, 2)
    assert renew([(waiting.operation, 1)], lease_seconds=LEASE) == set()
    assert not broken_invariants()
    assert [got.epoch for got in claim_all([waiting.operation])] == [3]


def test_what_was_taken_away_meanwhile_is_not_given_back() -> None:
    (lost,) = claim_all(many(1))
    cancel(lost.operation, SYSTEM)
    give_back([lost])
    assert head(lost.operation).state == "cancelled"
