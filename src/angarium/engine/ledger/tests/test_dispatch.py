"""Dispatching: what is due is taken once, comes back when nobody answers, and is taken from silent workers."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings

from angarium.engine.events.testing import together, uncommitted
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.models import Due
from angarium.engine.ledger.public import (
    Call,
    Work,
    forget_published,
    next_due,
    pause,
    reclaim,
    resume,
    start_many,
    take_due,
    unpublished,
)
from angarium.engine.ledger.testing import let_time_pass
from angarium.engine.ledger.write import locked
from angarium.kernel.clock import now

from .story import claimed, head, log, say, work

pytestmark = pytest.mark.django_db


def seconds_until_due(id: UUID) -> float:
    moment = Due.objects.get(pk=id).due_at
    assert moment is not None
    return (moment - now()).total_seconds()


def test_what_is_due_is_taken_oldest_first_and_what_is_not_stays() -> None:
    later = work(run_at=now() + timedelta(hours=1))
    second, first = work(), work(run_at=now() - timedelta(hours=1))
    claimed()
    assert take_due() == [Call(first, "test.work", "test"), Call(second, "test.work", "test")]
    assert take_due() == []
    assert not Due.objects.get(pk=later).publishes


def test_at_most_so_many() -> None:
    ids = start_many([Work(kind="test.work") for _ in range(5)])
    taken = [call.operation for _ in range(4) for call in take_due(2)]
    assert sorted(taken) == sorted(ids)


def test_an_unanswered_call_is_repeated_after_pauses_that_double_up_to_a_quarter_of_an_hour() -> None:
    id = work()
    for times in range(8):
        assert [call.operation for call in take_due()] == [id]
        expected = min(settings.REPUBLISH_SECONDS * 2**times, 15 * 60)
        assert seconds_until_due(id) == pytest.approx(expected, abs=5)
        let_time_pass(id)
    Due.objects.update(publishes=1000)
    take_due()
    assert seconds_until_due(id) == pytest.approx(15 * 60, abs=5)


def test_a_claim_begins_the_pauses_anew() -> None:
    id = work()
    take_due()
    let_time_pass(id)
    take_due()
    say(claimed(id), 1, state="retrying")
    assert Due.objects.get().publishes == 0
    take_due()
    assert seconds_until_due(id) == pytest.approx(settings.REPUBLISH_SECONDS, abs=5)


@pytest.mark.django_db(transaction=True)
def test_dispatchers_share_the_work_and_take_nothing_twice() -> None:
    ids = start_many([Work(kind="test.work") for _ in range(60)])

    def dispatch() -> list[UUID]:
        return [call.operation for _ in range(20) for call in take_due(5)]

    answers = together(dispatch, dispatch, dispatch)
    assert sorted(id for taken in answers for id in taken) == sorted(ids)


def test_what_the_broker_did_not_take_is_due_again_and_was_not_published() -> None:
    first, second, third = work(), work(), work()
    take_due()
    claimed(second)
    say(claimed(third), 1, state="retrying", run_at=now() + timedelta(hours=1))
    unpublished([first, second, third], after=1)
    assert seconds_until_due(first) == pytest.approx(1, abs=1)
    assert Due.objects.get(pk=first).publishes == 0
    assert seconds_until_due(second) > 30
    assert seconds_until_due(third) > 3000
    assert Due.objects.get(pk=third).publishes == 0


def test_a_broker_that_begins_empty_has_forgotten_what_was_published() -> None:
    published, running, scheduled = work(), work(), work(run_at=now() + timedelta(hours=1))
    take_due()
    claimed(running)
    forget_published()
    assert seconds_until_due(published) <= 0
    assert seconds_until_due(running) > 0
    assert seconds_until_due(scheduled) > 0
    assert [call.operation for call in take_due()] == [published]


def test_when_something_is_due_next() -> None:
    assert next_due() is None
    later = now() + timedelta(hours=1)
    scheduled, paused = work(run_at=later), work()
    pause(paused, SYSTEM)
    assert next_due() == later
    resume(paused, SYSTEM)
    assert next_due() < later  # type: ignore[operator]
    assert scheduled


def test_an_expired_lease_is_taken_back_and_called_for_again() -> None:
    got = claimed(worker="w-7")
    assert reclaim([got.operation]) == []
    let_time_pass(got.operation)
    assert [call.operation for call in take_due()] == [got.operation]
    one = head(got.operation)
    assert (one.state, one.epoch, one.claims, one.message) == ("queued", 2, 1, "The worker w-7 fell silent.")
    assert log(got.operation)[-1] == (2, 0, "queued", "applied")
    assert reclaim([got.operation]) == []


@pytest.mark.django_db(transaction=True)
def test_sweepers_at_once_take_an_operation_back_once() -> None:
    claims = [claimed() for _ in range(10)]
    ids = [one.operation for one in claims]
    let_time_pass(*ids)
    answers = together(*[lambda: reclaim(ids)] * 4)
    assert sorted(id for taken in answers for id in taken) == sorted(ids)
    assert {head(id).epoch for id in ids} == {2}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_sweeper_does_not_wait_for_a_head_that_somebody_holds() -> None:
    held, free = claimed().operation, claimed().operation
    let_time_pass(held, free)
    with uncommitted(lambda: locked([held])):
        assert reclaim([held, free]) == [free]
    assert reclaim([held, free]) == [held]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_dispatcher_passes_by_what_somebody_holds() -> None:
    held, free = work(), work()
    with uncommitted(lambda: list(Due.objects.select_for_update().filter(pk=held))):
        assert [call.operation for call in take_due()] == [free]
    assert [call.operation for call in take_due()] == [held]
