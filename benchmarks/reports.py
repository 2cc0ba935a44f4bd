"""What the workloads of reports share: the sides, one of them at work on claimed operations, and what a load of reports
came to, answers against rows."""

from __future__ import annotations

import json
import subprocess
import sys
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from benchmarks import claimed, peers, processor
from benchmarks.costs import Costs, Meter
from benchmarks.ground import SIDES, Ground, run
from benchmarks.loads import OPERATIONS, Heard, Load, Wrong
from benchmarks.sides.wanted import ID
from tests.servers import postgres
from tests.servers.environment import free_port, wait_for_port

#: Reports of one load count up from its number times this, for each operation.
LOAD = 1_000_000
#: The bits of an id that are its number.
NUMBER = (1 << 48) - 1
#: Seconds for which a side is asked before anything counts: it connects, imports and compiles.
WARM = 1.0


@dataclass(frozen=True, kw_only=True)
class Side:
    """A service that takes reports: how its database is made and it is started, how it is asked, the table of its heads
    with the column that grows, and the table of its log, if it keeps one. `most` is more than it does in a second."""

    name: str
    seeding: str
    serving: tuple[str, ...]
    shape: str = "patch"
    heads: str = ""
    grows: str = ""
    log: str = ""
    peer: peers.Peer | None = None
    settings: tuple[tuple[str, str], ...] = ()
    most: int = 2_000

    @property
    def python(self) -> str:
        return self.peer.python if self.peer else sys.executable


def _ledger(name: str, *serving: str) -> Side:
    return Side(
        name=name,
        seeding="ours_reports",
        serving=serving,
        shape="report",
        heads="ledger_operation",
        grows="seq",
        log="ledger_transition",
        most=15_000,
    )


def _plain(name: str, peer: peers.Peer, heads: str = "", **settings: str) -> Side:
    return Side(
        name=name,
        seeding="plain_reports",
        serving=("plain_reports serve",),
        heads=heads,
        grows="progress_done",
        peer=peer,
        settings=tuple(settings.items()),
    )


OURS = _ledger("angarium", "ours_reports live")
TOLD = _ledger("itself with the relay", "ours_reports live", "ours_reports relay")
BARE = _ledger("bare prototype", "bare_reports serve")
DATABASE = _ledger("PostgreSQL by itself")
NAIVE = _plain("DRF PATCH, one UPDATE", peers.DRF, "plain_operation")
TUTORIAL = _plain("DRF as in its tutorial", peers.DRF, "plain_operation", STYLE="tutorial")
CELERY_DATABASE = _plain("Celery update_state, PostgreSQL", peers.CELERY_STATES, RESULT_BACKEND="database")
CELERY_REDIS = _plain("Celery update_state, Redis", peers.CELERY_STATES, RESULT_BACKEND="redis")
PREFECT = Side(
    name="Prefect set_state", seeding="plain_prefect", serving=("plain_prefect serve",), shape="prefect", most=400,
    peer=peers.PREFECT,
)  # fmt: skip


@dataclass
class Scene:
    """A side at work; what it has taken so far."""

    on: Ground
    side: Side
    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    taken: list[tuple[int, int]] = field(default_factory=list)
    loads: int = 0
    #: The last line of the log before this scene.
    since: int = 0

    @property
    def url(self) -> str:
        return self.environment["DATABASE_URL"]

    def start(self) -> None:
        for words in self.side.serving:
            self.processes.append(run(self.side.python, *words.split(), environment=self.environment))
        if self.processes:
            wait_for_port(int(self.environment["PORT"]), within=180)

    def stop(self) -> None:
        for process in self.processes:
            processor.kill(process.pid)
            process.wait()
        self.processes.clear()

    def load(self, load: Load) -> Heard:
        """Send this load, from a process of its own."""
        job, before = self.job(load), self.spent()
        told = json.loads(subprocess.check_output([sys.executable, SIDES / "reporters.py", json.dumps(job)]))  # noqa: S603
        server, database = (now - then for now, then in zip(self.spent(), before, strict=True))
        heard = Heard(
            seconds=told["seconds"],
            answers=told["answers"],
            items=load.batch or 1,
            statuses=told["statuses"],
            broken=told["broken"],
            delays=[delay / 1000 for delay in told["delays"]],
            client=told["processor"] / told["seconds"],
            server=server / told["seconds"],
            database=database / told["seconds"],
            taken=_pairs(Path(job["file"])),
        )
        self.taken += heard.taken
        return heard

    def job(self, load: Load) -> dict[str, Any]:
        """This load as the client reads it."""
        self.loads += 1
        token, most = Path(self.environment["BENCH_TOKEN"]), load.rate or self.side.most
        return {
            **vars(load),
            "port": int(self.environment["PORT"]),
            "token": token.read_text() if token.exists() else "",
            "shape": "batch" if load.batch else self.side.shape,
            "most": int(most * load.seconds / (load.batch / 4 if load.batch else 1)) + load.connections,
            "first": self.loads * LOAD,
            "seed": self.loads,
            "file": str(self.on.effects()),
        }

    def spent(self) -> tuple[float, float]:
        """Seconds of a processor that server and database have used."""
        database = postgres._own and postgres._own.process
        served = processor.spent(*(one.pid for one in self.processes))
        return served, processor.spent(database.pid) if database else 0.0

    def wrong(self) -> Wrong:
        """How what is stored differs from what was answered."""
        newest: dict[int, int] = {}
        for operation, seq in self.taken:
            newest[operation] = max(seq, newest.get(operation, 0))
        heads, lines = self._heads(list(newest)) if self.side.heads else newest, self._lines()
        taken, kept = set(self.taken), set(lines)
        return Wrong(
            lost=len(taken - kept),
            doubled=len(lines) - len(kept) + len(kept - taken),
            behind=sum(heads.get(one) != seq for one, seq in newest.items()),
        )

    def _heads(self, numbers: list[int]) -> dict[int, int]:
        """The newest report that each of these operations shows."""
        query = f"SELECT id, {self.side.grows}::bigint FROM {self.side.heads} WHERE id = ANY(%s)"  # noqa: S608
        ids = [UUID((ID % number).decode()) for number in numbers]
        with psycopg.connect(self.url) as connection:
            rows = connection.execute(query, [ids]).fetchall()
        return {id.int & NUMBER: seq for id, seq in rows}

    def _lines(self) -> list[tuple[int, int]]:
        """What the log has of reports that were made here."""
        if not self.side.log:
            return self.taken
        query = f"SELECT operation_id, seq FROM {self.side.log} WHERE id > %s AND seq >= {LOAD}"  # noqa: S608
        with psycopg.connect(self.url) as connection:
            rows = connection.execute(query, [self.since]).fetchall()
        return [(id.int & NUMBER, seq) for id, seq in rows]


def _pairs(file: Path) -> list[tuple[int, int]]:
    flat = array("q")
    flat.frombytes(file.read_bytes())
    file.unlink()
    return list(zip(flat[::2], flat[1::2], strict=True))


#: By the program that makes them and their size: a database to copy, and a file with a token.
_templates: dict[tuple[Ground | str | int, ...], tuple[str, str]] = {}


@contextmanager
def scene(on: Ground, side: Side, operations: int = OPERATIONS) -> Iterator[Scene]:
    """This side at work on a database of its own with so many claimed operations."""
    template, token = _template(on, side, operations)
    on.clear_as(template)
    try:
        with at_work(on, side, token) as made:
            yield made
    finally:
        on.drop()


@contextmanager
def at_work(on: Ground, side: Side, token: str) -> Iterator[Scene]:
    """The same on the database that is there."""
    settings = dict(side.settings)
    backend = {"RESULT_BACKEND": _backend(on, settings.get("RESULT_BACKEND", ""))}
    where = {**on.where(), "PORT": str(free_port()), "BENCH_TOKEN": token, "CONN_MAX_AGE": "60"}
    made = Scene(on, side, {**where, **settings, **backend})
    try:
        made.start()
        yield made
    finally:
        made.stop()


def _template(on: Ground, side: Side, operations: int) -> tuple[str, str]:
    key = (str(on.folder), side.seeding, operations)
    if key not in _templates:
        on.clear()
        token = seeded(on, side, operations)
        if side.seeding == OURS.seeding:
            claimed.write(on.database, claimed.Rows(first=0, last=operations))
        _templates[key] = on.database, token
    return _templates[key]


def seeded(on: Ground, side: Side, operations: int) -> str:
    """Make the tables of this side; the file with the token that may report."""
    token = str(on.effects())
    environment = {**on.where(), "BENCH_TOKEN": token, **dict(side.settings), "RESULT_BACKEND": ""}
    if run(side.python, side.seeding, "seed", str(operations), environment=environment).wait():
        raise SystemExit(f"{side.name} could not be made ready.")
    return token


def _backend(on: Ground, name: str) -> str:
    """The URL of Celery's result backend."""
    if name == "database":
        socket, _, database = on.database.removeprefix("postgres://angarium@").partition("/")
        return f"db+postgresql+psycopg://angarium@/{database}?host={socket}"
    return on.broker.url if name == "redis" else ""


@dataclass(frozen=True)
class Round:
    """What one round of one side gave: each load's answers, what they cost the database, and what is wrong."""

    heard: list[Heard]
    costs: Costs
    wrong: Wrong


def measured(
    on: Ground, side: Side, loads: list[Load], look: Callable[[Scene], None] | None = None, operations: int = OPERATIONS
) -> Round:
    """These loads one after the other, on a new database, after a first one that nobody times; then `look`."""
    with scene(on, side, operations) as made:
        made.load(Load(connections=8, seconds=WARM, operations=loads[0].operations, batch=loads[0].batch))
        meter = Meter(made.url, side.heads)
        heard = [made.load(load) for load in loads]
        made.stop()  # what backends have counted is told when they end
        if look:
            look(made)
        return Round(heard, meter.read(sum(len(one.taken) for one in heard)), made.wrong())


def rounds(
    on: Ground, pairs: int, sides: tuple[Side, ...], loads: list[Load], operations: int = OPERATIONS
) -> dict[str, list[Round]]:
    """So many rounds of each side, forwards and backwards in turn."""
    found: dict[str, list[Round]] = {side.name: [] for side in sides}
    for number in range(pairs):
        for side in sides if number % 2 else sides[::-1]:
            one = measured(on, side, loads, operations=operations)
            found[side.name].append(one)
            for load, heard in zip(loads, one.heard, strict=True):
                sys.stderr.write(f"{side.name}, {load.connections} connections: {heard}; wrong {one.wrong}\n")
    return found
