"""One instance of the product for a test: a home folder, a database, a token, and what one can do with them."""

from __future__ import annotations

import http.client
import itertools
import json
import re
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.processes.seeds import planted, seeded
from tests.servers.environment import new_folder
from tests.servers.processes import Process

LINE = "Уведомление отправлено студенту {student} по уроку {title}"
#: The columns of one lesson; of several each needs a start of its own, for nobody is in two lessons at once.
#: What is open and does not wait for a lesson's time.
NOT_A_TIMER = "select count(*) from ledger_due where kind <> 'lessons.remind'"
LESSON = {
    "student_id": 7,
    "teacher_id": 3,
    "starts_at": "2030-01-01T10:00:00Z",
    "timezone": "UTC",
    "duration_minutes": 60,
}


def start(hour: int) -> dict[str, str]:
    """A start of its own for the lesson with this number."""
    return {"starts_at": f"{datetime(2030, 1, 1, 10, tzinfo=UTC) + timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ}"}


@dataclass(frozen=True)
class Answer:
    """What came back, and how many seconds it took."""

    status: int
    headers: Mapping[str, str]
    text: str
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Instance:
    """`environment` is what all its processes are started with."""

    home: Path = field(default_factory=lambda: new_folder("home-"))
    environment: dict[str, str] = field(default_factory=dict)
    token: str = ""
    url: str = ""
    hours: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.environment = {"ANGARIUM_HOME": str(self.home), "DEMO": "0", "PORT": "0", **self.environment}

    def start(self, *words: str, program: str = "angarium", **environment: str) -> Process:
        return Process(*words, program=program, environment={**self.environment, **environment})

    def up(self, **environment: str) -> Process:
        """`angarium up`, serving."""
        process = self.start("up", **environment)
        try:
            self.url = process.wait_for(r"^ready: (\S+)$")[1]
        except AssertionError:
            process.kill()
            raise
        return process

    def run(self, *words: str, **environment: str) -> str:
        """Run a command to its end; its output. AssertionError when it fails."""
        with self.start(*words, **environment) as process:
            assert process.wait(within=60) == 0, process.output
            return process.whole()

    def seed(self) -> Instance:
        """Tables, a student, a teacher and a token, in a new instance."""
        self.token = seeded(self, lambda script: self.run("shell", "-c", script))
        return self

    def plant(self) -> None:
        """The same, beside what is there already."""
        self.token = planted(lambda script: self.run("shell", "-c", script))

    def copy(self) -> Instance:
        """Another instance with the same database, on files of its own."""
        other = Instance(environment={**self.environment}, token=self.token, hours=self.hours)
        other.environment["ANGARIUM_HOME"] = str(other.home)
        shutil.copytree(self.home, other.home, dirs_exist_ok=True)
        return other

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request on a connection of its own, with the token."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=30)
        sent = {"Authorization": f"Bearer {self.token}", "Accept": "application/json", **(headers or {})}
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        started = time.monotonic()
        try:
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        return Answer(answer.status, dict(answer.getheaders()), text, time.monotonic() - started)

    def create_lesson(self, title: str) -> tuple[int, Answer]:
        answer = self.ask("POST", "/api/lessons/lessons/", {**LESSON, **start(next(self.hours)), "title": title})
        assert answer.status == 201, answer
        return answer.json["id"], answer

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the SQLite file holds, read from outside the product."""
        with sqlite3.connect(f"file:{self.home / 'angarium.sqlite3'}?mode=ro", uri=True, timeout=20) as connection:
            return list(connection.execute(query))


def line(title: str, student: int = 7) -> str:
    return LINE.format(student=student, title=title)


def told(output: str, title: str, student: int = 7) -> int:
    """How often the log says, as a whole line, that the student was told of this lesson."""
    return output.splitlines().count(line(title, student))


def wait_told(process: Process, title: str, times: int = 1, *, within: float = 20) -> None:
    """Wait until the log has said it so many times."""
    process.wait_for(rf"(?:^{re.escape(line(title))}$[\s\S]*?){{{times}}}", within=within)


def eventually(condition: Callable[[], bool], process: Process, *, within: float = 20) -> None:
    """Wait until the condition holds; it is asked again after each line that the process prints."""
    deadline = time.monotonic() + within
    seen = len(process.output)
    while not condition():
        seen = process.wait_for(r"\n", after=seen, within=deadline - time.monotonic()).end()
