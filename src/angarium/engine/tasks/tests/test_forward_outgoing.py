"""Which events become operations that take them to peers, and what is said of it in numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from angarium.contracts.projects import ProjectCreated
from angarium.engine.events.public import Event, publish, stamp
from angarium.engine.ledger import kinds
from angarium.engine.ledger.public import Due, Operation
from angarium.engine.observability.metrics import exposition
from angarium.engine.tasks.forward.envelope import Told
from angarium.engine.tasks.forward.metrics import show_peers
from angarium.engine.tasks.forward.peers import register_peers
from angarium.engine.tasks.tests.facts import Happened

pytestmark = pytest.mark.django_db

PEERS = (
    {"name": "all", "url": "redis://127.0.0.1:1/0", "types": ("*",)},
    {"name": "some", "url": "redis://127.0.0.1:1/0", "types": ("tests.other_*", "tests.happened.v1")},
    {"name": "none", "url": "redis://127.0.0.1:1/0", "types": ("lessons.*",)},
)


@pytest.fixture(autouse=True)
def _peers(settings: Any) -> Iterator[None]:
    settings.FORWARD_TO = PEERS
    settings.ANGARIUM_MODULES = {"tests": "angarium.engine.tasks.tests"}
    register_peers()
    yield
    for peer in PEERS:
        kinds._kinds.pop(f"forward.{peer['name']}", None)


def happen(*numbers: int) -> None:
    with transaction.atomic():
        publish(*(Happened(number=number) for number in numbers))
    stamp()


def test_pm_22_an_event_becomes_one_operation_for_each_peer_that_asks_for_it() -> None:
    happen(1, 2)
    assert stamp() == 0
    found = list(Due.objects.order_by("kind", "ordinal").values_list("kind", "queue", "order_key"))
    assert found == [(kind, "", "tests.thing:one") for kind in ("forward.all",) * 2 + ("forward.some",) * 2]


def test_pm_22_an_operation_carries_the_whole_event() -> None:
    happen(1)
    event = Event.objects.get()
    operation = Operation.objects.filter(kind="forward.all").get()
    carried = operation.input["event"]
    assert set(carried) == set(Told.__struct_fields__)
    assert (carried["uid"], carried["data"]) == (str(event.uid), {"number": 1, "about": "one"})
    assert (operation.event_id, operation.actor) == (event.uid, event.actor)


def test_pm_22_what_is_about_modules_elsewhere_goes_no_further() -> None:
    with transaction.atomic():
        publish(ProjectCreated(project_id=1, name="Theirs"))
    stamp()
    assert not Operation.objects.filter(kind__startswith="forward.").exists()


def test_pm_22_without_peers_nothing_is_forwarded(settings: Any) -> None:
    settings.FORWARD_TO = ()
    happen(1)
    assert not Operation.objects.filter(kind__startswith="forward.").exists()


def series(name: str) -> dict[str, float]:
    lines = [line for line in exposition().decode().splitlines() if line.startswith(name)]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_pm_22_the_metrics_say_what_waits_for_each_peer() -> None:
    happen(1, 2)
    waiting = series("angarium_forward_waiting")
    assert waiting == {
        'angarium_forward_waiting{peer="all"}': 2,
        'angarium_forward_waiting{peer="some"}': 2,
        'angarium_forward_waiting{peer="none"}': 0,
    }
    assert set(series("angarium_forward_oldest_seconds")) == {
        key.replace("waiting", "oldest_seconds") for key in waiting
    }


def test_pm_22_without_peers_the_metrics_are_there_and_say_nothing(settings: Any) -> None:
    settings.FORWARD_TO = ()
    show_peers()
    assert series("angarium_forward_waiting") == {'angarium_forward_waiting{peer=""}': 0}
    assert series("angarium_forward_failures_total")['angarium_forward_failures_total{peer=""}'] == 0
