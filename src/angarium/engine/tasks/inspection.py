"""What RabbitMQ says of the queues that it has: how many take from each, and what it was declared with.

Without its management plugin it tells nobody what a queue was declared with, but it refuses a declaration that differs
and names the first difference. So a queue that is there is declared as it should be, then as it was said to be, until
nothing differs. That changes no queue; one that is not there is left so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from amqp.exceptions import AMQPError, NotFound, PreconditionFailed  # type: ignore[import-untyped]
from kombu.exceptions import KombuError

from angarium.engine.ledger.public import kinds
from angarium.processor.queues import DEAD_LETTERS, QuorumQueue

from .celery import app

#: Seconds for connecting and for each answer.
CONNECT, ANSWER = 2, 3
#: More than a declaration has arguments.
ROUNDS = 12
_DIFFERS = re.compile(r"inequivalent arg '([^']+)'.* but current is (?:the value )?(?:none|'([^']*)')")
_NUMBER = re.compile(r"-?\d+")


class BrokerAway(Exception):
    """RabbitMQ cannot be reached, or does not let us in."""


@dataclass(frozen=True, slots=True)
class QueueFound:
    """A queue as it is; `arguments` are those that it was declared with, as far as we have an opinion on them."""

    name: str
    messages: int
    consumers: int
    arguments: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.arguments.get("x-queue-type", "classic"))


@dataclass(frozen=True, slots=True)
class RabbitMQ:
    """`release` is (3, 12); `queues` are those that operations travel on, as far as they are there."""

    release: tuple[int, ...]
    queues: list[QueueFound] = field(default_factory=list)
    keeps_dead_letters: bool = False

    @property
    def quorum(self) -> list[QueueFound]:
        return [queue for queue in self.queues if queue.kind == "quorum"]


def inspect_rabbitmq() -> RabbitMQ:
    """Ask the broker of this process. BrokerAway when it does not answer."""
    options = {**app.conf.broker_transport_options, "read_timeout": ANSWER, "write_timeout": ANSWER}
    connection = app.connection_for_write(connect_timeout=CONNECT, transport_options=options)
    try:
        connection.connect()
        wire = connection.connection
        names = {queue.name for queue in app.conf.task_queues} | {kind.queue for kind in kinds().values()} - {""}
        return RabbitMQ(
            release=tuple(map(int, re.findall(r"\d+", str(wire.server_properties["version"]))[:2])),
            queues=[found for name in sorted(names) for found in _found(wire, name)],
            keeps_dead_letters=_declared(wire, DEAD_LETTERS) is not None,
        )
    except (OSError, AMQPError, KombuError) as error:
        raise BrokerAway(str(error)) from error
    finally:
        connection.collect()


def _found(wire: Any, name: str) -> Iterator[QueueFound]:
    if (there := _declared(wire, name)) is not None:
        yield QueueFound(name, there.message_count, there.consumer_count, _arguments(wire, name))


def _declared(wire: Any, name: str) -> Any:
    """What RabbitMQ answers about a queue; None when there is none. It closes a channel over each no."""
    try:
        with wire.channel() as channel:
            return channel.queue_declare(name, passive=True)
    except NotFound:
        return None


def _arguments(wire: Any, name: str) -> dict[str, Any]:
    """What it was declared with. Of any other than a quorum queue only that it is one: it is wrong as a whole."""
    wanted: Any = QuorumQueue(name)
    arguments = dict(wanted.queue_arguments)
    for _ in range(ROUNDS):
        try:
            with wire.channel() as channel:
                channel.queue_declare(name, durable=True, auto_delete=False, arguments=arguments)
        except PreconditionFailed as error:
            if not (differs := _DIFFERS.search(error.reply_text)):
                raise
            _put(arguments, differs[1], differs[2])
            if not differs[1].startswith("x-"):  # durable, auto_delete
                return {"x-queue-type": "transient"}
            if arguments.get("x-queue-type", "classic") != "quorum":
                return {"x-queue-type": arguments.get("x-queue-type", "classic")}
        else:
            break
    return arguments


def _put(arguments: dict[str, Any], name: str, value: str | None) -> None:
    if value is None:
        arguments.pop(name, None)
    else:
        arguments[name] = int(value) if _NUMBER.fullmatch(value) else value
