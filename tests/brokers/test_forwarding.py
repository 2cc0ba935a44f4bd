"""Events on their way to a peer over a real broker: each is sent until the peer says that it has it, and no longer.

The test is the peer: it takes what comes from the queue and answers, or does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

from angarium.engine.events.public import publish, stamp
from angarium.engine.identity.public import SYSTEM
from angarium.engine.ledger import kinds
from angarium.engine.ledger.public import DeadLetter, Due, Operation, State, retry
from angarium.engine.tasks.forward.envelope import Parcel, Receipt, read
from angarium.engine.tasks.forward.forwarder import Forwarder
from angarium.engine.tasks.forward.peers import QUEUE, peers, register_peers
from angarium.engine.tasks.forward.wire import Wire
from angarium.engine.tasks.tests.facts import Happened
from angarium.processor.queues import queue_on
from tests.servers import rabbitmq, redis
from tests.servers.polling import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]
Broker = rabbitmq.Server | redis.Server


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest, settings: Any) -> Iterator[Broker]:
    yield from _told_of({"redis": redis, "rabbitmq": rabbitmq}[request.param].new_server(), settings)


@pytest.fixture
def rabbit(settings: Any) -> Iterator[Broker]:
    yield from _told_of(rabbitmq.new_server(), settings)


def _told_of(server: Broker, settings: Any) -> Iterator[Broker]:
    settings.ANGARIUM_MODULES = {"tests": "angarium.engine.tasks.tests"}
    settings.FORWARD_AS, settings.REPUBLISH_SECONDS = "ours", 1
    settings.FORWARD_TO = ({"name": "theirs", "url": server.url, "types": ("*",)},)
    register_peers()
    yield server
    kinds._kinds.pop("forward.theirs", None)
    if isinstance(server, redis.Server):
        server.stop()


@contextmanager
def forwarding(number: int = 1) -> Iterator[None]:
    running = [Forwarder(peers()[0]) for _ in range(number)]
    for one in running:
        one.start()
    try:
        yield
    finally:
        for one in running:
            one.stop(15)
            assert not one.is_alive()


class Peer:
    """What the other deployment does, by hand."""

    def __init__(self, url: str) -> None:
        self.wire = Wire(url)
        self.wire.open()
        self.queue: Any = queue_on(url, QUEUE).bind(self.wire._connection.default_channel)
        self.queue.declare()

    def take(self) -> list[Parcel]:
        """The next message's events; returns when one has come."""
        found: list[Any] = []

        def came() -> bool:
            found.append(self.queue.get())
            return found[-1] is not None

        eventually(came, what=states)
        found[-1].ack()
        return read(found[-1].payload[0][0]).parcels

    def answer(self, *parcels: Parcel, refused: str = "") -> None:
        self.wire.answer("ours", [Receipt(operation=p.operation, epoch=p.epoch, refused=refused) for p in parcels])


@contextmanager
def peer(broker: Broker) -> Iterator[Peer]:
    made = Peer(broker.url)
    yield made
    made.wire.hang_up()


def happen(*subjects: str) -> None:
    with transaction.atomic():
        publish(*(Happened(number=number, about=about) for number, about in enumerate(subjects)))
    stamp()


def states() -> list[str]:
    return sorted(Operation.objects.filter(kind="forward.theirs").values_list("state", flat=True))


def numbers(parcels: list[Parcel]) -> list[int]:
    return sorted(parcel.event["data"]["number"] for parcel in parcels)


def test_pm_22_what_the_peer_has_received_has_succeeded_and_not_before(broker: Broker) -> None:
    happen("a", "b", "c")
    with forwarding(), peer(broker) as theirs:
        parcels = theirs.take()
        assert numbers(parcels) == [0, 1, 2]
        assert states() == [State.RUNNING] * 3
        theirs.answer(*parcels)
        eventually(lambda: states() == [State.SUCCEEDED] * 3, what=states)
        assert Operation.objects.filter(claims=1).count() == 3


def test_pm_22_of_one_subject_the_next_is_sent_when_the_one_before_is_received(rabbit: Broker) -> None:
    happen("a", "a")
    with forwarding(), peer(rabbit) as theirs:
        first = theirs.take()
        again = theirs.take()  # nobody has answered for a second
        assert (numbers(first), numbers(again)) == ([0], [0])
        assert (first[0].operation, first[0].epoch) == (again[0].operation, again[0].epoch)
        theirs.answer(*first)
        assert numbers(theirs.take()) == [1]
        assert states() == [State.RUNNING, State.SUCCEEDED]


def test_pm_22_what_the_peer_refuses_has_failed_for_people_to_see_and_holds_up_nothing(rabbit: Broker) -> None:
    happen("a", "a")
    with forwarding(), peer(rabbit) as theirs:
        theirs.answer(*theirs.take(), refused="This release does not know it.\0")
        second = theirs.take()
        assert numbers(second) == [1]
        failed = Operation.objects.get(state=State.FAILED)
        assert failed.error == {"code": "refused_by_peer", "message": "This release does not know it."}
        assert DeadLetter.objects.filter(operation=failed).exists()
        theirs.answer(*second)
        retry(failed.id, SYSTEM)
        assert numbers(theirs.take()) == [0]


def test_pm_22_a_broker_that_is_away_costs_no_claim_and_gets_everything_once_it_is_back(broker: Broker) -> None:
    broker.stop()
    happen(*"abcdefgh")
    with forwarding():
        eventually(lambda: not any(Due.objects.values_list("claimed", flat=True)))
        assert states() == [State.QUEUED] * 8
        broker.start()
        with peer(broker) as theirs:
            parcels = theirs.take()
            assert numbers(parcels) == list(range(8))
            theirs.answer(*parcels)
            eventually(lambda: states() == [State.SUCCEEDED] * 8, what=states)
    assert set(Operation.objects.values_list("claims", flat=True)) == {1}


def test_pm_22_what_a_broker_forgot_is_sent_again(broker: Broker) -> None:
    happen("a")
    with forwarding(), peer(broker) as theirs:
        theirs.take()  # and no answer: it is lost
        broker.wipe()
    with forwarding(), peer(broker) as theirs:
        theirs.answer(*theirs.take())
        eventually(lambda: states() == [State.SUCCEEDED], what=states)


def test_pm_22_who_stops_leaves_what_is_on_its_way_to_others_at_once(rabbit: Broker) -> None:
    happen("a")
    with forwarding(), peer(rabbit) as theirs:
        theirs.take()
    assert (states(), Due.objects.get().claimed) == ([State.QUEUED], False)
    with forwarding(2), peer(rabbit) as theirs:
        theirs.answer(*theirs.take())
        eventually(lambda: states() == [State.SUCCEEDED], what=states)


def test_pm_22_garbage_among_the_receipts_harms_nobody(rabbit: Broker) -> None:
    happen("a")
    with forwarding(), peer(rabbit) as theirs:
        parcels = theirs.take()
        queue = "receipts.ours"
        for odd in ("receipts", {"v": 1, "receipts": [{"operation": 5}]}):
            theirs.wire._producer.publish(odd, routing_key=queue, exchange="", serializer="json")
        theirs.answer(Parcel(operation=parcels[0].operation, epoch=parcels[0].epoch + 7, event=None))
        theirs.answer(*parcels)
        eventually(lambda: states() == [State.SUCCEEDED], what=states)
