"""P7: the statistics of mailings over millions of messages, beside the `COUNT(*) … GROUP BY` that they do without.

BENCH_ROWS says how many messages (a million), in a hundred mailings. The routes are asked for over HTTP from `angarium
web`, one request after the other on one connection; the numbers themselves in a process of their own. What they answer
is held against what the rows say.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from benchmarks import mailing
from benchmarks.figures import Figure, spread, tell
from benchmarks.ground import Ground, ground
from benchmarks.loads import busy
from benchmarks.measures import pairs
from benchmarks.p04_latency import p99
from benchmarks.p07_lists import FIRST, MOST, ROWS, SIDE, TIMES, asked
from benchmarks.reports import at_work, seeded

MAILINGS = 100
STATEMENTS = Path(__file__).with_name("mailings.sql")
API, PAGE = "/api/mailings", "/app/mailings"
ALL = "SELECT mailer_id, state, count(*) FROM mailings_message GROUP BY 1, 2"
ONE = f"SELECT mailer_id, state, count(*) FROM mailings_message WHERE mailer_id = {MAILINGS} GROUP BY 1, 2"  # noqa: S608
FAILED = (
    f"SELECT mailer_id, state, count(*) FROM mailings_message WHERE mailer_id = {MAILINGS} AND state = 'failed' "  # noqa: S608
    "GROUP BY 1, 2"
)
COUNTS = f"counts of {MAILINGS} mailings"
#: What is asked: its path, and what a service without counts would ask the database.
ROUTES = {
    f"GET /message/stat/, {MAILINGS} mailings": (f"{API}/message/stat/", ALL),
    "GET /mailer/{id}/stat/ with 100 messages": (f"{API}/mailer/{MAILINGS}/stat/", ONE),
    "GET /mailer/{id}/stat/?status=failed": (f"{API}/mailer/{MAILINGS}/stat/?status=failed", FAILED),
    "the page of all mailings": (f"{PAGE}/", ALL),
    "the page of one mailing": (f"{PAGE}/{MAILINGS}/", ONE),
}
Numbers = Counter[tuple[int, str]]


@dataclass
class Looked:
    """Milliseconds of each time that a route, or the counts, were asked for, and of the `GROUP BY` beside it."""

    ours: dict[str, list[float]] = field(default_factory=dict)
    peer: dict[str, float] = field(default_factory=dict)
    exact: bool = True


@contextmanager
def stocked(on: Ground, rows: int) -> Iterator[str]:
    """A database with so many messages; the file with the token."""
    on.clear()
    token, began = seeded(on, SIDE, rows), time.monotonic()
    with psycopg.connect(on.database, autocommit=True) as connection:
        for statement in STATEMENTS.read_text().split(";")[:-1]:
            connection.execute(statement.format(rows=rows, mailings=MAILINGS))  # type: ignore[arg-type]
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
    sys.stderr.write(f"{rows:,} messages in {time.monotonic() - began:.0f} s\n")
    yield token


def looked(on: Ground, token: str, times: int) -> Looked:
    """A server that is new, each route so many times, and the counts."""
    found, told = Looked(), dict[str, Numbers]()
    with at_work(on, SIDE, token) as made:
        known = json.loads(Path(token).read_text())
        connection = http.client.HTTPConnection("127.0.0.1", int(made.environment["PORT"]), timeout=60)
        for what, (path, _query) in ROUTES.items():
            for _ in range(min(FIRST, times)):
                asked(connection, path, known)
            answers = [asked(connection, path, known) for _ in range(times)]
            found.ours[what] = [took for took, _body in answers]
            if path.startswith(API):
                told[what] = numbers_of(json.loads(answers[-1][1]))
    counted = mailing.told(on, "count", str(times))
    found.ours[COUNTS] = counted["delays"]
    told[COUNTS] = _kept(
        {(int(id), state): n for id, states in counted["counts"].items() for state, n in states.items()}
    )
    _beside(on, found, told)
    for what, delays in found.ours.items():
        took = f"p50 {median(delays):.1f}, p99 {p99(delays):.1f} ms"
        sys.stderr.write(f"{what}: {took}; GROUP BY {found.peer[what]:.0f} ms; {busy()}\n")
    return found


def numbers_of(body: Any) -> Numbers:
    """The counts in an answer, of many mailings or of one."""
    rows = body if isinstance(body, list) else [body]
    states = ("queued", "deferred", "sending", "sent", "failed", "expired", "suppressed", "cancelled")
    return _kept({(row["mailer"], state): row[state] for row in rows for state in states})


def _kept(numbers: dict[tuple[int, str], int]) -> Numbers:
    return Counter({place: number for place, number in numbers.items() if number})


def _beside(on: Ground, found: Looked, told: dict[str, Numbers]) -> None:
    """What the database says when it is asked to count, and how long it takes."""
    with psycopg.connect(on.database) as connection:
        for what in found.ours:
            query = ROUTES[what][1] if what in ROUTES else ALL
            began = time.perf_counter()
            rows = connection.execute(query).fetchall()  # type: ignore[arg-type]
            found.peer[what] = (time.perf_counter() - began) * 1000
            stored = _kept({(id, state): number for id, state, number in rows})
            numbers = told.get(what, stored)
            found.exact &= stored == ({place: numbers[place] for place in stored} if query == FAILED else numbers)


def figures(found: list[Looked], rows: int) -> list[Figure]:
    return [_figure(found, what, rows) for what in found[0].ours]


def _figure(found: list[Looked], what: str, rows: int) -> Figure:
    slowest, counted = [p99(one.ours[what]) for one in found], [one.peer[what] for one in found]
    exact = all(one.exact for one in found)
    return Figure(
        id="P7",
        what=f"{what}, {rows:,} messages, p99, ms",
        against="COUNT(*) GROUP BY of the same",
        ours=f"{median(slowest):.1f}" + ("" if what.startswith("the page") else ", exact" if exact else ", wrong"),
        peer=f"{median(counted):.1f}",
        ratio=spread(slowest, counted),
        target=f"≤ {MOST:g}, exact",
        met=median(slowest) <= MOST and exact,
    )


def main() -> None:
    rows = int(os.environ.get("BENCH_ROWS", ROWS))
    with ground() as on, stocked(on, rows) as token:
        found = [looked(on, token, TIMES) for _ in range(pairs())]
    tell(figures(found, rows))


if __name__ == "__main__":
    main()
