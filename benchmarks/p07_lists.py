"""P7: lists, the page's list and counts over millions of operations, beside the `COUNT(*)` that they do without.

BENCH_ROWS says how many rows (a million); a twentieth of them are literal tasks, one in two hundred is open. A list is
asked for over HTTP from `angarium web`, one request after the other on one connection. Beside it stands what a
paginator asks first, the `COUNT(*)` of the same filter.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from benchmarks import claimed
from benchmarks.figures import Figure, spread, tell
from benchmarks.ground import SIDES, Ground, ground
from benchmarks.loads import busy
from benchmarks.measures import pairs
from benchmarks.p04_latency import p99
from benchmarks.reports import Scene, Side, at_work, seeded

ROWS, TIMES, FIRST = 1_000_000, 200, 10
MOST = 50.0
SIDE = Side(name="angarium", seeding="ours_lists", serving=("ours_lists web",))
KIND = "CASE n % 20 WHEN 0 THEN 'operations.task' ELSE 'kind.' || n % 20 END"
#: Of a thousand; the kind `kind.7` has none that was cancelled.
STATE = """CASE WHEN n / 20 % 1000 < 900 THEN 'succeeded' WHEN n / 20 % 1000 < 950 THEN 'failed'
    WHEN n / 20 % 1000 < 995 THEN CASE n % 20 WHEN 7 THEN 'failed' ELSE 'cancelled' END
    WHEN n / 20 % 1000 < 997 THEN 'queued' ELSE 'running' END"""
API = "/api/operations"
COUNTS = "counts by kind and state"
COUNT = "SELECT kind, state, count(*) FROM ledger_operation GROUP BY kind, state"


@dataclass(frozen=True)
class Asked:
    """A list: what it is, its path (`{page}` for the page's), and the filter of its `COUNT(*)`."""

    what: str
    path: str
    where: str = "true"


LISTS = (
    Asked("GET /operations", f"{API}/operations/"),
    Asked("GET /operations?kind=", f"{API}/operations/?kind=kind.3", "kind = 'kind.3'"),
    Asked(
        "GET /operations?kind=&state=, common",
        f"{API}/operations/?kind=kind.3&state=succeeded",
        "kind = 'kind.3' AND state = 'succeeded'",
    ),
    Asked(
        "GET /operations?kind=&state=, open",
        f"{API}/operations/?kind=kind.3&state=running",
        "kind = 'kind.3' AND state = 'running'",
    ),
    Asked("GET /operations?state=, rare", f"{API}/operations/?state=queued", "state = 'queued'"),
    Asked(
        "GET /operations?kind=&state=, none",
        f"{API}/operations/?kind=kind.7&state=cancelled",
        "kind = 'kind.7' AND state = 'cancelled'",
    ),
    Asked("GET /tasks?limit=100", f"{API}/tasks/?limit=100", "kind = 'operations.task'"),
    Asked("the page", "{page}"),
    Asked(
        "the page, kind and state",
        "{page}?kind=kind.3&state=failed",
        "kind = 'kind.3' AND state = 'failed'",
    ),
)


@dataclass
class Looked:
    """Milliseconds of each time that a list, or the counts, were asked for, of the `COUNT(*)` beside it, and
    of the processor for each time, ours and the database's."""

    ours: dict[str, list[float]] = field(default_factory=dict)
    peer: dict[str, float] = field(default_factory=dict)
    work: dict[str, float] = field(default_factory=dict)
    exact: bool = True


@contextmanager
def stocked(on: Ground, rows: int) -> Iterator[str]:
    """A database with so many operations; the file with the token."""
    on.clear()
    token, began = seeded(on, SIDE, rows), time.monotonic()
    claimed.write(on.database, claimed.Rows(first=0, last=rows, kind=KIND, state=STATE, history=False))
    sys.stderr.write(f"{rows:,} operations in {time.monotonic() - began:.0f} s\n")
    yield token


def looked(on: Ground, token: str, times: int) -> Looked:
    """A server that is new, each list so many times, and the counts."""
    found = Looked()
    with at_work(on, SIDE, token) as made:
        known = json.loads(Path(token).read_text())
        connection = http.client.HTTPConnection("127.0.0.1", int(made.environment["PORT"]), timeout=60)
        for one in LISTS:
            path = one.path.replace("{page}", known["page"])
            for _ in range(min(FIRST, times)):
                ask(connection, path, known)
            spent = sum(made.spent())
            found.ours[one.what] = [ask(connection, path, known) for _ in range(times)]
            found.work[one.what] = (sum(made.spent()) - spent) / times * 1000
        counts(made, found, times)
    beside(on, found)
    for what, delays in found.ours.items():
        took = f"p50 {median(delays):.1f}, p99 {p99(delays):.1f} ms, {found.work.get(what, 0):.1f} ms of the processor"
        sys.stderr.write(f"{what}: {took}; COUNT(*) {found.peer[what]:.0f} ms; {busy()}\n")
    return found


def ask(connection: http.client.HTTPConnection, path: str, known: dict[str, str]) -> float:
    """Milliseconds to the last byte."""
    return asked(connection, path, known)[0]


def asked(connection: http.client.HTTPConnection, path: str, known: dict[str, str]) -> tuple[float, bytes]:
    """The same, and the answer."""
    proof = {"Authorization": f"Bearer {known['token']}"} if path.startswith("/api/") else {}
    began = time.perf_counter()
    connection.request("GET", path, headers=proof or {"Cookie": f"sessionid={known['session']}"})
    answer = connection.getresponse()
    body = answer.read()
    took = (time.perf_counter() - began) * 1000
    if answer.status != 200 or not body:
        raise SystemExit(f"{path} was answered {answer.status}: {body[:300]!r}")
    return took, body


def counts(made: Scene, found: Looked, times: int) -> None:
    words = [sys.executable, str(SIDES / "ours_lists.py"), "count", str(times)]
    told: dict[str, Any] = json.loads(subprocess.check_output(words, env={**os.environ, **made.environment}))  # noqa: S603
    found.ours[COUNTS] = told["delays"]
    with psycopg.connect(made.url) as connection:
        began = time.perf_counter()
        rows = connection.execute(COUNT).fetchall()
        found.peer[COUNTS] = (time.perf_counter() - began) * 1000
    stored: dict[str, dict[str, int]] = {}
    for kind, state, number in rows:
        stored.setdefault(kind, {})[state] = number
    found.exact = stored == told["counts"]


def beside(on: Ground, found: Looked) -> None:
    with psycopg.connect(on.database) as connection:
        for one in LISTS:
            began = time.perf_counter()
            connection.execute(f"SELECT count(*) FROM ledger_operation WHERE {one.where}").fetchone()  # noqa: S608
            found.peer[one.what] = (time.perf_counter() - began) * 1000


def figures(found: list[Looked], rows: int) -> list[Figure]:
    return [_figure(found, what, rows) for what in found[0].ours]


def _figure(found: list[Looked], what: str, rows: int) -> Figure:
    slowest, counted = [p99(one.ours[what]) for one in found], [one.peer[what] for one in found]
    whole, exact = what == COUNTS, all(one.exact for one in found)
    said = (", exact" if exact else ", wrong") if whole else ""
    return Figure(
        id="P7",
        what=f"{what}, {rows:,} rows, p99, ms",
        against="COUNT(*) GROUP BY" if whole else "COUNT(*) of the same filter",
        ours=f"{median(slowest):.1f}{said}",
        peer=f"{median(counted):.1f}",
        ratio=spread(slowest, counted),
        target=f"≤ {MOST:g}{', exact' if whole else ''}",
        met=median(slowest) <= MOST and (exact or not whole),
    )


def main() -> None:
    rows = int(os.environ.get("BENCH_ROWS", ROWS))
    with ground() as on, stocked(on, rows) as token:
        found = [looked(on, token, TIMES) for _ in range(pairs())]
    tell(figures(found, rows))


if __name__ == "__main__":
    main()
