"""The fleet: web, worker, beat and relay as processes of their own, on PostgreSQL and a Redis server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.processes.instance import Instance
from tests.servers import postgres, redis
from tests.servers.environment import free_port, wait_for_port
from tests.servers.processes import Process

LEASE = 3


class Fleet(Instance):
    """Its processes by role; a test may end one and start another."""

    def __init__(self, database: str = "") -> None:
        self.broker = redis.new_server()
        self.database = database or postgres.new_database()
        super().__init__(
            environment={
                "DATABASE_URL": self.database,
                "CELERY_BROKER_URL": self.broker.url,
                "REDIS_URL": self.broker.url,
                "LEASE_SECONDS": str(LEASE),
                "REPUBLISH_SECONDS": "2",
                "WEB_WORKERS": "1",
            }
        )
        self.roles: dict[str, Process] = {}

    def begin(self) -> None:
        self.seed()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.roles["web"] = self.start("web", PORT=str(port))
        self.roles["beat"] = self.start("beat")
        self.roles["relay"] = self.start("relay")
        self.start_worker()
        wait_for_port(port)

    def start_worker(self, concurrency: int = 2, **environment: str) -> Process:
        """A worker, ready; in place of the one before, which must have ended."""
        self.roles["worker"] = worker = self.start("worker", "-c", str(concurrency), **environment)
        worker.wait_for(r"celery@\S+ ready|celery\.apps\.worker .*ready", within=30)
        return worker

    @property
    def worker(self) -> Process:
        return self.roles["worker"]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    def is_running(self, kind: str) -> bool:
        return bool(self.rows(f"select 1 from ledger_operation where kind = '{kind}' and state = 'running'"))

    def end(self) -> None:
        for process in self.roles.values():
            process.kill()
        self.broker.stop()


@contextmanager
def fleet() -> Iterator[Fleet]:
    made = Fleet()
    try:
        made.begin()
        yield made
    finally:
        made.end()
