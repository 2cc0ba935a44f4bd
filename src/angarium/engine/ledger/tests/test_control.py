"""What people do: cancel, pause, resume, retry by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from uuid import uuid4

import pytest

from angarium.engine.events.testing import together
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.models import DeadLetter, Due, Operation
from angarium.engine.ledger.public import (
    AlreadyFinal,
    NoOperation,
    NotClaimable,
    NotPaused,
    StillOpen,
    cancel,
    pause,
    resume,
    retry,
    take_due,
)
from angarium.kernel.transitions import IllegalMove

from .story import claimed, head, log, say, work

pytestmark = pytest.mark.django_db
IRINA = replace(SYSTEM, id=uuid4(), name="Ирина")


def failed() -> Operation:
    got = claimed(work(number=7))
    say(got, 1, state="failed", error={"message": "It broke."})
    return head(got.operation)


def test_a_cancellation_ends_it_in_the_name_of_whoever_did_it() -> None:
    id = work()
    one = cancel(id, IRINA)
    assert (one.state, one.epoch, one.message) == ("cancelled", 1, "Cancelled by Ирина.")
    assert one.finished_at is not None
    assert log(id) == [(0, 0, "queued", "applied"), (1, 0, "cancelled", "applied")]
    assert not Due.objects.exists()
    assert not DeadLetter.objects.exists()
    assert cancel(work(), IRINA, because="r" * 2000).message == "r" * 1000


def test_what_has_ended_cannot_be_cancelled_or_paused() -> None:
    one = failed()
    with pytest.raises(AlreadyFinal):
        cancel(one.id, IRINA)
    with pytest.raises(IllegalMove):
        pause(one.id, IRINA)
    assert head(one.id).epoch == one.epoch


@pytest.mark.parametrize("act", [cancel, pause, resume, retry])
def test_there_must_be_one(act: object) -> None:
    with pytest.raises(NoOperation):
        act(uuid4(), IRINA)  # type: ignore[operator]


def test_a_paused_one_waits_for_nothing_until_it_is_resumed() -> None:
    id = work()
    pause(id, IRINA)
    assert (head(id).state, head(id).message) == ("paused", "Paused by Ирина.")
    assert take_due() == []
    with pytest.raises(IllegalMove):
        pause(id, IRINA)
    resume(id, IRINA)
    assert (head(id).state, head(id).message) == ("queued", "Resumed by Ирина.")
    assert [call.operation for call in take_due()] == [id]
    assert claimed(id).epoch == 3
    with pytest.raises(NotPaused):
        resume(id, IRINA)
    assert head(id).state == "running"


def test_a_pause_takes_the_work_from_whoever_does_it() -> None:
    got = claimed()
    pause(got.operation, IRINA)
    assert not Due.objects.get().claimed
    with pytest.raises(NotClaimable):
        claimed(got.operation)
    resume(got.operation, IRINA)
    assert claimed(got.operation).attempt == 2


def test_a_retry_by_hand_is_a_new_operation_and_twice_the_same_one() -> None:
    old = failed()
    assert DeadLetter.objects.filter(pk=old.id).exists()
    new = retry(old.id, IRINA)
    assert retry(old.id, IRINA) == new != old.id
    one = head(new)
    assert (one.kind, one.state, one.input, one.retry_of, one.actor) == (
        "test.work",
        "queued",
        {"number": 7},
        old.id,
        IRINA.id,
    )
    assert not DeadLetter.objects.exists()
    assert head(old.id).state == "failed"
    assert log(old.id)[-1] == (1, 1, "failed", "applied")


def test_a_retry_by_the_system_keeps_whose_work_it_was() -> None:
    old = failed()
    Operation.objects.filter(id=old.id).update(actor=IRINA.id)
    assert head(retry(old.id, SYSTEM)).actor == IRINA.id


def test_a_retry_that_fails_can_itself_be_retried() -> None:
    first = retry(failed().id, IRINA)
    say(claimed(first), 1, state="failed")
    second = retry(first, IRINA)
    assert head(second).retry_of == first
    assert second != first


def test_what_is_open_cannot_be_retried_and_what_succeeded_can() -> None:
    got = claimed()
    with pytest.raises(StillOpen):
        retry(got.operation, IRINA)
    say(got, 1, state="succeeded")
    assert head(retry(got.operation, IRINA)).state == "queued"


@pytest.mark.django_db(transaction=True)
def test_ten_parallel_retries_are_one_operation() -> None:
    answers = together(*[partial(retry, failed().id, IRINA)] * 10)
    assert len(set(answers)) == 1
    assert Operation.objects.filter(retry_of__isnull=False).count() == 1
