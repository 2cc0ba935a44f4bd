"""Loads of reports: how they are sent, what came of them, and how what is stored differs from what was answered."""

from __future__ import annotations

import os
from dataclasses import dataclass
from statistics import quantiles

#: Claimed operations to choose from.
OPERATIONS = 100_000


@dataclass(frozen=True, kw_only=True)
class Load:
    """How reports are sent: on so many connections, for so many seconds, as fast as they are answered or at a rate, one
    by one or so many in a request; about operations with the numbers `start`, `start + stride`, …. Each `every`th one
    is of another shape."""

    connections: int
    seconds: float
    rate: float = 0
    batch: int = 0
    operations: int = OPERATIONS
    start: int = 0
    stride: int = 1
    every: int = 0
    rare: str = ""


@dataclass
class Heard:
    """What came of it: the answers, and all statuses; `delays` in ms; (operation, seq) of what was taken;
    the shares of a processor that client, server and database had."""

    seconds: float
    answers: int
    items: int
    statuses: dict[str, int]
    broken: int
    delays: list[float]
    client: float
    server: float
    database: float
    taken: list[tuple[int, int]]

    @property
    def rate(self) -> float:
        """Reports a second, to the last answer."""
        return self.answers * self.items / self.seconds

    @property
    def each(self) -> float:
        """Microseconds of a processor per report, of server and database."""
        return (self.server + self.database) / max(1.0, self.rate) * 1e6

    @property
    def p99(self) -> float:
        return quantiles(self.delays, n=100)[98] if len(self.delays) > 1 else 0.0

    @property
    def refused(self) -> int:
        return sum(number for status, number in self.statuses.items() if status not in ("200", "201"))

    def __str__(self) -> str:
        shares = f"processors: client {self.client:.2f}, server {self.server:.2f}, database {self.database:.2f}"
        said = f"{self.rate:,.0f}/s, p99 {self.p99:.1f} ms, {self.each:.0f} µs each, {shares}"
        refused = f"{self.refused} refused {self.statuses}" if self.refused else "0 refused"
        return f"{said}, {refused}, {self.broken} broken, {busy()}"


@dataclass(frozen=True)
class Wrong:
    """Reports that were answered 200 and are not stored; that are stored twice or without an answer; and operations
    that do not show their newest report."""

    lost: int = 0
    doubled: int = 0
    behind: int = 0

    def __str__(self) -> str:
        return f"{self.lost}, {self.doubled}, {self.behind}"


def busy() -> str:
    """What else the machine does."""
    return f"load {os.getloadavg()[0]:.1f}"
