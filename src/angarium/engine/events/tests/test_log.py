"""Reading the log, its lag, and letting go of what is old."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from angarium.engine.events.models import Event
from angarium.engine.events.public import events_of_subject, lag, prune, publish, stamp
from angarium.kernel.clock import now

from .models import Opened

pytestmark = pytest.mark.django_db


def test_nothing_waits_in_an_empty_log() -> None:
    assert lag() == {"unstamped": 0, "oldest_seconds": None}


def test_the_lag_is_that_of_the_oldest_event_without_a_position() -> None:
    publish(Opened(name="A"), Opened(name="B"))
    Event.objects.filter(subject="shelf.library:A").update(at=now() - timedelta(seconds=60))
    waiting = lag()
    assert waiting["unstamped"] == 2
    assert waiting["oldest_seconds"] == pytest.approx(60, abs=5)
    stamp()
    assert lag()["unstamped"] == 0


def test_publishing_nothing_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        publish()


def test_the_newest_events_of_a_subject_oldest_first() -> None:
    publish(*[Opened(name="A")] * 3, Opened(name="B"))
    found = events_of_subject("shelf.library:A", limit=2)
    ids = list(Event.objects.filter(subject="shelf.library:A").order_by("id").values_list("id", flat=True))
    assert [event.id for event in found] == ids[1:]


def test_pruning_takes_old_stamped_events_in_batches_and_no_others() -> None:
    publish(*(Opened(name=str(number)) for number in range(5)))
    stamp()
    Event.objects.update(at=now() - timedelta(days=2))
    publish(Opened(name="young"))
    stamp()
    publish(Opened(name="unstamped"))
    Event.objects.filter(subject="shelf.library:unstamped").update(at=now() - timedelta(days=2))
    assert prune(now() - timedelta(days=1), batch=2) == 5
    assert prune(now() - timedelta(days=1), batch=2) == 0
    left = Event.objects.order_by("id").values_list("subject", flat=True)
    assert list(left) == ["shelf.library:young", "shelf.library:unstamped"]
