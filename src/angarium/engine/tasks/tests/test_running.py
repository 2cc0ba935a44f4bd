"""What becomes of a run: its outcome, its effect, its attempts."""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from angarium.engine.events.public import Event, publish
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import DeadLetter, LeaseLost, Operation, Transition, cancel, start
from angarium.engine.tasks.public import Cancel, Done, Fail, Outcome, Retry, Run, Snooze, current_run, task
from angarium.engine.tasks.testing import bring_forward, settled, until, working
from angarium.engine.tasks.tests.facts import Happened
from angarium.kernel.clock import now
from angarium.kernel.errors import Invalid

pytestmark = pytest.mark.django_db(transaction=True)
QUICK = {"queue": "engine", "first_retry": timedelta(milliseconds=20)}


def begin(kind: str, **input: object) -> UUID:
    with transaction.atomic():
        return start(kind, **input)


def states(operation: UUID) -> list[str]:
    return [one.state for one in Transition.objects.filter(operation=operation).order_by("epoch", "seq") if one.state]


@pytest.mark.parametrize(
    ("outcome", "state", "message"),
    [
        (None, "succeeded", ""),
        (Done({"rows": 3}), "succeeded", ""),
        (Fail("The address is wrong."), "failed", "The address is wrong."),
        (Cancel("The lesson is gone."), "cancelled", "The lesson is gone."),
    ],
)
def test_an_outcome_is_what_the_ledger_hears(outcome: Outcome | None, state: str, message: str) -> None:
    @task(**QUICK)
    def answer() -> Outcome | None:
        return outcome

    with working():
        operation = begin("tests.answer")
        settled()
    row = Operation.objects.get(id=operation)
    assert (row.state, row.message, row.claims) == (state, message, 1)
    assert row.output == ({"rows": 3} if isinstance(outcome, Done) else None)
    assert DeadLetter.objects.filter(operation=operation).exists() == (state == "failed")
    assert row.finished_at is not None


def test_arguments_arrive_by_the_types_of_the_signature() -> None:
    got: list[object] = []

    @task(**QUICK)
    def take(run: Run, id: UUID, days: int, note: str = "none") -> None:
        got.extend([run.operation, current_run() is run, id, days, note])

    lesson = UUID("01a1fc2e-87b4-7002-9603-8da50a69be6f")
    with working():
        operation = begin("tests.take", id=str(lesson), days=3)
        settled()
    assert got == [operation, True, lesson, 3, "none"]


def test_input_that_does_not_fit_is_a_failed_attempt_with_its_reason() -> None:
    @task(**QUICK, max_attempts=1)
    def count_days(days: int) -> None: ...

    with working():
        operation = begin("tests.count_days", days="many")
        settled()
    assert Operation.objects.get(id=operation).error["type"] == "ValidationError"


def test_a_snooze_waits_until_its_time_and_is_no_attempt() -> None:
    tomorrow = now() + timedelta(days=1)
    answers: list[Outcome] = [Snooze(tomorrow, "Too early."), Snooze(tomorrow, "Still."), Done()]

    @task(**QUICK, max_attempts=1)
    def wait() -> Outcome:
        return answers.pop(0)

    with working():
        operation = begin("tests.wait")
        for _ in range(2):
            settled()
            assert Operation.objects.get(id=operation).state == "scheduled"
            assert bring_forward()[0] > timedelta(hours=23)
        settled()
    assert Operation.objects.get(id=operation).state == "succeeded"
    assert Operation.objects.get(id=operation).claims == 1


def test_attempts_are_bounded_their_gaps_grow_and_the_end_is_a_dead_letter() -> None:
    @task(queue="engine", max_attempts=4, first_retry=timedelta(minutes=1))
    def fail() -> None:
        raise ConnectionError("no route")

    gaps: list[timedelta] = []
    with working():
        operation = begin("tests.fail")
        settled()
        while waited := bring_forward():
            gaps += waited
            settled()
    assert len(gaps) == 3
    assert all(later > earlier * 1.5 for earlier, later in pairwise(gaps))
    row = Operation.objects.get(id=operation)
    assert (row.state, row.claims) == ("failed", 4)
    assert row.error == {"code": "ConnectionError", "type": "ConnectionError", "message": "no route"}
    assert DeadLetter.objects.get(operation=operation).reason == "no route"
    assert states(operation) == ["queued"] + ["running", "retrying"] * 3 + ["running", "failed"]


def test_a_retry_says_itself_when_it_wants_to_come_back() -> None:
    answers: list[Outcome] = [Retry(after=timedelta(hours=2), because="They said so."), Done()]

    @task(**QUICK)
    def limited() -> Outcome:
        return answers.pop(0)

    with working():
        operation = begin("tests.limited")
        settled()
        assert timedelta(minutes=119) < bring_forward()[0] <= timedelta(hours=2)
        settled()
    assert states(operation) == ["queued", "running", "retrying", "running", "succeeded"]


def test_a_refusal_that_cannot_succeed_later_is_not_tried_again() -> None:
    @task(**QUICK)
    def refuse() -> None:
        raise Invalid("There is no such place.")

    with working():
        operation = begin("tests.refuse")
        settled()
    row = Operation.objects.get(id=operation)
    assert (row.state, row.claims, row.error["code"]) == ("failed", 1, "invalid")


@pytest.mark.parametrize("outside", [False, True])
def test_what_no_database_can_store_is_a_failure_with_a_readable_reason(outside: bool) -> None:
    @task(queue="engine", max_attempts=1, outside=outside)
    def odd() -> Outcome:
        return Done(object())

    @task(queue="engine", max_attempts=1, outside=outside)
    def control() -> Outcome:
        raise ValueError("bad \x00 byte and half \ud83d a pair")

    with working():
        first, second = begin("tests.odd"), begin("tests.control")
        settled()
    assert Operation.objects.get(id=first).state == "failed"
    assert Operation.objects.get(id=first).claims == 1
    assert Operation.objects.get(id=second).error["message"] == "bad  byte and half ? a pair"


def test_effect_outcome_and_events_are_one_transaction() -> None:
    fails = [True]

    @task(**QUICK)
    def write() -> None:
        publish(Happened(number=1))
        if fails and fails.pop():
            raise DatabaseError("in the middle")

    with working():
        operation = begin("tests.write")
        until(lambda: Operation.objects.get(id=operation).state == "retrying")
        assert not Event.objects.exists()
        settled()
        until(lambda: Operation.objects.get(id=operation).state == "succeeded")
    assert Event.objects.filter(type=Happened.type).count() == 1


@pytest.mark.postgres
def test_an_effect_is_rolled_back_when_the_operation_was_taken_away_meanwhile() -> None:
    running, go_on = threading.Event(), threading.Event()

    @task(**QUICK)
    def slow() -> None:
        running.set()
        assert go_on.wait(10)
        publish(Happened(number=1))

    with working():
        operation = begin("tests.slow")
        assert running.wait(10)
        cancel(operation, SYSTEM)
        go_on.set()
        settled()
    assert not Event.objects.exists()
    assert states(operation) == ["queued", "running", "cancelled"]


def test_an_outside_task_runs_in_no_transaction_and_records_with_its_outcome() -> None:
    inside: list[bool] = []

    @task(**QUICK, outside=True)
    def talk() -> Outcome:
        inside.append(transaction.get_connection().in_atomic_block)
        return Done(record=lambda: publish(Happened(number=2)))

    with working():
        operation = begin("tests.talk")
        settled()
    assert inside == [False]
    assert Operation.objects.get(id=operation).state == "succeeded"
    assert Event.objects.get().data == {"number": 2, "about": "one"}


def test_a_record_that_fails_leaves_neither_outcome_nor_rows() -> None:
    @task(queue="engine", outside=True, max_attempts=1)
    def talk_in_vain() -> Outcome:
        def record() -> None:
            publish(Happened(number=3))
            raise DatabaseError("no room")

        return Done(record=record)

    with working():
        operation = begin("tests.talk_in_vain")
        settled()
    assert Operation.objects.get(id=operation).state == "failed"
    assert not Event.objects.exists()


def test_progress_is_coalesced_and_its_last_word_is_kept() -> None:
    @task(**QUICK, outside=True)
    def count(run: Run) -> None:
        for done in range(1, 501):
            run.progress(done, 500, f"{done} of 500")

    with working():
        operation = begin("tests.count")
        settled()
    row = Operation.objects.get(id=operation)
    assert (row.progress_done, row.progress_total, row.message) == (500, 500, "500 of 500")
    assert Transition.objects.filter(operation=operation, progress_done__isnull=False).count() < 50


def test_progress_tells_a_replaced_worker_to_stop() -> None:
    running, lost = threading.Event(), threading.Event()

    @task(**QUICK, outside=True)
    def count(run: Run) -> None:
        running.set()
        try:
            for done in range(10**9):
                run.progress(done)
        except LeaseLost:
            lost.set()
            raise

    with working():
        operation = begin("tests.count")
        assert running.wait(10)
        cancel(operation, SYSTEM)
        assert lost.wait(10)
        settled()
    assert Operation.objects.get(id=operation).state == "cancelled"
