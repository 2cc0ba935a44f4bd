"""From an event to a running task: once, in order, within its time, and cheap when there is nothing to do."""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from angarium.engine.events.public import publish
from angarium.engine.ledger.public import Call, Claim, Due, Operation, Transition, claim, reclaim, start
from angarium.engine.tasks import courier, keeper
from angarium.engine.tasks.backoff import backoff
from angarium.engine.tasks.celery import app, install, start_accepting, stop_accepting
from angarium.engine.tasks.execute import execute
from angarium.engine.tasks.loop import POLL, RelayLoop
from angarium.engine.tasks.public import Done, Run, task
from angarium.engine.tasks.run import TimedOut
from angarium.engine.tasks.testing import bring_forward, settled, until, working
from angarium.engine.tasks.tests.facts import Happened
from angarium.kernel.clock import now

needs_commits = pytest.mark.django_db(transaction=True)


def happen(*numbers: int, about: str = "one") -> None:
    with transaction.atomic():
        publish(*(Happened(number=number, about=about) for number in numbers))


@needs_commits
def test_every_reaction_runs_once_for_each_event() -> None:
    seen: list[tuple[str, int]] = []

    @task(on=Happened, queue="engine")
    def one(event: Happened) -> None:
        seen.append(("one", event.number))

    @task(on=(Happened,), queue="engine")
    def two(event: Happened) -> None:
        seen.append(("two", event.number))

    with working():
        for number in range(4):
            happen(number, about=str(number))
        settled()
    assert sorted(seen) == [(name, number) for name in ("one", "two") for number in range(4)]
    assert Operation.objects.filter(event_id__isnull=False, kind__startswith="tests.").count() == 8


@needs_commits
def test_events_of_one_subject_are_handled_in_their_order_even_if_the_first_fails_at_first() -> None:
    seen: list[int] = []
    failures = [ConnectionError("at first")]

    @task(on=Happened, queue="engine", first_retry=timedelta(hours=1))
    def follow(event: Happened) -> None:
        if failures:
            raise failures.pop()
        seen.append(event.number)

    with working():
        happen(*range(6))
        until(lambda: not failures)
        settled()
        assert seen == []
        bring_forward()
        until(lambda: len(seen) == 6)
        settled()
    assert seen == list(range(6))


@needs_commits
def test_a_rolled_back_transaction_starts_nothing() -> None:
    @task(on=Happened, queue="engine")
    def never(event: Happened) -> None:
        raise AssertionError

    with working():
        with transaction.atomic():
            publish(Happened(number=1))
            transaction.set_rollback(True)
        happen()
        settled()
    assert not Operation.objects.exists()


@needs_commits
def test_a_busy_task_is_interrupted_when_its_time_is_up() -> None:
    @task(queue="engine", timeout=timedelta(milliseconds=200), max_attempts=1, outside=True)
    def spin() -> None:
        for number in itertools.count():
            assert number >= 0

    with working():
        with transaction.atomic():
            operation = start("tests.spin")
        settled()
    row = Operation.objects.get(id=operation)
    assert (row.state, row.error["code"]) == ("failed", "timeout")


@needs_commits
@pytest.mark.postgres
def test_what_a_late_task_wrote_is_rolled_back() -> None:
    @task(queue="engine", timeout=timedelta(milliseconds=200), max_attempts=1)
    def spin_and_write() -> None:
        publish(Happened(number=1))
        for number in itertools.count():
            assert number >= 0

    with working():
        with transaction.atomic():
            operation = start("tests.spin_and_write")
        settled()
    assert Operation.objects.get(id=operation).state == "failed"
    assert not Operation.objects.exclude(id=operation).exists()


@needs_commits
def test_a_worker_that_lost_its_lease_is_interrupted_and_another_one_ends_the_work(settings: Any) -> None:
    settings.LEASE_SECONDS = 0.6
    runs: list[int] = []
    interrupted = threading.Event()

    @task(queue="engine", outside=True)
    def work(run: Run) -> None:
        runs.append(run.attempt)
        if run.attempt > 1:
            return
        Due.objects.filter(operation_id=run.operation).update(due_at="2026-01-01T00:00Z")  # it seems to be silent
        reclaim([run.operation])
        try:
            for number in itertools.count():
                assert number >= 0
        finally:
            interrupted.set()

    with working():
        with transaction.atomic():
            operation = start("tests.work")
        until(lambda: Operation.objects.get(id=operation).state == "succeeded")
        assert interrupted.wait(5)
        settled()
    assert runs == [1, 2]
    messages = Transition.objects.filter(operation=operation).values_list("message", flat=True)
    assert any("fell silent" in message for message in messages)


@pytest.mark.parametrize("_round", range(20))
def test_an_interruption_that_meets_the_end_of_a_run_leaves_the_keeper_working(_round: int) -> None:
    """The run ends and is to be interrupted at once: whoever gets the lock first, it is given back."""
    watch = keeper.Keeper()
    runs: list[Run] = []
    inside, release = threading.Event(), threading.Event()
    endings: list[str] = []

    def work() -> None:
        runs.append(Run(claim_of(uuid4()), timeout=60))
        try:
            with watch.watching(runs[0]):
                inside.set()
                release.wait(10)
            endings.append("ended")
        except TimedOut:
            endings.append("interrupted")

    worker = threading.Thread(target=work)
    worker.start()
    assert inside.wait(5)
    interrupter = threading.Thread(target=watch._interrupt, args=(runs[0], TimedOut))
    with watch._lock:
        release.set()
        interrupter.start()
    worker.join(5)
    interrupter.join(5)
    assert len(endings) == 1
    assert not watch._running
    assert watch._lock.acquire(timeout=2)
    watch._lock.release()


def claim_of(operation: UUID) -> Claim:
    return Claim(
        operation=operation,
        kind="tests.none",
        epoch=1,
        attempt=1,
        max_claims=5,
        lease_until=now(),
        input={},
        actor=None,
        event_id=None,
    )


def test_the_pause_between_attempts_doubles_up_to_a_limit() -> None:
    pauses = [backoff(attempt, first=timedelta(seconds=2), jitter=0) for attempt in range(1, 12)]
    assert pauses[:4] == [timedelta(seconds=seconds) for seconds in (2, 4, 8, 16)]
    assert pauses[-1] == timedelta(minutes=15)
    assert backoff(1) <= timedelta(seconds=2.4)
    assert backoff(10_000) <= timedelta(minutes=18)


def calls(count: int, kind: str, queue: str = "engine") -> list[Call]:
    return [Call(uuid4(), kind, queue) for _ in range(count)]


def test_with_a_backlog_many_ids_travel_in_one_message() -> None:
    @task(queue="engine")
    def quick() -> None: ...

    @task(queue="engine", outside=True)
    def slow() -> None: ...

    backlog = calls(160, "tests.quick")
    messages = list(courier._messages(backlog))
    assert [id for _, _, ids in messages for id in ids] == [call.operation for call in backlog]
    assert max(len(ids) for _, _, ids in messages) == 20
    assert [len(ids) for _, _, ids in courier._messages(calls(2000, "tests.quick"))][:2] == [200, 200]
    assert [len(ids) for _, _, ids in courier._messages(calls(18, "tests.quick"))] == [16, 2]
    assert all(len(ids) == 1 for _, _, ids in courier._messages(calls(100, "tests.slow")))
    assert all(len(ids) == 1 for _, _, ids in courier._messages(calls(100, "of.another.version")))


@needs_commits
def test_a_backlog_is_worked_off_once_each() -> None:
    seen: list[int] = []

    @task(queue="engine")
    def count(number: int) -> None:
        seen.append(number)

    with transaction.atomic():
        for number in range(120):
            start("tests.count", number=number)
    with working():
        settled(within=30)
    assert sorted(seen) == list(range(120))


@needs_commits
def test_a_draining_worker_gives_back_what_it_has_not_begun() -> None:
    @task(queue="engine")
    def first() -> None:
        stop_accepting()

    with transaction.atomic():
        ids = [str(start("tests.first")) for _ in range(3)]
    Due.objects.filter(operation_id__in=ids).update(due_at="2100-01-01T00:00Z", publishes=1)
    start_accepting()
    install()
    app.tasks["tests.first"].run(ids)
    assert [Operation.objects.get(id=id).state for id in ids] == ["succeeded", "queued", "queued"]
    assert Due.objects.filter(publishes=0, due_at__lt="2100-01-01T00:00Z").count() == 2
    start_accepting()


@needs_commits
def test_work_of_a_task_that_is_gone_waits_and_holds_nobody_up() -> None:
    @task(queue="engine")
    def known() -> None: ...

    with transaction.atomic():
        gone = start("tests.known")
        Operation.objects.filter(id=gone).update(kind="tests.gone")
        Due.objects.filter(operation_id=gone).update(kind="tests.gone", queue="nowhere")
    with working():
        with transaction.atomic():
            alive = start("tests.known")
        until(lambda: Operation.objects.get(id=alive).state == "succeeded")
        until(lambda: Due.objects.get(operation_id=gone).publishes == 1)
    assert Operation.objects.get(id=gone).state == "queued"


@needs_commits
def test_a_call_that_comes_twice_runs_once() -> None:
    seen: list[int] = []

    @task(queue="engine")
    def once() -> Done:
        seen.append(1)
        return Done()

    with transaction.atomic():
        operation = start("tests.once")
    assert execute(operation) == "succeeded"
    assert execute(operation) is None
    assert execute(uuid4()) is None
    assert seen == [1]


@needs_commits
def test_what_another_worker_holds_is_not_run_again() -> None:
    @task(queue="engine")
    def held() -> None:
        raise AssertionError

    with transaction.atomic():
        operation = start("tests.held")
    claim(operation, worker="elsewhere", lease_seconds=60)
    assert execute(operation) is None


@needs_commits
def test_idle_it_asks_at_most_one_query_a_second() -> None:
    loop = RelayLoop()
    pauses = []
    with CaptureQueriesContext(connection) as queries:
        for _ in range(10):
            pauses.append(loop._pass())
    assert min(pauses) >= POLL * 0.8
    assert len(queries) <= sum(pauses)
