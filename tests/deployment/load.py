"""A steady stream of people who enter lessons, complete them, and now and then delete one at once."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tests.deployment.fleet import Fleet
from tests.processes.instance import LESSON, start

#: Seconds between one person and the next.
PACE = 0.6


@dataclass
class Load:
    """What was asked so far: `told` are lessons that must be told of twice, `deleted` those that may be told of once;
    `slow` and `failed` should stay empty."""

    fleet: Fleet
    told: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    numbers: Any = field(default_factory=itertools.count)

    def during(self) -> Stream:
        """`with load.during():` people come for as long as the block lasts."""
        return Stream(self)

    def lesson(self) -> None:
        """Enter one lesson and complete it; every fifth is deleted instead."""
        number = next(self.numbers)
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
        self.seconds.append(time.monotonic() - began)
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
