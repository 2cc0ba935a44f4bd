"""Two deployments that share nothing: each has its own module, database, broker and processes. Lessons forward their
events to projects, which keeps a task for each lesson that is to be prepared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.processes.instance import Answer, Instance
from tests.servers import postgres, rabbitmq, redis
from tests.servers.environment import free_port, wait_for_port
from tests.servers.polling import eventually
from tests.servers.processes import Process

LEASE = 4
DUE = "2030-05-01T12:00:00Z"
EMPTY = """
from django.core.management import call_command
call_command("migrate", verbosity=0, interactive=False)
call_command("token", "create", "tests", "--scope", "*")
"""
READY = {
    "live": r"^live: running",
    "worker": r"celery@\S+ ready",
    "beat": r"beat: Starting",
    "relay": r"^relay: running",
}
FORWARDED = "select uid::text, type, subject, subject_version, data, at from events_event where type like 'lessons.%'"


class Deployment(Instance):
    """One module with all that is its own."""

    def __init__(self, module: str, broker: str, live: str, **environment: str) -> None:
        self.module = module
        self.database = postgres.new_database()
        self.ports: dict[str, int] = {"web": free_port(), "live": free_port()}
        self.roles: dict[str, Process] = {}
        super().__init__(
            environment={
                "MODULES": module,
                "DATABASE_URL": self.database,
                "CELERY_BROKER_URL": broker,
                "REDIS_URL": live,
                "LEASE_SECONDS": str(LEASE),
                "REPUBLISH_SECONDS": "2",
                "WEB_WORKERS": "1",
                **environment,
            }
        )
        self.url = f"http://127.0.0.1:{self.ports['web']}"

    def seed(self) -> Deployment:
        """Of lessons as any instance; of projects tables and a token, for there are no students."""
        if self.module == "lessons":
            super().seed()
            return self
        self.token = re.findall(r"^(ang_\S+)$", self.run("shell", "-c", EMPTY), re.MULTILINE)[-1]
        return self

    def begin(self, *roles: str) -> None:
        """Start these roles, or start them again; returns when all are ready."""
        for role in roles:
            words = ("worker", "-c", "1") if role == "worker" else (role,)
            self.roles[role] = self.start(*words, PORT=str(self.ports.get(role, 0)))
        for role in roles:
            if role == "web":
                wait_for_port(self.ports[role], within=60)
            else:
                self.roles[role].wait_for(READY[role], within=60)

    def kill(self, *roles: str) -> None:
        """End these at once, or all; nothing of them can say goodbye."""
        for role in roles or tuple(self.roles):
            self.roles.pop(role).kill()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    def good(self, method: str, path: str, body: object = None) -> Answer:
        answer = self.ask(method, path, body)
        assert answer.status in (200, 201, 204), answer
        return answer


class Apart:
    """Lessons here (a Redis for a broker), projects there (RabbitMQ and a Redis). `waited` is what RabbitMQ listed
    when there was work and the worker of projects had not started."""

    waited: dict[str, int]

    def __init__(self) -> None:
        self.rabbit = rabbitmq.new_server()
        self.redis, self.theirs = redis.new_server(), redis.new_server()
        self.lessons = Deployment(
            "lessons", self.theirs.url, self.theirs.url, FORWARD_TO=f"projects {self.rabbit.url} lessons.*"
        )
        self.projects = Deployment(
            "projects", self.rabbit.url, self.redis.url, FORWARD_FROM="lessons", PROJECTS_LESSONS_PROJECT="1"
        )

    def begin(self) -> None:
        self.projects.seed()
        self.lessons.seed()
        self.projects.begin("web", "live", "beat", "relay")
        self.projects.good("POST", "/projects/", {"name": "Уроки"})
        task = self.projects.good("POST", "/tasks/", {"project": 1, "title": "Письма", "due_date": DUE}).json["id"]
        self.projects.good("PATCH", f"/tasks/{task}/", {"status": "completed"})
        eventually(lambda: self.rabbit.listed().get("projects", 0) > 0, what=self.rabbit.listed)
        self.waited = self.rabbit.listed()
        self.projects.begin("worker")
        self.lessons.begin("web", "worker")

    def prepared(self) -> dict[str, Any]:
        """The tasks that were made for lessons, by title."""
        tasks = self.projects.good("GET", "/tasks/").json
        return {task["title"].removeprefix("Prepare: "): task for task in tasks if task["title"].startswith("Prepare")}

    def wait_until_received(self, *, within: float = 60) -> None:
        """Every event of lessons that is known here is known there, and the sender knows it."""
        waits = "select state, message from ledger_operation where kind like 'forward.%' and state <> 'succeeded'"
        unseen = "select 1 from events_event where position is null"
        eventually(
            lambda: not self.lessons.rows(unseen) and not self.lessons.rows(waits),
            within=within,
            what=lambda: (self.lessons.rows(waits)[:5], self.rabbit.listed()),
        )

    def end(self) -> None:
        self.lessons.kill()
        self.projects.kill()
        self.rabbit.resume()
        for server in (self.redis, self.theirs):
            server.stop()


@contextmanager
def apart() -> Iterator[Apart]:
    made = Apart()
    try:
        made.begin()
        yield made
    finally:
        made.end()
