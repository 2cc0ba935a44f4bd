"""A steady stream of people who look at lists, enter lessons, complete them, and now and then delete one at once."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.deployment.fleet import Fleet
from tests.processes.instance import LESSON, start

#: Writers, and the seconds between one person of a writer's and the next.
WRITERS, PACE = 2, 1.2
#: What people look at: what was entered, and what became of it.
LISTS = ("/api/lessons/lessons/", "/api/operations/operations/")


@dataclass
class Load:
    """What was asked so far: `told` are lessons that must be told of twice, `deleted` those that may be told of once;
    `failed` should stay empty. `seconds` are those of every answer, by what was asked."""

    fleet: Fleet
    told: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)
    numbers: Any = field(default_factory=itertools.count)

    @contextmanager
    def during(self) -> Iterator[None]:
        """`with load.during():` people come for as long as the block lasts."""
        with ExitStack() as stack:
            for _ in range(WRITERS):
                stack.enter_context(Stream(self))
            yield

    def lesson(self) -> None:
        """Look at the lists, enter one lesson and complete it; every fifth is deleted instead."""
        number = next(self.numbers)
        for path in LISTS:
            self._ask("GET", path)
        title = f"Урок {number}."
        answer = self._ask("POST", "/api/lessons/lessons/", {**LESSON, **start(number), "title": title})
        if answer is None:
            return
        path = f"/api/lessons/lessons/{answer['id']}"
        if number % 5:
            self._ask("POST", f"{path}/completion", {})
            self.told.append(title)
        else:
            self._ask("DELETE", path)
            self.deleted.append(title)

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        """The answer's JSON; None when it was not a good one, which is remembered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.fleet.ports["web"], timeout=30)
        headers = {"Authorization": f"Bearer {self.fleet.token}", "Content-Type": "application/json"}
        began = time.monotonic()
        connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        self.seconds[f"{method} {path}" if method == "GET" else method].append(time.monotonic() - began)
        if answer.status < 300:
            return json.loads(text or b"{}")
        self.failed.append(f"{method} {path}: {answer.status} {text.decode()}")
        return None


class Stream(threading.Thread):
    def __init__(self, load: Load) -> None:
        super().__init__(name="load", daemon=True)
        self._load = load
        self._ending = threading.Event()

    def run(self) -> None:
        while not self._ending.wait(PACE):
            self._load.lesson()

    def __enter__(self) -> Stream:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self.join(60)
