"""What the doctor says of other deployments: their brokers, who takes our events there, and who takes theirs here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from angarium.config.doctor.check import check_of
from angarium.config.doctor.peers import PEERS, asked
from angarium.engine.ledger import kinds
from angarium.engine.ledger.public import Operation, start
from angarium.engine.tasks.forward.peers import register_peers
from angarium.engine.tasks.public import Process
from angarium.kernel.clock import now

pytestmark = pytest.mark.django_db
AWAY = "redis://:hidden@127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def _peer(settings: Any) -> Iterator[None]:
    settings.FORWARD_TO = ({"name": "theirs", "url": AWAY, "types": ("*",)},)
    register_peers()
    yield
    kinds._kinds.pop("forward.theirs", None)


def found(code: str) -> list[str]:
    if code in PEERS.checks:
        with asked() as facts:
            return list(check_of(code).look(facts))  # type: ignore[misc]
    return list(check_of(code).look(connection))  # type: ignore[misc]


def test_ang070_a_peer_whose_broker_is_away_is_named_without_its_password() -> None:
    (said,) = found("ANG070")
    assert said.startswith("The broker of theirs at redis://127.0.0.1:1 does not answer: ")
    assert "hidden" not in said
    assert found("ANG071") == []


def test_ang070_without_peers_nobody_is_asked(settings: Any) -> None:
    settings.FORWARD_TO = ()
    assert not PEERS.wanted()


def test_ang072_events_that_wait_for_long_are_told_of() -> None:
    with transaction.atomic():
        start("forward.theirs", event={})
        start("forward.theirs", event={})
    assert found("ANG072") == []
    Operation.objects.update(created_at=now() - timedelta(minutes=5))
    assert found("ANG072") == ["2 events wait for theirs, the oldest for 300 s."]


def test_ang073_events_are_awaited_and_no_worker_takes_them(settings: Any) -> None:
    settings.FORWARD_FROM = ("lessons",)
    assert found("ANG073") == []
    worker = Process.objects.create(role="worker", host="here", pid=7, version="1", queues=["projects"])
    assert found("ANG073") == ["FORWARD_FROM names lessons, and no worker takes from the queue forwarded."]
    worker.queues = ["projects", "forwarded"]
    worker.save()
    assert found("ANG073") == []
