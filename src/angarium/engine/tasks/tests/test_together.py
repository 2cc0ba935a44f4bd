"""Many short operations of one message share a claim and a transaction, and yet each stands for itself."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from angarium.engine.events.public import Event, publish
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import Due, Operation, cancel, claim_fresh, reclaim, start
from angarium.engine.ledger.testing import broken_invariants, let_time_pass
from angarium.engine.tasks import message, together
from angarium.engine.tasks.celery import start_accepting, stop_accepting
from angarium.engine.tasks.message import work_off
from angarium.engine.tasks.public import Done, Fail, Outcome, Run, Snooze, task
from angarium.engine.tasks.tests.facts import Happened
from angarium.kernel.clock import now

pytestmark = pytest.mark.django_db(transaction=True)
TOGETHER = 50


@pytest.fixture(autouse=True)
def _sizes() -> Iterator[None]:
    start_accepting()
    yield
    start_accepting()
    message._sizes.clear()


def accepted(kind: str, count: int = 6) -> list[UUID]:
    with transaction.atomic():
        ids = [start(kind, number=number) for number in range(count)]
    message._sizes[kind] = TOGETHER
    return ids


def states(ids: list[UUID]) -> list[str]:
    rows = {row.id: row.state for row in Operation.objects.filter(id__in=ids)}
    return [rows[id] for id in ids]


def written() -> list[int]:
    return sorted(event.data["number"] for event in Event.objects.all())


def test_effects_and_outcomes_of_many_are_stored_together() -> None:
    outcomes: list[Outcome] = [Done(), Done({"rows": 2}), Fail("No."), Snooze(now() + timedelta(hours=1)), Done()]

    @task(queue="engine")
    def write(run: Run, number: int) -> Outcome:
        publish(Happened(number=number))
        run.progress(1, 1)
        return outcomes[number]

    ids = accepted("tests.write", len(outcomes))
    work_off("tests.write", ids)
    assert states(ids) == ["succeeded", "succeeded", "failed", "scheduled", "succeeded"]
    assert Operation.objects.get(id=ids[1]).output == {"rows": 2}
    assert written() == list(range(5))
    assert not broken_invariants()


def test_one_that_fails_spoils_nothing_for_the_others() -> None:
    @task(queue="engine")
    def write(number: int) -> None:
        publish(Happened(number=number))
        if number == 3:
            raise ConnectionError("not now")

    ids = accepted("tests.write")
    work_off("tests.write", ids)
    assert states(ids) == ["succeeded"] * 3 + ["retrying"] + ["succeeded"] * 2
    assert written() == [0, 1, 2, 4, 5]
    assert set(Operation.objects.values_list("claims", flat=True)) == {1}
    assert message._sizes["tests.write"] == 1
    assert not broken_invariants()


@pytest.mark.postgres
def test_one_that_was_cancelled_meanwhile_takes_only_its_own_effect_with_it() -> None:
    cancelled: list[UUID] = []

    @task(queue="engine")
    def write(run: Run, number: int) -> None:
        publish(Happened(number=number))
        if number == 2 and not cancelled:
            cancelled.append(run.operation)
            elsewhere(lambda: cancel(run.operation, SYSTEM))

    ids = accepted("tests.write")
    work_off("tests.write", ids)
    assert states(ids) == ["succeeded"] * 2 + ["cancelled"] + ["succeeded"] * 3
    assert written() == [0, 1, 3, 4, 5]


def elsewhere(act: Any) -> None:
    """Do it in another thread, which has a connection of its own."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: (act(), connection.close())).result(10)


def test_one_that_is_late_is_interrupted_and_the_others_are_done() -> None:
    @task(queue="engine", timeout=timedelta(milliseconds=150), max_attempts=1)
    def write_in_time(number: int) -> None:
        publish(Happened(number=number))
        for _ in itertools.count() if number == 1 else ():
            pass

    ids = accepted("tests.write_in_time", 4)
    work_off("tests.write_in_time", ids)
    assert states(ids) == ["succeeded", "failed", "succeeded", "succeeded"]
    assert written() == [0, 2, 3]


@pytest.mark.postgres
def test_those_that_wait_for_a_slow_one_keep_their_leases(settings: Any) -> None:
    settings.LEASE_SECONDS = 0.9
    reclaimed: list[UUID] = []

    @task(queue="engine")
    def slow(number: int) -> None:
        until = time.monotonic() + (1.5 if number == 0 else 0)
        while time.monotonic() < until:
            pass
        reclaimed.extend(reclaim(ids) if number == 1 else ())

    ids = accepted("tests.slow", 3)
    work_off("tests.slow", ids)
    assert reclaimed == []
    assert states(ids) == ["succeeded"] * 3
    assert set(Operation.objects.values_list("claims", "epoch")) == {(1, 1)}


def test_after_a_crash_each_runs_alone_so_that_the_culprit_takes_nobody_with_it() -> None:
    alone: Counter[int] = Counter()

    @task(queue="engine")
    def write(number: int) -> None:
        alone[number] = Due.objects.filter(claimed=True).count()

    ids = accepted("tests.write")
    assert len(claim_fresh(ids, worker="killed", lease_seconds=60)) == len(ids)
    let_time_pass(*ids)
    assert sorted(reclaim(ids)) == sorted(ids)
    work_off("tests.write", ids)
    assert states(ids) == ["succeeded"] * 6
    assert set(alone.values()) == {1}, "each was the only one claimed while it ran"
    assert set(Operation.objects.values_list("claims", flat=True)) == {2}


def test_a_draining_worker_gives_back_what_was_claimed_and_not_begun_without_an_attempt() -> None:
    @task(queue="engine")
    def write(number: int) -> None:
        publish(Happened(number=number))
        if number == 1:
            stop_accepting()

    ids = accepted("tests.write")
    work_off("tests.write", ids)
    assert states(ids) == ["succeeded"] * 2 + ["queued"] * 4
    assert [row.claims for row in Operation.objects.filter(id__in=ids[2:])] == [0] * 4
    assert Due.objects.filter(claimed=False, due_at__lte=now()).count() == 4
    assert not broken_invariants()


def test_a_message_is_worked_on_for_a_while_and_the_rest_is_dealt_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message, "PATIENCE", -1)

    @task(queue="engine")
    def write(number: int) -> None:
        raise AssertionError

    ids = accepted("tests.write")
    Due.objects.update(due_at="2100-01-01T00:00Z", publishes=1)
    work_off("tests.write", ids)
    assert Due.objects.filter(publishes=0, due_at__lte=now()).count() == 6


def test_more_go_together_while_it_goes_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is meanwhile."""
    sizes: list[int] = []
    for module, name in ((message, "PATIENCE"), (message, "SHORT"), (message, "LONGEST"), (together, "LONGEST")):
        monkeypatch.setattr(module, name, 60)

    @task(queue="engine")
    def write(number: int) -> None:
        sizes.append(Due.objects.filter(claimed=True).count())

    ids = accepted("tests.write", 15)
    message._sizes.clear()
    work_off("tests.write", ids)
    assert sizes == [1] + [2] * 2 + [4] * 4 + [8] * 8


def test_a_hook_that_fails_after_the_commit_silences_no_other() -> None:
    told: list[int] = []

    @task(queue="engine")
    def write(number: int) -> None:
        transaction.on_commit(lambda: told.append(1 // number))

    ids = accepted("tests.write", 3)
    work_off("tests.write", ids)
    assert told == [1, 0]
    assert states(ids) == ["succeeded"] * 3


def test_of_one_order_key_the_younger_waits_for_the_older() -> None:
    seen: list[int] = []

    @task(queue="engine")
    def write(number: int) -> None:
        seen.append(number)

    with transaction.atomic():
        ids = [start("tests.write", order_key="k", number=number) for number in range(3)]
    message._sizes["tests.write"] = TOGETHER
    for _ in ids:
        work_off("tests.write", ids[::-1])
        Due.objects.update(due_at=now())
    assert seen == [0, 1, 2]
