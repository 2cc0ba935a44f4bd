"""The check of the invariants sees each way of breaking them, so that its silence means something."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from angarium.engine.ledger.models import Count, DeadLetter, Due, Operation, Transition
from angarium.engine.ledger.public import Work, start_many
from angarium.engine.ledger.testing import broken_invariants

from .story import claimed, say, work

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _invariants() -> None:
    """They are broken on purpose."""


def failed(id: UUID) -> None:
    say(claimed(id), 1, state="failed")


def after_the_end(id: UUID) -> None:
    got = claimed(id)
    say(got, 1, state="succeeded")
    Transition.objects.create(operation_id=id, epoch=1, seq=2, digest="d")
    Operation.objects.filter(id=id).update(seq=2)


def two_at_once(id: UUID) -> None:
    ids = start_many([Work(kind="test.work", order_key="k") for _ in range(2)])
    claimed(ids[0])
    Due.objects.filter(pk__in=ids).update(claimed=True)


BREAKS: dict[str, Callable[[UUID], object]] = {
    "the head is not the greatest applied transition": lambda id: Operation.objects.update(seq=1),
    "the head's state is not the last one applied": lambda id: Operation.objects.update(state="paused"),
    "something was applied after the end": after_the_end,
    "the metadata is not what was applied, key by key": lambda id: Operation.objects.update(metadata={"a": 1}),
    "seq 0 is the ledger's own, and nothing else is": lambda id: Transition.objects.update(digest="d"),
    "it was claimed more often than it may be": lambda id: Operation.objects.update(claims=4),
    "exactly the open ones are due": lambda id: Due.objects.all().delete(),
    "exactly the running ones are claimed": lambda id: Due.objects.update(claimed=True),
    "the lease is of another epoch": lambda id: [claimed(id), Due.objects.update(epoch=9)],
    "exactly the paused ones wait for nothing": lambda id: Due.objects.update(due_at=None),
    "exactly the failed and not retried ones have a dead letter": lambda id: [
        failed(id),
        DeadLetter.objects.all().delete(),
    ],
    "('test.work', 'k'): 2 are worked on at once": two_at_once,
    "the counters say": lambda id: Count.objects.create(kind="test.work", state="queued", value=1),
}


@pytest.mark.parametrize("sentence", BREAKS)
def test_each_break_is_seen(sentence: str) -> None:
    id = work()
    assert broken_invariants() == []
    BREAKS[sentence](id)
    assert [one for one in broken_invariants() if sentence in one]
