"""Mailing, our way and the usual way: the sides, one of them at work, and what a round of it came to."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import psycopg

from benchmarks import memory, peers, processor
from benchmarks.ground import SIDES, Ground, run
from benchmarks.loads import busy
from benchmarks.outside import Sender, sender
from benchmarks.p05_drain import server_pid
from tests.servers.processes import clean_environment

DEADLINE = 600.0
#: Seconds in which a sender answers that is as slow as those of the world.
SLOW = 0.05


@dataclass(frozen=True, kw_only=True)
class Side:
    """One way to mail: its program, to what share of the clients of a round it sends, and its rows in SQL: how clients
    are made, how many messages were sent, and each of them with whether it was. What is `once` is measured in the
    first pair only."""

    name: str
    program: str
    share: float
    clients: str
    sent: str
    messages: str
    peer: peers.Peer | None = None
    settings: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    once: bool = False

    @property
    def python(self) -> str:
        return self.peer.python if self.peer else sys.executable


CLIENTS = """
INSERT INTO {table} (phone, operator_code, tag, timezone{dates})
SELECT '79' || lpad(n::text, 9, '0'), substr('9' || lpad(n::text, 9, '0'), 1, 3), 'tag ' || n %% 10,
    (ARRAY['Europe/Kaliningrad', 'Europe/Moscow', 'Asia/Omsk', 'Asia/Novosibirsk', 'Asia/Kamchatka'])[1 + n %% 5]{now}
FROM generate_series(0, %s - 1) n
"""


def _ours(name: str, share: float = 1.0, delay: float = 0.0) -> Side:
    return Side(
        name=name,
        program="ours_mailing",
        share=share,
        clients=CLIENTS.format(table="mailings_client", dates=", created_at, updated_at", now=", now(), now()"),
        sent="SELECT coalesce(sum(value), 0) FROM mailings_count WHERE state = 'sent'",
        messages="SELECT id, state = 'sent', sent_at FROM mailings_message",
        delay=delay,
        once=bool(delay),
        settings=(("LOG_LEVEL", "INFO"),),
    )


def _usual(name: str, share: float, pool: str, number: int, *, style: str = "", delay: float = 0.0) -> Side:
    return Side(
        name=name,
        program="plain_mailing",
        share=share,
        clients=CLIENTS.format(table="plain_client", dates="", now=""),
        sent="SELECT count(*) FROM plain_message WHERE status = 'sent'",
        messages="SELECT id, status = 'sent', sent_at FROM plain_message",
        peer=peers.CELERY_REQUESTS,
        settings=(("POOL", pool), ("CONCURRENCY", str(number)), ("STYLE", style)),
        delay=delay,
        once=bool(style or delay) or pool == "threads",
    )


OURS = _ours("angarium, one process")
USUAL = _usual("a task per client, one process", 1 / 20, "prefork", 1)
CORES = _usual("a task per client, a process per core", 1 / 20, "prefork", 2)
LEAN = _usual("the same, as lean as it can be", 1 / 15, "prefork", 2, style="lean")
THREADS = _usual("a task per client, 20 threads", 1 / 20, "threads", 20)
OURS_SLOW = _ours("angarium, slow sender", 1 / 5, SLOW)
USUAL_SLOW = _usual("a task per client, slow sender", 1 / 300, "prefork", 1, delay=SLOW)
SIDES_OF_SENDING = (OURS, USUAL, CORES, LEAN, THREADS, OURS_SLOW, USUAL_SLOW)


@dataclass(frozen=True)
class Round:
    """What one round gave: rows and tasks made in a second before, messages sent in a second, milliseconds of all
    processors per message and of the sender's alone, memory of the worker, and what was wrong."""

    filled: float
    rate: float
    each: float
    outside: float
    sizes: list[float]
    lost: int
    doubled: int
    exact: bool = True

    def __str__(self) -> str:
        first, most, last = memory.ends(self.sizes)
        spent = f"{self.each:.2f} ms each, {self.outside:.2f} of them the sender's"
        wrong = f"lost {self.lost}, doubled {self.doubled}, counts {'exact' if self.exact else 'wrong'}"
        return f"{self.rate:,.0f}/s, {spent}, RSS {first:.0f}, {most:.0f}, {last:.0f} MB, {wrong}, {busy()}"


#: By the side's program: a database to copy.
_templates: dict[tuple[str, str], str] = {}


def stocked(on: Ground, side: Side, clients: int) -> None:
    """A new database with the tables of this side, and so many clients."""
    key = (str(on.folder), side.program)
    if key not in _templates:
        on.clear()
        if run(side.python, side.program, "seed", environment=_where(on, side)).wait():
            raise SystemExit(f"{side.name} could not be made ready.")
        _templates[key] = on.database
    on.clear_as(_templates[key])
    with psycopg.connect(on.database, autocommit=True) as connection:
        connection.execute(side.clients, [clients])
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


def _where(on: Ground, side: Side, by: Sender | None = None) -> dict[str, str]:
    return {**on.where(), "CONN_MAX_AGE": "60", **dict(side.settings), **(by.where if by else {})}


def sent(on: Ground, side: Side, clients: int) -> Round:
    """Have this side send to so many clients, and look at what came of it."""
    stocked(on, side, clients)
    try:
        with sender(side.delay) as by:
            began = time.monotonic()
            if run(side.python, side.program, "fill", environment=_where(on, side, by)).wait():
                raise SystemExit(f"{side.name} could not enter its mailing.")
            one = _worked(on, side, clients, by, clients / (time.monotonic() - began))
    finally:
        on.drop()
    sys.stderr.write(f"{side.name}, {clients:,} clients: {one}\n")
    return one


def _worked(on: Ground, side: Side, clients: int, by: Sender, filled: float) -> Round:
    worker = run(side.python, side.program, "work", environment=_where(on, side, by))
    try:
        with psycopg.connect(on.database, autocommit=True) as connection:
            wait_for(connection, side, 1)
            roots = (worker.pid, on.broker._process.pid, server_pid(), by.process.pid)
            spent, outside, already = processor.spent(*roots), by.spent(), number(connection, side)
            with memory.Watched(worker.pid) as watched:
                ended = wait_for(connection, side, clients)
            counted = clients - already
            each = (processor.spent(*roots) - spent) / counted * 1000, (by.spent() - outside) / counted * 1000
            exact = side.program != OURS.program or is_exact(connection)
            rows = connection.execute(side.messages).fetchall()
        watched.sizes.append(memory.resident(worker.pid))
    finally:
        processor.kill(worker.pid)
        worker.wait()
    began, calls = min(at for _id, _is_sent, at in rows if at).timestamp(), by.calls()
    taken = {id for id, is_sent, _at in rows if is_sent and id in calls}
    return Round(
        filled=filled,
        rate=clients / (ended - began),
        each=each[0],
        outside=each[1],
        sizes=watched.sizes,
        lost=clients - len(taken),
        doubled=sum(calls.values()) - len(calls) + len(set(calls) - {id for id, *_ in rows}),
        exact=exact,
    )


def number(connection: psycopg.Connection, side: Side) -> int:
    row = connection.execute(side.sent).fetchone()
    assert row
    return int(row[0])


def wait_for(connection: psycopg.Connection, side: Side, least: int) -> float:
    """Wait until the database says that so many were sent; when that was."""
    deadline = time.monotonic() + DEADLINE
    while number(connection, side) < least:
        if time.monotonic() > deadline:
            raise SystemExit(f"{side.name}: {number(connection, side)} of {least} were sent in {DEADLINE:g} s.")
        time.sleep(0.02)
    return time.time()


COUNTED = "SELECT mailer_id, state, reason, value FROM mailings_count WHERE value <> 0"
STORED = "SELECT mailer_id, state, reason, count(*) FROM mailings_message GROUP BY 1, 2, 3"


def is_exact(connection: psycopg.Connection) -> bool:
    """Does the mailing finish, and is what was counted what is stored, in all and minute by minute?"""
    deadline = time.monotonic() + 10
    while connection.execute("SELECT 1 FROM mailings_mailer WHERE state <> 'finished'").fetchone():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    counted, stored = (Counter(connection.execute(query).fetchall()) for query in (COUNTED, STORED))
    minutes = connection.execute("SELECT sum(sent) FROM mailings_minute").fetchone()
    sent = connection.execute("SELECT count(*) FROM mailings_message WHERE sent_at IS NOT NULL").fetchone()
    return counted == stored and minutes == sent


def bare(on: Ground, calls: int) -> float:
    """Calls a second that our client makes with nothing else to do."""
    with sender() as by:
        return calls / float(told(on, "calls", str(calls), by=by)["seconds"])


def told(on: Ground, *words: str, by: Sender | None = None) -> dict[str, Any]:
    """What our program says of what it did."""
    environment = clean_environment(_where(on, OURS, by) | {"LOG_LEVEL": "WARNING"}, measured=False)
    program = [sys.executable, str(SIDES / "ours_mailing.py"), *words]
    found: dict[str, Any] = json.loads(subprocess.check_output(program, env=environment))  # noqa: S603
    return found


def rounds(on: Ground, clients: int, times: int, sides: tuple[Side, ...] = SIDES_OF_SENDING) -> dict[str, list[Round]]:
    """So many rounds of each side, forwards and backwards in turn."""
    found: dict[str, list[Round]] = {side.name: [] for side in sides}
    for turn in range(times):
        for side in sides if turn % 2 else sides[::-1]:
            if not turn or not side.once:
                found[side.name].append(sent(on, side, max(1, round(clients * side.share))))
    return found
