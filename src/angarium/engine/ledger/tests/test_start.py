"""Accepting work: what is written, keys that make it unique, and many at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from angarium.engine.events.public import woken
from angarium.engine.events.testing import together, uncommitted
from angarium.engine.identity.public import SYSTEM, acting_as
from angarium.engine.ledger.models import CountDelta, DeadLetter, Due, Operation, Transition
from angarium.engine.ledger.public import Kind as KindOfWork
from angarium.engine.ledger.public import UnknownKind, Work, counts, kind_named, kinds, register, start, start_many
from angarium.engine.observability.public import bind
from angarium.kernel.clock import now

from .story import head, log, work

pytestmark = pytest.mark.django_db


def test_what_is_accepted_is_queued_due_and_counted() -> None:
    id = start("test.work", number=7)
    one, due = head(id), Due.objects.get()
    assert (one.kind, one.state, one.epoch, one.seq, one.claims) == ("test.work", "queued", 0, 0, 0)
    assert (one.max_claims, one.input, one.metadata, one.finished_at) == (3, {"number": 7}, {}, None)
    assert log(id) == [(0, 0, "queued", "applied")]
    assert (due.pk, due.queue, due.due_at, due.claimed, due.publishes) == (id, "test", one.created_at, False, 0)
    assert counts() == {"test.work": {"queued": 1}}


def test_its_time_is_in_the_future_so_it_is_scheduled() -> None:
    later = now() + timedelta(hours=1)
    id = work(run_at=later)
    assert head(id).state == "scheduled"
    assert Due.objects.get().due_at == later


def test_its_time_has_passed_so_it_is_queued() -> None:
    assert head(work(run_at=now() - timedelta(hours=1))).state == "queued"


def test_who_asked_and_which_event_it_belongs_to_are_kept() -> None:
    someone, event = replace(SYSTEM, id=uuid4()), uuid4()
    with acting_as(someone), bind(event_id=str(event)):
        one = head(work())
    assert (one.actor, one.event_id) == (someone.id, event)


def test_an_unknown_kind_is_refused_and_nothing_is_written() -> None:
    with pytest.raises(UnknownKind) as refusal:
        start("test.nobody_knows")
    assert refusal.value.field == "kind"
    assert not Operation.objects.exists()


def test_a_key_is_unique_within_its_kind() -> None:
    first = work(key="k", number=1)
    assert work(key="k", number=2) == first
    assert start("test.other", key="k") != first
    assert work(key="K") != first
    assert head(first).input == {"number": 1}
    assert work() != work()


def test_a_key_of_an_ended_operation_stays_taken() -> None:
    from angarium.engine.ledger.public import cancel

    first = work(key="k")
    cancel(first, SYSTEM)
    assert work(key="k") == first


@pytest.mark.django_db(transaction=True)
def test_a_hundred_parallel_equal_starts_are_one_operation() -> None:
    def ten() -> list[UUID]:
        return [work(key="k", number=7) for _ in range(10)]

    answers = together(*[ten] * 10)
    assert {id for ids in answers for id in ids} == {Operation.objects.get().id}
    assert (Transition.objects.count(), Due.objects.count()) == (1, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_start_waits_for_an_equal_one_that_has_not_committed() -> None:
    from concurrent.futures import ThreadPoolExecutor

    from angarium.engine.events.testing import wait_for_a_waiting_lock

    with ThreadPoolExecutor(1) as thread, uncommitted(lambda: work(key="k")):
        answer = thread.submit(together, lambda: work(key="k"))
        wait_for_a_waiting_lock()
    assert answer.result() == [Operation.objects.get().id]


def test_a_refusal_by_the_database_of_work_without_a_key_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    from angarium.engine.ledger import start as starting

    taken = work()
    monkeypatch.setattr(starting, "uuid7", lambda: taken)
    with pytest.raises(IntegrityError), transaction.atomic():
        work()


def test_many_at_once_answer_in_order_with_the_first_of_each_key() -> None:
    old = work(key="old")
    works = [
        Work(kind="test.work", key="new", input={"n": 1}),
        Work(kind="test.work", key="old"),
        Work(kind="test.work"),
        Work(kind="test.work", key="new", input={"n": 2}),
        Work(kind="test.other", key="new"),
    ]
    ids = start_many(works)
    assert ids[1] == old
    assert ids[0] == ids[3]
    assert len(set(ids)) == 4
    assert head(ids[0]).input == {"n": 1}
    assert start_many([]) == []
    assert counts() == {"test.other": {"queued": 1}, "test.work": {"queued": 3}}


@pytest.mark.postgres
@pytest.mark.parametrize("many", [1, 200])
def test_many_cost_as_many_statements_as_one(many: int, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(5):
        start_many([Work(kind="test.work", key=str(number)) for number in range(many)])


@pytest.mark.django_db(transaction=True)
def test_work_starts_only_if_the_transaction_commits() -> None:
    woken(0)
    with transaction.atomic():
        work()
        transaction.set_rollback(True)
    assert not Operation.objects.exists()
    assert not woken(0)
    with transaction.atomic():
        work()
        assert not woken(0)
    assert woken(0)


def test_two_kinds_of_one_name_are_refused() -> None:
    register(KindOfWork("test.work", "test", max_claims=3))
    with pytest.raises(ValueError, match=r"Two kinds of operations are called test\.work"):
        register(KindOfWork("test.work", "elsewhere"))
    assert kinds()["test.work"] is kind_named("test.work")
    assert list(kinds()) == sorted(kinds())


def test_rows_say_what_they_are() -> None:
    id = work()
    assert str(head(id)) == f"test.work {id}"
    assert str(Transition.objects.get()) == f"{id} (0, 0) queued"
    assert str(Due.objects.get()).startswith(f"{id} due 2")
    assert str(CountDelta.objects.get()) == "test.work queued: +1"
    assert str(DeadLetter(operation_id=id, reason="r")) == f"{id}: r"
