"""The sender that messages are handed to: `angarium sender` as a process of its own, which counts every call."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks import processor
from tests.servers.processes import Process

TOKEN = "bench"  # noqa: S105


@dataclass(frozen=True)
class Sender:
    """Where it is; what it was told."""

    url: str
    process: Process

    @property
    def where(self) -> dict[str, str]:
        return {"SENDER_URL": self.url, "SENDER_TOKEN": TOKEN}

    def calls(self) -> dict[int, int]:
        """{number of a message: how often it was handed over}."""
        with urllib.request.urlopen(f"{self.url}/_calls") as answer:  # noqa: S310  loopback
            return {int(id): number for id, number in json.load(answer).items()}

    def spent(self) -> float:
        return processor.spent(self.process.pid)


@contextmanager
def sender(delay: float = 0.0) -> Iterator[Sender]:
    """One that answers at once, or after so many seconds."""
    mode = ["--mode", "slow", "--delay", str(delay)] if delay else []
    with Process("sender", "--port", "0", "--token", TOKEN, *mode) as process:
        yield Sender(process.wait_for(r"listening on (http://\S+)")[1], process)
