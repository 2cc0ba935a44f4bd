"""How much waits on each queue, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger.models import Due
from angarium.engine.ledger.public import Depth, kinds, pause, queue_depths, take_due, unpublished
from angarium.engine.ledger.testing import let_time_pass
from angarium.kernel.clock import now

from .story import claimed, say, work

pytestmark = pytest.mark.django_db


def depth(queue: str = "test") -> Depth:
    return {one.queue: one for one in queue_depths()}[queue]


def test_each_queue_is_told_even_when_nothing_is_on_it() -> None:
    names = [one.queue for one in queue_depths()]
    assert names == sorted({kind.queue for kind in kinds().values()})
    assert depth() == Depth("test")


def test_what_waits_is_told_apart_from_what_is_delayed_running_or_paused() -> None:
    work()
    work(run_at=now() + timedelta(hours=1))
    claimed()
    pause(work(), by=SYSTEM)
    one = depth()
    assert (one.waiting, one.delayed, one.running, one.paused) == (1, 1, 1, 1)


def test_what_was_published_and_not_claimed_still_waits() -> None:
    work()
    take_due()
    assert (depth().waiting, depth().delayed) == (1, 0)


def test_what_came_due_after_its_delay_waits_from_then_on() -> None:
    late = work(run_at=now() + timedelta(hours=1))
    let_time_pass(late)
    assert (depth().waiting, depth().delayed) == (1, 0)
    assert 1 <= depth().oldest_waiting_seconds < 30


def test_what_ended_is_not_told() -> None:
    say(claimed(), 1, state="succeeded")
    assert depth() == Depth("test")


def test_the_age_of_the_oldest_grows_while_the_broker_takes_nothing() -> None:
    waiting = work()
    Due.objects.filter(pk=waiting).update(since=now() - timedelta(minutes=10))
    for _ in range(3):
        let_time_pass(waiting)
        unpublished([call.operation for call in take_due()], after=1)
    assert 600 <= depth().oldest_waiting_seconds < 630


def test_it_is_one_question(django_assert_num_queries: Any) -> None:
    work()
    with django_assert_num_queries(1):
        queue_depths()
