"""RabbitMQ: what its queues are, which is decided once and for all by whoever declares them first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from angarium.engine.tasks.public import DEAD_LETTERS, BrokerAway, RabbitMQ, inspect_rabbitmq

from .celery import scheme, shorter_than_longest
from .check import Severity, check, unseen
from .source import Away, Source
from .wording import one_line, place

#: Seconds that RabbitMQ gives a consumer by itself, and the first release that heeds what a queue says instead.
ITS_OWN_TIMEOUT, HEEDS_QUEUES = 1800.0, (3, 12)
DECLARED_ANEW = (
    "Stop the workers, delete the queue (rabbitmqctl delete_queue NAME) and start them: they declare it as it should "
    "be, and the ledger publishes again what it held."
)


@contextmanager
def reached() -> Iterator[RabbitMQ]:
    try:
        found = inspect_rabbitmq()
    except BrokerAway as error:
        raise Away(
            f"RabbitMQ at {place(settings.CELERY_BROKER_URL)} does not answer as it should: {one_line(error)}."
        ) from error
    yield found


RABBITMQ: Source[RabbitMQ] = Source(
    name="RabbitMQ",
    reach=reached,
    wanted=lambda: scheme() == "amqp",
    away=unseen(
        "ANG030",
        "The broker (RabbitMQ) does not answer",
        source="RabbitMQ",
        why="Requests do not wait for it, and what is accepted waits in the database; but nothing is worked on.",
        remedy="Start it, or mend CELERY_BROKER_URL; worker and relay find it again by themselves.",
    ),
)


@check(
    "ANG031",
    "A queue of RabbitMQ is no quorum queue",
    of=RABBITMQ,
    severity=Severity.ERROR,
    why="A classic queue lives on one node, knows no delivery limit and can lose what it confirmed (ADR-0006). "
    "Workers refuse to start on it.",
    remedy=DECLARED_ANEW,
)
def classic(found: RabbitMQ) -> Iterator[str]:
    for queue in found.queues:
        if queue.kind != "quorum":
            yield f"The queue {queue.name} is a {queue.kind} queue."


@check(
    "ANG032",
    "A queue of RabbitMQ has no delivery limit",
    of=RABBITMQ,
    severity=Severity.ERROR,
    why="A message that kills whoever takes it comes back for ever on RabbitMQ 3, worker after worker; RabbitMQ 4 "
    "drops it after twenty times by itself.",
    remedy=DECLARED_ANEW,
)
def delivery_limit(found: RabbitMQ) -> Iterator[str]:
    for queue in found.quorum:
        if not queue.arguments.get("x-delivery-limit"):
            yield f"The queue {queue.name} has no x-delivery-limit."


@check(
    "ANG033",
    "What RabbitMQ gives up goes nowhere",
    of=RABBITMQ,
    severity=Severity.ERROR,
    why="At its delivery limit a message goes to the dead letters; without a place for them it is dropped, and nobody "
    "can see why work did not begin.",
    remedy=DECLARED_ANEW,
)
def dead_letters(found: RabbitMQ) -> Iterator[str]:
    for queue in found.quorum:
        to = queue.arguments.get("x-dead-letter-routing-key") if "x-dead-letter-exchange" in queue.arguments else None
        if to != DEAD_LETTERS:
            yield f"The queue {queue.name} sends its dead letters to {to or 'nobody'}, not to {DEAD_LETTERS}."
    if found.queues and not found.keeps_dead_letters:
        yield f"There is no queue {DEAD_LETTERS}."


@check(
    "ANG034",
    "A queue of RabbitMQ lets workers keep a message for less than the longest task takes",
    of=RABBITMQ,
    severity=Severity.ERROR,
    why="When the time is over RabbitMQ closes the worker's channel, and all that it held comes back. Before 3.12 "
    "RabbitMQ does not heed what a queue says: there the consumer_timeout of rabbitmq.conf counts, which is half an "
    "hour unless it says otherwise, and which nobody can ask for.",
    remedy="With RabbitMQ 3.12 or later delete the queue, so that it is declared anew; with an older one set "
    "consumer_timeout in rabbitmq.conf, and skip this check.",
)
def consumer_timeout(found: RabbitMQ) -> Iterator[str]:
    heeds = found.release >= HEEDS_QUEUES
    for queue in found.queues:
        said = queue.arguments.get("x-consumer-timeout") if heeds else None
        seconds = float(said) / 1000 if isinstance(said, int | float) else ITS_OWN_TIMEOUT
        yield from shorter_than_longest(f"The consumer timeout of the queue {queue.name}", seconds)


@check(
    "ANG035",
    "Nobody takes from a queue of RabbitMQ",
    of=RABBITMQ,
    severity=Severity.ERROR,
    why="What is published there waits, whoever else works: a worker with -Q takes from the queues that it names and "
    "from no other.",
    remedy="Start a worker without -Q, or one that names this queue; docs/reference/map.md says what travels on it.",
)
def unconsumed(found: RabbitMQ) -> Iterator[str]:
    for queue in found.queues:
        if not queue.consumers:
            yield f"RabbitMQ knows nobody who takes from the queue {queue.name}, where {queue.messages} messages wait."
