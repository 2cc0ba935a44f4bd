"""What Prometheus is told of the log."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from prometheus_client import REGISTRY

from angarium.engine.events import metrics
from angarium.engine.events.models import Event
from angarium.engine.events.public import publish, stamp
from angarium.kernel.clock import now

from .models import Opened

pytestmark = pytest.mark.django_db(transaction=True)


def told() -> dict[str, float]:
    return {reading.name: reading.values[()] for reading in metrics.read()}


def published() -> float:
    return REGISTRY.get_sample_value("angarium_events_published_total", {"type": Opened.type}) or 0.0


def test_events_are_counted_by_type_once_they_are_committed() -> None:
    before = published()
    with transaction.atomic():
        publish(Opened(name="A"))
        transaction.set_rollback(True)
    with transaction.atomic():
        publish(Opened(name="A"), Opened(name="B"))
        assert published() == before
    assert published() == before + 2


def test_the_log_s_standing_is_read_from_it() -> None:
    stamped = told()["angarium_events_stamped"]
    assert (told()["angarium_events_unstamped"], told()["angarium_events_lag_seconds"]) == (0, 0)
    with transaction.atomic():
        publish(Opened(name="A"))
    Event.objects.filter(position__isnull=True).update(at=now() - timedelta(seconds=60))
    assert told()["angarium_events_unstamped"] == 1
    assert told()["angarium_events_lag_seconds"] == pytest.approx(60, abs=5)
    stamp()
    assert told() == {
        "angarium_events_stamped": stamped + 1,
        "angarium_events_unstamped": 0,
        "angarium_events_lag_seconds": 0,
    }
