"""What the doctor learns of the queues of a real RabbitMQ, without its management plugin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from angarium.config.doctor.check import check_of
from angarium.config.doctor.rabbitmq import ITS_OWN_TIMEOUT, RABBITMQ, consumer_timeout
from angarium.config.doctor.source import Away
from angarium.config.settings.broker import transport_options
from angarium.engine.tasks.inspection import QueueFound, RabbitMQ
from angarium.engine.tasks.public import CONSUMER_TIMEOUT, DEAD_LETTERS, inspect_rabbitmq, task
from angarium.engine.tasks.testing import broker_at, own_tasks
from angarium.processor.queues import MOST_DEAD_LETTERS, WEEK, QuorumQueue
from tests.servers import rabbitmq

pytestmark = pytest.mark.processes
SOUND = dict(QuorumQueue("tests").queue_arguments)
DEAD = {"x-queue-type": "quorum", "x-max-length": MOST_DEAD_LETTERS, "x-message-ttl": WEEK}


@pytest.fixture
def server(settings: Any) -> Iterator[rabbitmq.Server]:
    """A broker for one queue, `tests`, which is not yet there."""
    made = rabbitmq.new_server()
    settings.CELERY_BROKER_URL = made.url
    with own_tasks():

        @task(name="tests.called", queue="tests")
        def call() -> None: ...

        with broker_at(made.url, transport_options(made.url)):
            yield made
    made.resume()


@pytest.fixture
def channel(server: rabbitmq.Server) -> Iterator[Any]:
    with server.connected() as connection, connection.channel() as opened:
        yield opened


def declare(channel: Any, *, dead_letters: bool = True, **changes: Any) -> None:
    """The queue with other arguments than it should have; None leaves one out. Somebody takes from it."""
    arguments = {**SOUND, **{f"x-{name.replace('_', '-')}": value for name, value in changes.items()}}
    given = {name: value for name, value in arguments.items() if value is not None}
    channel.queue_declare("tests", durable=True, auto_delete=False, arguments=given)
    if dead_letters:
        keep_dead_letters(channel)
    channel.basic_consume("tests")


def keep_dead_letters(channel: Any) -> None:
    channel.queue_declare(DEAD_LETTERS, durable=True, auto_delete=False, arguments=DEAD)


def found() -> list[str]:
    assert RABBITMQ.wanted()
    with RABBITMQ.reach() as broker:
        return [code for code in sorted(RABBITMQ.checks) for _ in check_of(code).look(broker)]  # type: ignore[misc]


def test_queues_as_they_should_be_are_not_told_of_and_none_is_made(server: rabbitmq.Server, channel: Any) -> None:
    assert found() == []
    assert server.queues() == []
    declare(channel)
    assert found() == []
    (queue,) = inspect_rabbitmq().queues
    assert queue == QueueFound("tests", messages=0, consumers=1, arguments=SOUND)
    assert server.queues() == [DEAD_LETTERS, "tests"]


def test_ang031_a_classic_queue(channel: Any) -> None:
    declare(channel, queue_type="classic", delivery_limit=None)
    assert found() == ["ANG031"]


def test_ang031_a_queue_of_no_declared_kind_is_a_classic_one(channel: Any) -> None:
    channel.queue_declare("tests", durable=True, auto_delete=False)
    assert found() == ["ANG031", "ANG033", "ANG035"]


def test_ang031_a_queue_that_does_not_outlive_its_broker(channel: Any) -> None:
    keep_dead_letters(channel)
    channel.queue_declare("tests", durable=False, auto_delete=False)
    channel.basic_consume("tests")
    assert found() == ["ANG031"]
    assert [queue.kind for queue in inspect_rabbitmq().queues] == ["transient"]


def test_ang032_a_queue_without_a_delivery_limit(channel: Any) -> None:
    declare(channel, delivery_limit=None)
    assert found() == ["ANG032"]


@pytest.mark.parametrize("missing", [{"dead_letter_routing_key": "elsewhere"}, {"dead_letter_exchange": None}])
def test_ang033_dead_letters_that_go_nowhere(channel: Any, missing: dict[str, Any]) -> None:
    more = {} if "dead_letter_routing_key" in missing else {"dead_letter_routing_key": None}
    declare(channel, **missing, **more)
    assert found() == ["ANG033"]


def test_ang033_there_is_no_queue_for_dead_letters(channel: Any) -> None:
    declare(channel, dead_letters=False)
    assert found() == ["ANG033"]


def test_every_difference_is_learnt_although_rabbitmq_names_one_at_a_time(channel: Any) -> None:
    declare(channel, delivery_limit=7, dead_letter_exchange="amq.direct", dead_letter_routing_key="elsewhere")
    (queue,) = inspect_rabbitmq().queues
    assert {name: queue.arguments[name] for name in queue.arguments if queue.arguments[name] != SOUND[name]} == {
        "x-delivery-limit": 7,
        "x-dead-letter-exchange": "amq.direct",
        "x-dead-letter-routing-key": "elsewhere",
    }


def test_ang034_a_task_that_takes_longer_than_this_rabbitmq_waits(channel: Any) -> None:
    declare(channel)

    @task(name="tests.long", queue="tests", timeout=timedelta(hours=1))
    def long() -> None: ...

    codes = found()
    assert codes == (["ANG034"] if inspect_rabbitmq().release < (3, 12) else [])


@pytest.mark.parametrize(
    ("release", "said", "limit"),
    [
        ((3, 11), CONSUMER_TIMEOUT, ITS_OWN_TIMEOUT),
        ((3, 12), CONSUMER_TIMEOUT, None),
        ((4, 1), None, ITS_OWN_TIMEOUT),
        ((4, 1), 60_000, 60.0),
    ],
)
def test_ang034_from_3_12_on_the_queue_s_own_word_counts(
    release: tuple[int, int], said: int | None, limit: float | None
) -> None:
    queue = QueueFound("tests", 0, 1, {**SOUND, "x-consumer-timeout": said})
    with own_tasks():

        @task(name="tests.long", queue="tests", timeout=timedelta(hours=1))
        def long() -> None: ...

        wrong = list(consumer_timeout(RabbitMQ(release, [queue], keeps_dead_letters=True)))
    assert wrong == (
        [f"The consumer timeout of the queue tests is {limit:g} s, and tests.long may take 3600 s."] if limit else []
    )


def test_ang035_a_queue_from_which_nobody_takes(server: rabbitmq.Server, channel: Any) -> None:
    declare(channel)
    channel.close()
    assert found() == ["ANG035"]


@pytest.mark.parametrize("how", ["stop", "pause"])
def test_ang030_a_rabbitmq_that_is_away_or_silent_is_one_sentence(server: rabbitmq.Server, how: str) -> None:
    getattr(server, how)()
    with pytest.raises(
        Away, match=rf"^RabbitMQ at amqp://127.0.0.1:{server.port} does not answer as it should: .*\.$"
    ) as away:
        found()
    assert "guest" not in str(away.value)
