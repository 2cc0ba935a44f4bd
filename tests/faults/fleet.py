"""Roles as processes of their own on PostgreSQL and a broker, any number of each, beside the work to count."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import amqp
import psycopg
import redis as client

from tests.faults.history import append
from tests.faults.scene import Scene
from tests.servers import postgres, rabbitmq, redis
from tests.servers.environment import free_port, wait_for_port
from tests.servers.polling import eventually
from tests.servers.processes import Process

LEASE = 3
#: Queues on which the tests' messages wait.
QUEUES = ("work", "bad", "lessons", "engine")
WRITE = "from tests.faults.writing import write_many; write_many({name!r}, boxes={boxes}, each={each})"


Broker = redis.Server | rabbitmq.Server


class Fleet(Scene):
    """Starts with nothing running; `database` defaults to one in the run's own server, the broker to a Redis server,
    which stands for the Redis of RabbitMQ's fleet as well."""

    def __init__(self, database: str = "", broker: Broker | None = None, **environment: str) -> None:
        live = redis.new_server()
        self.broker: Broker = broker or live
        self.database = database or postgres.new_database()
        self.processes: list[Process] = []
        self._stood: dict[Any, tuple[Any, ...]] = {}
        super().__init__(
            self.database,
            CELERY_BROKER_URL=self.broker.url,
            REDIS_URL=live.url,
            LEASE_SECONDS=str(LEASE),
            REPUBLISH_SECONDS="2",
            WEB_WORKERS="1",
            **environment,
        )

    def begin(self, role: str, *words: str, **environment: str) -> Process:
        """A process in this role, which need not be ready."""
        self.processes.append(self.start(role, *words, **environment))
        return self.processes[-1]

    def worker(self, concurrency: int = 2, **environment: str) -> Process:
        """A worker that takes messages."""
        worker = self.begin("worker", "-c", str(concurrency), **environment)
        worker.wait_for(r"celery@\S+ ready|celery\.apps\.worker .*ready", within=90)
        return worker

    def web(self) -> Process:
        """The web role, listening; `ask` goes there."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        web = self.begin("web", PORT=str(port))
        wait_for_port(port)
        return web

    def write(self, name: str, *, boxes: int, each: int) -> None:
        """So many boxes with so many parcels each, written by a process of its own; every fourth is undone."""
        self.run("shell", "-c", WRITE.format(name=name, boxes=boxes, each=each))

    def look(self, query: str) -> list[tuple[Any, ...]]:
        """What the database holds, read from outside the product."""
        with psycopg.connect(self.database, connect_timeout=5) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    def see(self) -> None:
        """Write into the history where each operation stands that has moved since we looked last."""
        for id, *place in self.look("select id, state, epoch, seq from ledger_operation"):
            if self._stood.get(id) != tuple(place):
                self._stood[id] = state, epoch, seq = tuple(place)
                append(self.file, "seen", operation=id, state=state, epoch=epoch, seq=seq)

    def wait_until_done(self, *, within: float = 120) -> None:
        """Every event was seen by the relay, and every operation has ended or waits for a time that is far. Whoever
        waits looks at the operations meanwhile, and so the checker learns what can be seen of them."""
        waiting = (
            "select (select count(*) from events_event where position is null) + count(*) from ledger_due "
            "where due_at < now() + interval '3 hours'"
        )

        def done() -> bool:
            self.see()
            return self.look(waiting) == [(0,)]

        eventually(done, within=within, what=self.waiting)

    def waiting(self) -> object:
        return self.look(
            "select o.kind, o.state, o.claims, o.message, d.due_at - now() "
            "from ledger_operation o join ledger_due d on d.operation_id = o.id order by d.due_at limit 20"
        )

    def multiply_messages(self, times: int) -> int:
        """Every message that waits is there so many times, in any order; returns how many there are now."""
        multiply = _multiply_in_rabbitmq if isinstance(self.broker, rabbitmq.Server) else _multiply_in_redis
        return sum(multiply(self.broker, queue, times, random.Random(5)) for queue in QUEUES)

    def messages(self) -> int:
        """How many messages wait."""
        if isinstance(self.broker, rabbitmq.Server):
            return sum(self.broker.depth(queue) or 0 for queue in QUEUES)
        with client.Redis.from_url(self.broker.url) as broker:
            return sum(int(broker.llen(queue)) for queue in QUEUES)  # type: ignore[arg-type]

    def halt(self) -> None:
        """Kill what runs, and forget the messages; instance and database stay."""
        while self.processes:
            self.processes.pop().kill()
        self.broker.wipe()

    def end(self) -> None:
        self.halt()
        if isinstance(self.broker, redis.Server):
            self.broker.stop()  # a RabbitMQ is that of the whole process


def _multiply_in_redis(server: redis.Server, queue: str, times: int, dice: random.Random) -> int:
    with client.Redis.from_url(server.url) as broker:
        messages = [again for raw in broker.lrange(queue, 0, -1) for again in _copies(raw, times)]
        dice.shuffle(messages)
        if messages:
            broker.pipeline().delete(queue).rpush(queue, *messages).execute()
    return len(messages)


def _multiply_in_rabbitmq(server: rabbitmq.Server, queue: str, times: int, dice: random.Random) -> int:
    if not server.depth(queue):
        return 0
    with server.connected() as connection:
        channel = connection.channel()
        messages = list(iter(lambda: channel.basic_get(queue, no_ack=True), None)) * times
        dice.shuffle(messages)
        for message in messages:
            channel.basic_publish(amqp.Message(message.body, **message.properties), routing_key=queue)
    return len(messages)


def _copies(raw: bytes, times: int) -> Iterator[bytes]:
    """The message so many times, each a delivery of its own, as a broker would make them."""
    message = json.loads(raw)
    for _ in range(times):
        message["properties"]["delivery_tag"] = str(uuid4())
        yield json.dumps(message).encode()


@contextmanager
def fleet(database: str = "", broker: Broker | None = None, **environment: str) -> Iterator[Fleet]:
    made = Fleet(database, broker, **environment)
    try:
        yield made
    finally:
        made.end()
