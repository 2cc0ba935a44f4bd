"""What the queues are on each broker. On RabbitMQ every queue is a quorum queue, with a limit to how often one message
is delivered and a place for those that reach it (ADR-0006).

A dead letter is a wake-up call that nobody will hear: its operation is still in the ledger and is called again when
nobody has claimed it in time. The letters are kept for whoever wants to know why, and no more than a number of them.
"""

from __future__ import annotations

from typing import Any

from amqp.exceptions import AccessRefused, PreconditionFailed, ResourceLocked  # type: ignore[import-untyped]
from celery.worker.consumer.delayed_delivery import DelayedDelivery
from kombu.entity import Queue

DEAD_LETTERS = "angarium.dead"
#: RabbitMQ 4 has 20 by itself, RabbitMQ 3 none.
DELIVERY_LIMIT = 20
MOST_DEAD_LETTERS = 10_000
WEEK = 7 * 24 * 3600 * 1000
#: Milliseconds that a worker may keep a message: half an hour by itself, in which another task of it may well be busy.
CONSUMER_TIMEOUT = 6 * 3600 * 1000


class WrongQueue(Exception):
    """A queue of this name cannot be had: one is there and is of another kind, or the name is not ours to use. Not an
    error of the channel: trying again is no use."""


class QuorumQueue(Queue):
    """A quorum queue that is declared together with the queue for its dead letters."""

    def __init__(self, name: str = "", *arguments: Any, **options: Any) -> None:
        options["queue_arguments"] = {
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": DEAD_LETTERS,
            "x-consumer-timeout": CONSUMER_TIMEOUT,
        }
        super().__init__(name, *arguments, **options)

    def queue_declare(self, nowait: bool = False, passive: bool = False, channel: Any = None) -> Any:
        try:
            _dead_letters(channel or self.channel).queue_declare()
            return super().queue_declare(nowait=nowait, passive=passive, channel=channel)
        except PreconditionFailed as error:
            raise WrongQueue(
                f"RabbitMQ has a queue {self.name} or {DEAD_LETTERS} of another kind ({error.reply_text}). "
                "Delete it (rabbitmqctl delete_queue); the ledger publishes again what it held."
            ) from error
        except (AccessRefused, ResourceLocked) as error:
            raise WrongQueue(f"RabbitMQ lets nobody use a queue {self.name} ({error.reply_text}).") from error


def _dead_letters(channel: Any) -> Queue:
    arguments = {"x-queue-type": "quorum", "x-max-length": MOST_DEAD_LETTERS, "x-message-ttl": WEEK}
    return Queue(DEAD_LETTERS, channel=channel, queue_arguments=arguments)


def queue_on(broker_url: str, name: str) -> Queue:
    """The queue of this name as it is on this broker."""
    kind = QuorumQueue if broker_url.startswith(("amqp:", "amqps:")) else Queue
    return kind(name, routing_key=name)


def without_timers() -> None:
    """Have workers declare none of the 28 queues with which Celery delays messages on RabbitMQ: timers are rows here,
    and no message ever waits in the broker for its time."""
    DelayedDelivery.include_if = lambda step, consumer: False
