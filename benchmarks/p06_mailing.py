"""P6: a mailing to a million clients: its plan beside one `INSERT … SELECT` of the same rows, and sending it to a local
sender beside the usual way, a row and a Celery task for each client.

BENCH_CLIENTS says how many are planned (a million), BENCH_SENT to how many of them ours sends (30,000); peers send to
fewer, and rates are compared. The clock of a round runs from the first message that was sent until the database says
that all were; then the rows, the counts and what the sender counted are held against each other.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

import psycopg

from benchmarks import mailing, memory, peers
from benchmarks.figures import Figure, ratio, spread, tell
from benchmarks.ground import Ground, ground
from benchmarks.loads import busy
from benchmarks.mailing import OURS, OURS_SLOW, USUAL, USUAL_SLOW, Round, bare, stocked, told
from benchmarks.measures import pairs

CLIENTS, SENT, BARE = 1_000_000, 30_000, 6_000
#: At most so many times the statement; at least so many times the usual way, and messages a minute; the growth of RSS.
PLAN, TIMES, MINUTE, GROWN = 1.5, 10.0, 50_000, 1.1


@dataclass
class Planned:
    """Seconds of our plans, and of one statement each that wrote the same; were they the same?"""

    ours: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)
    same: bool = True


RAW = """
INSERT INTO mailings_message (mailer_id, client_id, state, reason, due_at, deferred_until, attempts, answer, created_at)
SELECT %s, id, 'queued', '', (SELECT start FROM mailings_mailer WHERE id = %s), NULL, 0, '', now()
FROM mailings_client WHERE deleted_at IS NULL ORDER BY id
"""
#: What all messages together are, without their numbers and when they were written.
DIGEST = """
SELECT count(*), sum(hashtextextended(concat_ws('|', mailer_id, client_id, state, reason, due_at, attempts), 0))
FROM mailings_message
"""


def plans(on: Ground, clients: int, times: int) -> Planned:
    """So many plans of a mailing to so many clients, and as often the statement, in turn."""
    found = Planned()
    stocked(on, OURS, clients)
    try:
        with psycopg.connect(on.database, autocommit=True) as connection:
            for _ in range(times):
                _plan(on, connection, clients, found)
    finally:
        on.drop()
    return found


def _plan(on: Ground, connection: psycopg.Connection, clients: int, found: Planned) -> None:
    _emptied(connection)
    one = told(on, "plan")
    ours, mailer = connection.execute(DIGEST).fetchone(), int(one["mailer"])
    _emptied(connection)
    began = time.perf_counter()
    connection.execute(RAW, [mailer, mailer])
    took = time.perf_counter() - began
    found.ours.append(one["seconds"])
    found.peer.append(took)
    found.same &= ours == connection.execute(DIGEST).fetchone() and one["made"] == clients
    sys.stderr.write(f"plan of {clients:,}: {one['seconds']:.1f} s; one statement {took:.1f} s; {busy()}\n")


def _emptied(connection: psycopg.Connection) -> None:
    connection.execute("TRUNCATE mailings_message RESTART IDENTITY CASCADE")
    connection.execute("CHECKPOINT")


def figures(planned: Planned, found: dict[str, list[Round]], most: Sequence[float], clients: int) -> list[Figure]:
    ours = found[OURS.name]
    answer = [_plan_figure(planned, clients)]
    for name, theirs in found.items():
        if name not in (OURS.name, OURS_SLOW.name):
            mine = found[OURS_SLOW.name] if name == USUAL_SLOW.name else ours
            answer += _beside(mine[: len(theirs)], theirs, name)
    usual = found[USUAL.name]
    return [*answer, _filled(planned, usual, clients), *_alone(ours, most), _wrong(ours, usual)]


def _plan_figure(planned: Planned, clients: int) -> Figure:
    return Figure(
        id="P6",
        what=f"plan for {clients:,} clients, s",
        against="INSERT … SELECT" + ("" if planned.same else ", not the same rows"),
        ours=f"{median(planned.ours):.1f}",
        peer=f"{median(planned.peer):.1f}",
        ratio=spread(planned.ours, planned.peer),
        target=f"≤ {PLAN:g}",
        met=planned.same and ratio(planned.ours, planned.peer) <= PLAN,
    )


def _beside(ours: Sequence[Round], theirs: Sequence[Round], name: str) -> list[Figure]:
    rates = [one.rate for one in ours], [one.rate for one in theirs]
    work = [one.each for one in ours], [one.each for one in theirs]
    wanted = name == USUAL.name
    sending = Figure(
        id="P6",
        what="sending, messages/s",
        against=name,
        ours=f"{median(rates[0]):,.0f}",
        peer=f"{median(rates[1]):,.0f}",
        ratio=spread(*rates),
        target=f"≥ {TIMES:g}" if wanted else "",
        met=ratio(*rates) >= TIMES if wanted else None,
    )
    spent = Figure(
        id="P6",
        what="processor per message, servers and sender included, ms",
        against=name,
        ours=f"{median(work[0]):.2f}",
        peer=f"{median(work[1]):.2f}",
        ratio=spread(*work),
    )
    return [sending, spent]


def _filled(planned: Planned, usual: Sequence[Round], clients: int) -> Figure:
    mine, other = [clients / one for one in planned.ours], [one.filled for one in usual]
    what = "rows planned, beside rows and tasks made, clients/s"
    said = {"ours": f"{median(mine):,.0f}", "peer": f"{median(other):,.0f}"}
    return Figure(id="P6", what=what, against=USUAL.name, **said, ratio=spread(mine, other))


def _alone(ours: Sequence[Round], most: Sequence[float]) -> list[Figure]:
    rates, least = [one.rate for one in ours], min(one.rate for one in ours)
    free = [1000 / one.outside for one in ours]
    sizes = [memory.ends(one.sizes) for one in ours]
    first, greatest, last = (median(some) for some in zip(*sizes, strict=True))
    grown = max(size[1] / size[0] for size in sizes)
    return [
        Figure(
            id="P6",
            what="sending per worker process, messages/min",
            against="itself",
            ours=f"{median(rates) * 60:,.0f} (least {least * 60:,.0f})",
            peer="",
            target=f"≥ {MINUTE:,}",
            met=median(rates) * 60 >= MINUTE,
        ),
        Figure(
            id="P6",
            what="sending, messages/s",
            against="our client's calls alone, no database",
            ours=f"{median(rates):,.0f}",
            peer=f"{median(most):,.0f}",
            ratio=spread(rates, most),
        ),
        Figure(
            id="P6",
            what="sending, messages/s",
            against="what the local sender can take with a core of its own",
            ours=f"{median(rates):,.0f}",
            peer=f"{median(free):,.0f}",
            ratio=spread(rates, free),
        ),
        Figure(
            id="P6",
            what="worker's memory (RSS, both its processes): first, greatest, last, MB",
            against="itself",
            ours=f"{first:.0f}, {greatest:.0f}, {last:.0f}",
            peer="",
            ratio=f"{grown:.2f}",
            target=f"≤ {GROWN:g}",
            met=grown <= GROWN,
            note=f"the worker's memory from the first message to the last, from 0 to {greatest:.0f} MB: "
            f"`{memory.bars(ours[-1].sizes)}`",
        ),
    ]


def _wrong(ours: Sequence[Round], theirs: Sequence[Round]) -> Figure:
    mine, other = ([sum(one.lost for one in some), sum(one.doubled for one in some)] for some in (ours, theirs))
    exact = all(one.exact for one in ours)
    return Figure(
        id="P6",
        what="lost, doubled; counts",
        against=USUAL.name,
        ours=f"{mine[0]}, {mine[1]}; {'exact' if exact else 'wrong'}",
        peer=f"{other[0]}, {other[1]}; none kept",
        target="0, exact",
        met=exact and not any(mine),
    )


def main() -> None:
    clients, sending = int(os.environ.get("BENCH_CLIENTS", CLIENTS)), int(os.environ.get("BENCH_SENT", SENT))
    with ground() as on:
        planned = plans(on, clients, pairs())
        found = mailing.rounds(on, sending, pairs())
        most = [bare(on, BARE) for _ in range(pairs())]
    drawn = peers.CACHE / "p06_memory.svg"
    title = f"the worker's memory while it sends {sending:,} messages"
    drawn.write_text(memory.drawing(found[OURS.name][-1].sizes, title))
    tell(figures(planned, found, most, clients))


if __name__ == "__main__":
    main()
