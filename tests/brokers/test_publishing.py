"""Publishing to a real broker: what it does not confirm is due again, whatever the reason was."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from angarium.engine.ledger import kinds
from angarium.engine.ledger.public import Due, Kind, start, take_due
from angarium.engine.ledger.testing import let_time_pass
from angarium.engine.tasks.celery import app
from angarium.engine.tasks.courier import MOST_PER_MESSAGE, _send, publish
from angarium.engine.tasks.public import task
from angarium.engine.tasks.testing import broker_at, own_tasks
from angarium.kernel.clock import now
from angarium.processor.conf import transport_options
from angarium.processor.queues import DEAD_LETTERS
from tests.servers import rabbitmq, redis
from tests.servers.polling import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

Broker = rabbitmq.Server | redis.Server
#: Queues of services that were never started; a name that RabbitMQ keeps to itself; none, for who asks over HTTP.
OTHERS = ("thumbs", "amq.ours", "")


@pytest.fixture(autouse=True)
def _task() -> Iterator[None]:
    with own_tasks():

        @task(name="tests.call", queue="lessons")
        def call() -> None: ...

        for queue in OTHERS:
            kinds._kinds[f"tests.other.{queue}"] = Kind(f"tests.other.{queue}", queue)
        yield
        for queue in OTHERS:
            del kinds._kinds[f"tests.other.{queue}"]


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    server = {"redis": redis, "rabbitmq": rabbitmq}[request.param].new_server()
    with broker_at(server.url, transport_options(server.url)):
        yield server
    server.resume()  # a silent one could not be asked to end


@pytest.fixture
def rabbit() -> Iterator[rabbitmq.Server]:
    server = rabbitmq.new_server()
    with broker_at(server.url, transport_options(server.url)):
        yield server


def accepted(number: int = 1) -> list[UUID]:
    with transaction.atomic():
        return [start("tests.call") for _ in range(number)]


def taken() -> int:
    """How many of the operations that are due the broker took."""
    let_time_pass(*Due.objects.values_list("pk", flat=True))
    return publish(take_due())


def publications() -> list[int]:
    return list(Due.objects.values_list("publishes", flat=True))


def test_what_the_broker_takes_is_not_due_at_once(broker: Broker) -> None:
    accepted(3)
    assert (taken(), publications()) == (3, [1, 1, 1])


@pytest.mark.parametrize("how", ["stop", "pause"])
def test_what_a_broker_that_is_away_does_not_take_is_due_again(broker: Broker, how: str) -> None:
    accepted()
    assert taken() == 1
    getattr(broker, how)()
    assert (taken(), publications()) == (0, [1])
    broker.start() if how == "stop" else broker.resume()
    eventually(lambda: taken() == 1, within=15)  # a quorum queue takes a moment after a start
    assert publications() == [2]


def test_a_queue_that_was_deleted_is_made_again(rabbit: rabbitmq.Server) -> None:
    accepted()
    assert taken() == 1
    rabbit.wipe()
    assert taken() == 0
    assert (taken(), rabbit.depth("lessons")) == (1, 1)


def test_what_the_broker_refuses_is_due_again(rabbit: rabbitmq.Server) -> None:
    accepted()
    assert taken() == 1
    with rabbit.refusing("lessons"):
        eventually(lambda: taken() == 0)  # the limit of a quorum queue is a soft one
        before = publications()
        assert (taken(), publications()) == (0, before)
    assert taken() == 1


def test_a_message_that_is_too_large_is_refused_aloud_and_the_next_one_is_not(rabbit: rabbitmq.Server) -> None:
    """RabbitMQ closes the channel over it, which kombu #2336 does not hear without confirms."""
    many = [uuid4()] * (rabbitmq.MAX_MESSAGE // 36)
    with pytest.raises(app.connection().channel_errors):
        _send("tests.call", "lessons", many)
    _send("tests.call", "lessons", many[:MOST_PER_MESSAGE])
    assert rabbit.depth("lessons") == 1


def for_queue(queue: str) -> UUID:
    with transaction.atomic():
        return start(f"tests.other.{queue}")


def test_a_queue_that_nobody_ever_listened_to_is_declared_as_its_workers_would(rabbit: rabbitmq.Server) -> None:
    for_queue("thumbs")
    assert (taken(), publications(), rabbit.depth("thumbs")) == (1, [1], 1)
    assert rabbit.kinds() == {DEAD_LETTERS: "quorum", "thumbs": "quorum"}
    assert "thumbs" not in app.amqp.queues.consume_from


def test_a_queue_that_cannot_be_used_holds_up_nobody_else(rabbit: rabbitmq.Server) -> None:
    unusable = [for_queue("amq.ours") for _ in range(3)]
    accepted(2)
    for_queue("thumbs")
    assert taken() == 3
    left = Due.objects.filter(publishes=0)
    assert sorted(left.values_list("pk", flat=True)) == sorted(unusable)
    assert min((row.due_at - now()).total_seconds() for row in left if row.due_at) > 20
    assert (rabbit.depth("lessons"), rabbit.depth("thumbs")) == (1, 1)


def test_what_has_no_queue_is_published_nowhere_and_counts_as_taken(broker: Broker) -> None:
    for_queue("")
    accepted()
    assert (taken(), publications()) == (2, [1, 1])


def test_queues_are_quorum_queues_with_a_place_for_dead_letters(rabbit: rabbitmq.Server) -> None:
    accepted()
    taken()
    assert rabbit.queues() == [DEAD_LETTERS, "lessons"]
    assert rabbit.kinds() == {DEAD_LETTERS: "quorum", "lessons": "quorum"}


@pytest.mark.parametrize("how", ["rejected", "delivered too often"])
def test_what_the_broker_gives_up_is_kept_there_and_called_for_again(rabbit: rabbitmq.Server, how: str) -> None:
    accepted()
    assert taken() == 1
    rabbit.reject("lessons", times=1 if how == "rejected" else 30, again=how != "rejected")
    assert (rabbit.depth("lessons"), rabbit.depth(DEAD_LETTERS)) == (0, 1)
    assert (taken(), rabbit.depth("lessons")) == (1, 1)


def test_a_queue_of_another_kind_is_refused_with_what_to_do(rabbit: rabbitmq.Server) -> None:
    with rabbit.connected() as connection:
        connection.channel().queue_declare("lessons", durable=True, auto_delete=False)
    with pytest.raises(Exception, match=r"Delete it \(rabbitmqctl delete_queue\)"):
        _send("tests.call", "lessons", [uuid4()])
    accepted()
    assert (taken(), publications()) == (0, [0])
    rabbit.wipe()
    assert taken() == 1
