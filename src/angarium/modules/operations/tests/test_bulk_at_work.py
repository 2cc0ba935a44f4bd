"""F21: many operations are cancelled while a worker runs them. `PROVE=1` takes a hundred times as many."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db.models import Count

from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.public import TERMINAL, Due, Operation, Transition, Work, start_many
from angarium.engine.ledger.testing import broken_invariants
from angarium.engine.tasks.public import Run, task
from angarium.engine.tasks.testing import own_tasks, until, working
from angarium.modules.operations import actions
from angarium.modules.operations.bulk import Filter
from angarium.modules.operations.models import SavedView

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER, PATIENCE = (50_000, 1500) if os.environ.get("PROVE") else (500, 120)
KIND = "operations_tests.brief"
AT_ONCE = 1000
_never = threading.Event()


@pytest.fixture
def _brief() -> Iterator[None]:
    """A task that takes a few milliseconds and leaves one row."""
    with own_tasks():

        @task(name=KIND, queue="operations")
        def brief(run: Run) -> None:
            _never.wait(0.005)
            SavedView.objects.create(person=run.operation, name="done")

        yield


@pytest.mark.usefixtures("_brief")
def test_f21_of_many_that_are_cancelled_while_a_worker_runs_them_each_ends_exactly_once() -> None:
    for first in range(0, NUMBER, AT_ONCE):
        start_many([Work(kind=KIND) for _ in range(min(AT_ONCE, NUMBER - first))])
    with working():
        until(lambda: Operation.objects.filter(kind=KIND, state="succeeded").exists(), within=PATIENCE)
        cancelling = actions.cancel_meant(Filter(kind=KIND), by=SYSTEM)
        until(lambda: not Due.objects.filter(kind__in=(KIND, cancelling.kind)).exists(), within=PATIENCE)
        after_all_calls()
    ends = dict(Operation.objects.filter(kind=KIND).values_list("state").annotate(Count("id")).order_by())
    assert ends.keys() == {"cancelled", "succeeded"}, "one of the two has won alone"
    assert sum(ends.values()) == NUMBER
    assert ended_twice() == []
    assert effects() == set(Operation.objects.filter(kind=KIND, state="succeeded").values_list("id", flat=True))
    cancelling.refresh_from_db()
    assert (cancelling.state, cancelling.output["done"]) == ("succeeded", ends["cancelled"])
    assert cancelling.progress_done == cancelling.progress_total == cancelling.metadata["total"]
    assert broken_invariants() == []


def after_all_calls() -> None:
    """Wait until the worker has heard every call for what was cancelled: one more thing to do comes after them."""
    last = actions.cancel_meant(Filter(kind="operations_tests.nothing"), by=SYSTEM)
    until(lambda: not Due.objects.filter(pk=last.id).exists(), within=PATIENCE)


def ended_twice() -> list[UUID]:
    lines = Transition.objects.filter(operation__kind=KIND, state__in=TERMINAL, verdict=Transition.Verdict.APPLIED)
    assert lines.count() == NUMBER
    counted = lines.values("operation").annotate(times=Count("id")).filter(times__gt=1)
    return list(counted.values_list("operation", flat=True))


def effects() -> set[UUID]:
    """The operations that have had theirs; each once."""
    found = list(SavedView.objects.values_list("person", flat=True))
    assert len(found) == len(set(found))
    return set(found)
