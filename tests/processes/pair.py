"""Service A and service B as processes of their own: web and relay with the database, a processor without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.processes.instance import Instance
from tests.servers import postgres, rabbitmq, redis
from tests.servers.environment import free_port, wait_for_port
from tests.servers.polling import eventually
from tests.servers.processes import Process

LEASE, GRACE = 2, 2
NEW, PROCESSING, COMPLETED, ERROR = 1, 2, 3, 4
READY = r"processor@\S+ ready|celery@\S+ ready"
#: The kinds of `tests/processes/jobs.py`, as somebody would enter them in the admin; and the token of B.
TYPES = """
from angarium.modules.operations.models import TaskType
for name in ("tests.broken", "tests.steps", "tests.long_at_first", "tests.hangs"):
    TaskType.objects.create(name=name, queue="processor")
from django.core.management import call_command
call_command("token", "create", "processor", "--scope", "operations:report")
"""


class Pair(Instance):
    """`web` and `relay` are A's, `processors` B's. A keeps its address when it is restarted."""

    def __init__(self, broker: str = "redis") -> None:
        self.broker = (rabbitmq if broker == "rabbitmq" else redis).new_server()
        self.database = postgres.new_database()
        self.port = free_port()
        self.processors: list[Process] = []
        super().__init__(
            environment={
                "DATABASE_URL": self.database,
                "CELERY_BROKER_URL": self.broker.url,
                "LEASE_SECONDS": str(LEASE),
                "LEASE_GRACE_SECONDS": str(GRACE),
                "REPUBLISH_SECONDS": "2",
                "WEB_WORKERS": "1",
            }
        )

    def begin(self) -> None:
        self.seed()
        made = self.run("shell", "-c", TYPES)
        self.secret = re.findall(r"^(ang_\S+)$", made, re.MULTILINE)[-1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start_web()
        self.relay = self.start_relay()

    def start_web(self) -> None:
        self.web = self.start("web", PORT=str(self.port))
        wait_for_port(self.port)

    def start_relay(self, **environment: str) -> Process:
        return self.start("relay", **environment)

    @property
    def environment_of_b(self) -> dict[str, str]:
        """All that a processor is told."""
        return {
            "ANGARIUM_HOME": str(self.home),
            "ANGARIUM_TOKEN": self.secret,
            "ANGARIUM_URL": self.url,
            "CELERY_BROKER_URL": self.broker.url,
            "LEASE_SECONDS": str(LEASE),
            "PROCESSOR_MODULES": "tests.processes.jobs",
        }

    def start_processor(self, *words: str, program: str = "angarium", **environment: str) -> Process:
        """A processor, ready for work."""
        words = words or ("processor",)
        process = Process(*words, program=program, environment={**self.environment_of_b, **environment})
        self.processors.append(process)
        process.wait_for(READY)
        return process

    @contextmanager
    def processing(self, number: int = 1, **environment: str) -> Iterator[list[Process]]:
        """So many processors for as long as the block lasts; whatever the test started then ends."""
        try:
            yield [self.start_processor(**environment) for _ in range(number)]
        finally:
            while self.processors:
                self.processors.pop().kill()

    def task(self, seconds: int, name: str = "задача") -> str:
        answer = self.ask("POST", "/api/operations/tasks", {"name": name, "processing_time": seconds})
        assert answer.status == 201, answer
        return str(answer.json["task_id"])

    def create(self, kind: str, **input: Any) -> str:
        answer = self.ask("POST", "/api/operations/operations", {"kind": kind, "input": input})
        assert answer.status == 201, answer
        return str(answer.json["id"])

    def status(self, task: str) -> int:
        answer = self.ask("GET", f"/api/operations/tasks/{task}")
        assert answer.status == 200, answer
        return int(answer.json["status"])

    def operation(self, id: str) -> dict[str, Any]:
        answer = self.ask("GET", f"/api/operations/operations/{id}")
        assert answer.status == 200, answer
        return dict(answer.json)

    def wait_ended(self, *ids: str, within: float = 30) -> None:
        ended = ("succeeded", "failed", "cancelled")
        eventually(
            lambda: all(self.operation(id)["state"] in ended for id in ids),
            within=within,
            what=lambda: self.told(*ids),
        )

    def told(self, *ids: str) -> str:
        """What there is to see of these when they do not end."""
        states = [f"{id} {found['state']} {found['claims']}" for id in ids if (found := self.operation(id))]
        ends = [process.output[-3000:] for process in (self.web, self.relay, *self.processors)]
        return "\n".join([*states, *ends])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    def end(self) -> None:
        for process in (self.web, self.relay, *self.processors):
            process.kill()
        if isinstance(self.broker, redis.Server):
            self.broker.stop()


@contextmanager
def pair(broker: str = "redis") -> Iterator[Pair]:
    made = Pair(broker)
    try:
        made.begin()
        yield made
    finally:
        made.end()
