"""The services of docker-compose.yml as processes: their own commands and environment, servers of the tests."""

from __future__ import annotations

import base64
import itertools
import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import psycopg

from tests.deployment.compose import command, environment, required_variables
from tests.deployment.gateway import gateway
from tests.processes.instance import LESSON, start
from tests.processes.seeds import SEED
from tests.servers import postgres, rabbitmq, redis
from tests.servers.environment import free_port, new_folder
from tests.servers.polling import eventually
from tests.servers.processes import Process

READY = {
    "web": r"Started worker-\d+$",
    "live": r"^live: running",
    "worker": r"celery@\S+ ready",
    "beat": r"beat: Starting|metrics\.served",
    "relay": r"^relay: running",
    "processor": r"processor@\S+ ready",
    "flower": r"Visit me at|Registered tasks",
}
PASSWORD = "f" * 64
Broker = redis.Server | rabbitmq.Server


@dataclass
class Fleet:
    """`ports` are where each service answers; `token` may do everything; `settings` are what all of it is told."""

    broker: Broker
    database: str
    processes: dict[str, Process] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    token: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    hours: Iterator[int] = field(default_factory=itertools.count)

    @property
    def entrance(self) -> int:
        """The port that people use."""
        return self.ports["gateway" if "gateway" in self.ports else "web"]

    @property
    def scraped(self) -> dict[str, int]:
        """Where Prometheus asks."""
        return {name: port for name, port in self.ports.items() if name != "gateway"}

    def started(self, name: str, port: int) -> Process:
        """One process of this role."""
        words = [word.replace("5555", str(port)).replace("0.0.0.0", "127.0.0.1") for word in command(name)]
        told = self.settings if name != "processor" else self.told_to_b
        return Process(*words[1:], program=words[0], environment=_environment(name, told, port))

    @property
    def told_to_b(self) -> dict[str, str]:
        """A processor hears nothing of databases; it has a folder of its own."""
        kept = {name: self.settings[name] for name in ("CELERY_BROKER_URL", "HOST", "LOG_FORMAT")}
        url = f"http://127.0.0.1:{self.ports['web']}"
        return {**kept, "ANGARIUM_URL": url, "ANGARIUM_HOME": str(new_folder("processor-"))}

    def get(self, service: str, path: str, **headers: str) -> str:
        """The body of a good answer. URLError when there is none."""
        request = Request(f"http://127.0.0.1:{self.ports[service]}{path}", headers=headers)
        with urlopen(request, timeout=10) as answer:
            return str(answer.read().decode())

    def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = json.dumps(body or {}).encode()
        request = Request(f"http://127.0.0.1:{self.entrance}{path}", data, headers, method="POST")
        with urlopen(request, timeout=30) as answer:
            return dict(json.loads(answer.read() or b"{}"))

    def complete_lesson(self, title: str) -> None:
        """Enter a lesson and complete it; returns when the worker has told its student of both."""
        lesson = self.post("/api/lessons/lessons/", {**LESSON, **start(next(self.hours)), "title": title})
        self.post(f"/api/lessons/lessons/{lesson['id']}/completion/")
        line = rf"^Уведомление отправлено студенту 7 по уроку {re.escape(title)}$"
        self.processes["worker"].wait_for(rf"(?:{line}[\s\S]*?){{2}}", within=60)

    def send_mailing(self, people: int = 3) -> None:
        """Enter clients and a mailing that is due; returns when a worker has handed all of it to the sender."""
        tag = f"mailing {next(self.hours)}"
        for _ in range(people):
            self.post("/api/mailings/client/", {"phone": f"7900{next(self.hours):07}", "tag": tag})
        moment = datetime.now(UTC)
        times = {"start": moment - timedelta(minutes=1), "finish": moment + timedelta(hours=1)}
        told = {"content": "Скидка", "tag": tag, **{name: at.isoformat() for name, at in times.items()}}
        mailer = self.post("/api/mailings/mailer/", told)["id"]
        query = f"select count(*) from mailings_message where state = 'sent' and mailer_id = {int(mailer)}"
        eventually(lambda: self.rows(query) == [(people,)], within=60, what=lambda: self.rows(query))

    def look_at_projects(self) -> None:
        """Enter a project and look at the list of all twice, so that the second one is not made anew."""
        self.post("/api/projects/projects/", {"name": "Сайт"})
        for _ in range(2):
            self.get("gateway", "/api/projects/projects/", Authorization=f"Bearer {self.token}")

    def export(self) -> None:
        """Have operations exported; returns when the file is there."""
        body = {"dataset": "operations.operations", "filters": {"kind": "operations.task"}, "email": ""}
        id = self.post("/api/exports/", body)["id"]
        ended = f"select ended from exports_export where id = '{id}'"
        eventually(lambda: self.rows(ended) == [("succeeded",)], within=60, what=lambda: self.rows(ended))

    def do_task(self, seconds: int = 0) -> None:
        """Create a task; returns when the processor has done it."""
        task = self.post("/api/operations/tasks", {"name": "задача", "processing_time": seconds})["task_id"]
        self.processes["processor"].wait_for(rf"processor\.ran operation_id={task}", within=60)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database holds, read from outside the product."""
        with psycopg.connect(self.database) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]

    def settled(self) -> bool:
        """Has every event its position, and is nothing under way, due, or put off for a moment?"""
        return self.rows(
            "select (select count(*) from events_event where position is null),"
            " (select count(*) from ledger_due where claimed or since < now() + interval '1 minute')"
        ) == [(0, 0)]

    def kill_pool(self) -> None:
        """SIGKILL to the processes of the worker's pool, which it then replaces."""
        worker = self.processes["worker"].pid
        children = Path(f"/proc/{worker}/task/{worker}/children").read_text().split()
        assert children
        for child in children:
            os.kill(int(child), signal.SIGKILL)

    def flower(self, path: str) -> str:
        pair = base64.b64encode(f"angarium:{PASSWORD}".encode()).decode()
        return self.get("flower", path, Authorization=f"Basic {pair}")

    def run(self, *words: str) -> str:
        """A command to its end, with the environment of the fleet; its output."""
        return _run(list(words), self.environment)

    def answers(self, service: str, path: str) -> bool:
        try:
            self.get(service, path)
        except (HTTPError, URLError, ConnectionError):
            return False
        return True


@contextmanager
def fleet(*names: str, broker: str = "rabbitmq", **settings: str) -> Iterator[Fleet]:
    """Migrate a new database, then start these services, each until it says that it is ready. RabbitMQ is the broker
    of the file; with "redis" the one Redis is both. `settings` are what its owner would write into .env."""
    live = redis.new_server()
    made = Fleet(broker=rabbitmq.new_server() if broker == "rabbitmq" else live, database=postgres.new_database())
    made.settings = {
        "DATABASE_URL": made.database,
        "CELERY_BROKER_URL": made.broker.url,
        "REDIS_URL": live.url,
        "ANGARIUM_HOME": str(new_folder("fleet-")),
        "HOST": "127.0.0.1",
        "FORWARDED_ALLOW_IPS": "127.0.0.1",
        "LOG_FORMAT": "console",
        **settings,
    }
    with ExitStack() as stack:
        made.environment = _environment("migrate", made.settings)
        made.run(*command("migrate"))
        seeded = made.run("angarium", "shell", "-c", SEED)
        made.token = re.findall(r"^(ang_\S+)$", seeded, re.MULTILINE)[-1]
        if "processor" in names:
            _run(command("tokens"), _environment("tokens", made.settings))
        for name in (name for name in names if name != "gateway"):
            made.ports[name] = free_port()
            made.processes[name] = stack.enter_context(made.started(name, made.ports[name]))
        for name, process in made.processes.items():
            process.wait_for(READY[name], within=90)
        if "web" in names:  # granian says that its workers have started before they listen
            eventually(lambda: made.answers("web", "/health/ready"), within=60)
        if "gateway" in names:
            made.ports["gateway"] = stack.enter_context(gateway(made.ports["web"], made.ports["live"]))
        yield made


def _environment(name: str, shared: dict[str, str], port: int = 0) -> dict[str, str]:
    """What Compose would give, with the servers of the tests and ports that are free here in it."""
    given = environment(name, {**shared, **dict.fromkeys(required_variables(), PASSWORD)})
    assert set(shared) <= set(given), "compose does not say where this is"
    moved = {"PORT": str(port)} | ({"ANGARIUM_METRICS_PORT": str(port)} if "ANGARIUM_METRICS_PORT" in given else {})
    return {**given, **shared, **moved}


def _start(words: list[str], environment: dict[str, str]) -> Process:
    """The command as it stands, but on a loopback address and the port that is free here."""
    moved = {"--address=0.0.0.0": "--address=127.0.0.1", "--port=5555": f"--port={environment['PORT']}"}
    return Process(*[moved.get(word, word) for word in words[1:]], program=words[0], environment=environment)


def _run(words: list[str], environment: dict[str, str]) -> str:
    with _start(words, environment) as process:
        assert process.wait(within=120) == 0, process.output
        process.whole()
        return process.output
