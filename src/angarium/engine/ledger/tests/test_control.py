"""What people do: cancel, pause, resume, retry by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any
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
    Work,
    cancel,
    cancel_many,
    pause,
    resume,
    retry,
    retry_many,
    start_many,
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


def test_many_are_cancelled_at_once_and_what_has_ended_is_left_as_it_is() -> None:
    ids = [work(number=number) for number in range(4)]
    got = claimed(ids[2])
    done = failed()
    assert cancel_many([*reversed(ids), done.id, uuid4()], IRINA) == ids
    assert {(head(id).state, head(id).message) for id in ids} == {("cancelled", "Cancelled by Ирина.")}
    assert (head(done.id).state, head(done.id).epoch) == ("failed", done.epoch)
    assert head(got.operation).epoch == got.epoch + 1
    assert log(ids[0]) == [(0, 0, "queued", "applied"), (1, 0, "cancelled", "applied")]
    assert not Due.objects.exists()
    assert cancel_many(ids, IRINA) == cancel_many([], IRINA) == []


def test_many_are_retried_at_once_each_once_and_with_what_it_was_given() -> None:
    dead = [failed() for _ in range(3)]
    retried, running = dead[0], work()
    first = retry(retried.id, SYSTEM)
    assert retry_many([one.id for one in dead] + [running, uuid4()], IRINA, because="again") == [dead[1].id, dead[2].id]
    new = {one.retry_of: one for one in Operation.objects.filter(retry_of__isnull=False)}
    assert new[retried.id].id == first
    assert {(one.input["number"], one.state, one.message) for one in (new[dead[1].id], new[dead[2].id])} == {
        (7, "queued", "again"),
    }
    assert not DeadLetter.objects.exists()
    assert retry_many([one.id for one in dead], IRINA) == retry_many([], IRINA) == []


def test_what_nobody_here_knows_any_more_is_not_retried_with_the_others() -> None:
    gone, known = failed(), failed()
    Operation.objects.filter(id=gone.id).update(kind="test.gone")
    DeadLetter.objects.filter(pk=gone.id).update(kind="test.gone")
    assert retry_many([gone.id, known.id], IRINA) == [known.id]
    assert DeadLetter.objects.filter(pk=gone.id).exists()
    Operation.objects.filter(id=gone.id).update(kind="test.work")


def test_a_retry_keeps_the_part_it_was_started_as_whatever_was_reported() -> None:
    parent = uuid4()
    (id,) = start_many([Work(kind="test.work", parent=parent, stage="cut")])
    say(claimed(id), 1, state="failed", stage="uploading")
    for new in (retry(id, IRINA), head(retry(id, IRINA)).id):
        assert (head(new).parent, head(new).stage) == (parent, "cut")


def test_any_number_is_cancelled_or_retried_in_as_many_statements(django_assert_max_num_queries: Any) -> None:
    few, many = [work() for _ in range(2)], [work() for _ in range(60)]
    with django_assert_max_num_queries(14):
        cancel_many(few, IRINA)
    with django_assert_max_num_queries(14):
        cancel_many(many, IRINA)
    with django_assert_max_num_queries(14):
        assert len(retry_many(few + many, IRINA)) == 62


@pytest.mark.django_db(transaction=True)
def test_of_many_who_cancel_the_same_at_once_each_ends_what_the_others_have_not() -> None:
    ids = [work() for _ in range(30)]
    answers = together(*[partial(cancel_many, order, IRINA) for order in (ids, ids[::-1], ids[10:], ids[:20])])
    assert sorted(id for answer in answers for id in answer) == ids
    assert {tuple(log(id)) for id in ids} == {((0, 0, "queued", "applied"), (1, 0, "cancelled", "applied"))}


@pytest.mark.django_db(transaction=True)
def test_of_many_who_retry_the_same_at_once_each_retries_what_the_others_have_not() -> None:
    ids = [work() for _ in range(30)]
    cancel_many(ids, IRINA)
    answers = together(*[partial(retry_many, order, IRINA) for order in (ids, ids[::-1], ids[10:], ids[:20])])
    assert sorted(id for answer in answers for id in answer) == ids
    assert Operation.objects.count() == 60
