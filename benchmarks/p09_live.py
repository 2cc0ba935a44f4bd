"""P9: updates as they are committed, to a thousand sockets and more: frames a second, milliseconds, bytes per socket.

Ours is a fleet's way: events are committed, the relay gives them positions, a hint goes through Redis, and `angarium
live` reads on and tells everybody. The peer is Channels with channels_redis: a consumer in a group, `group_send` after
the commit, under uvicorn. One client program listens to all sockets of both and counts (`sides/listen.py`).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import peers, processor
from benchmarks.figures import Figure, ratio, spread, tell
from benchmarks.ground import SIDES, Ground, ground, run
from benchmarks.p04_latency import p99
from benchmarks.p12_idle import memory
from benchmarks.sides import effect
from tests.servers.environment import free_port, wait_for_port

PAIRS = 5
#: Seconds without a frame after which nothing more is expected.
SILENCE = 10.0


@dataclass(frozen=True)
class Side:
    """One way to tell: its program and interpreter, where its sockets are, and its channel layer if it has one."""

    name: str
    program: str
    peer: peers.Peer | None
    path: str
    layer: str = ""
    roles: tuple[str, ...] = ("live",)

    @property
    def python(self) -> str:
        return self.peer.python if self.peer else sys.executable


OURS = Side("angarium", "ours_live", None, "/ws/notifications/?topics=lesson:*", roles=("relay", "live"))
CORE = Side(
    "channels_redis core", "plain_channels", peers.CHANNELS, "/updates/", "channels_redis.core.RedisChannelLayer"
)
PUBSUB = Side(
    "channels_redis pubsub",
    "plain_channels",
    peers.CHANNELS,
    "/updates/",
    "channels_redis.pubsub.RedisPubSubChannelLayer",
)
THEIRS = (CORE, PUBSUB)


@dataclass(frozen=True)
class Size:
    """How much of each is measured: sockets and updates of the bursts; sockets, updates a second and seconds of the
    paces, none with fewer sockets than the one before; and sockets that are idle."""

    bursts: tuple[tuple[int, int], ...] = ((300, 100), (1000, 50))
    paces: tuple[tuple[int, float, float], ...] = ((300, 5.0, 6.0), (1000, 20.0, 4.0))
    idle: tuple[int, ...] = (1000, 10_000)


@dataclass
class Round:
    """What one round of one side gave: frames a second by sockets; milliseconds to each frame, and microseconds of the
    server's processor per frame, by sockets and updates a second; bytes per idle socket by sockets; and of all frames
    how many were missed or heard twice, and how many connections broke."""

    rates: dict[int, float] = field(default_factory=dict)
    delays: dict[tuple[int, float], list[float]] = field(default_factory=dict)
    costs: dict[tuple[int, float], float] = field(default_factory=dict)
    sizes: dict[int, float] = field(default_factory=dict)
    expected: int = 0
    missed: int = 0
    twice: int = 0
    broken: int = 0


class Listeners:
    """The client program; `opened` sockets are open."""

    def __init__(self, port: int, side: Side, token: str, file: Path) -> None:
        self.file, self.opened = file, 0
        words = [sys.executable, str(SIDES / "listen.py"), str(port), side.path, str(file), *([token] if token else [])]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
        self.broken = self._read()[-1]

    def _read(self) -> list[int]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("The listeners have ended.")
        numbers = [int(word) for word in line.split() if word.isdigit()]
        self.broken = numbers[-1]
        return numbers

    def ask(self, line: str) -> list[int]:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self._read()

    def open(self, sockets: int) -> None:
        """Open as many as are missing to so many."""
        self.ask(f"open {sockets - self.opened}")
        self.opened = sockets

    def heard(self) -> tuple[int, int]:
        """How many updates were heard so far, and the instant of the last one."""
        count, last, _ = self.ask("count")
        return count, last

    def wait(self, count: int) -> tuple[int, int]:
        """Wait until so many were heard, or until nothing comes any more."""
        seen, at, since = 0, 0, time.monotonic()
        while seen < count and time.monotonic() - since < SILENCE:
            time.sleep(0.2)
            now, at = self.heard()
            since = time.monotonic() if now > seen else since
            seen = now
        return seen, at

    def end(self) -> list[tuple[int, int]]:
        """Hang up; every update that was heard, with its instant."""
        assert self.process.stdin
        self.process.stdin.write("end\n")
        self.process.stdin.close()
        self.process.wait()
        return effect.read(str(self.file))


class Scene:
    """One side at work on fresh servers."""

    def __init__(self, on: Ground, side: Side) -> None:
        on.clear()
        self.on, self.side, self.port, self.first = on, side, free_port(), 0
        self.commits = on.effects()
        self.token = on.effects()
        self.environment = {
            **on.where(),
            "PORT": str(self.port),
            "LIVE_ATTEMPTS": "1000000",
            "CHANNEL_LAYER": side.layer,
            "BENCH_COMMITS": str(self.commits),
            "BENCH_TOKEN": str(self.token),
        }
        if self.commit("seed").wait():
            raise SystemExit(f"{side.name} could not be made ready.")
        self.processes = {
            role: run(side.python, side.program, role, environment=self.environment) for role in side.roles
        }
        wait_for_port(self.port)

    def commit(self, *words: object) -> subprocess.Popen[bytes]:
        return run(self.side.python, self.side.program, *map(str, words), environment=self.environment)

    def listeners(self) -> Listeners:
        token = self.token.read_text() if self.token.exists() else ""
        return Listeners(self.port, self.side, token, self.on.effects())

    def memory(self) -> float:
        """MB of the process that has the sockets."""
        return memory(self.processes["live"].pid)

    def numbers(self, count: int) -> range:
        """The numbers of so many updates to come."""
        self.first += count
        return range(self.first - count, self.first)

    def end(self) -> None:
        for process in self.processes.values():
            processor.kill(process.pid)
            process.wait()


@contextmanager
def scene(on: Ground, side: Side) -> Iterator[Scene]:
    made = Scene(on, side)
    try:
        yield made
    finally:
        made.end()


def told(on: Ground, side: Side, size: Size) -> Round:
    """Updates as fast as one process commits them, one by one, and updates at a pace."""
    found = Round()
    began: dict[tuple[int, float], range] = {}
    with scene(on, side) as made:
        listeners = made.listeners()
        warm(made, listeners)
        steps = [(sockets, 0.0, updates) for sockets, updates in size.bursts]
        steps += [(sockets, rate, int(rate * seconds)) for sockets, rate, seconds in size.paces]
        for sockets, rate, updates in sorted(steps):
            listeners.open(sockets)
            numbers = made.numbers(updates)
            frames, seconds, processor = tell_all(made, listeners, numbers, rate)
            found.expected += updates * sockets
            found.missed += max(0, updates * sockets - frames)
            found.twice += max(0, frames - updates * sockets)
            if rate:
                began[sockets, rate], found.costs[sockets, rate] = numbers, processor / max(1, frames) * 1e6
            else:
                found.rates[sockets] = frames / seconds
        found.broken = listeners.broken
        events = listeners.end()
    instants = dict(effect.read(str(made.commits)))
    for key, numbers in began.items():
        found.delays[key] = [(at - instants[number]) / 1e6 for number, at in events if number in numbers]
    return found


def warm(made: Scene, listeners: Listeners) -> None:
    """The first update of a process connects, imports and compiles; it is left out on both sides."""
    listeners.open(1)
    tell_all(made, listeners, made.numbers(1), 1.0)


def tell_all(made: Scene, listeners: Listeners, numbers: range, rate: float) -> tuple[int, float, float]:
    """Commit these updates, one by one, at this pace or as fast as may be: how many frames came of it, the seconds from
    the first commit to the last frame, and the seconds of the server's processor."""
    before, _ = listeners.heard()
    server = made.processes["live"].pid
    spent = processor.spent(server)
    pace = rate or 1e6
    made.commit("pace", numbers[0], pace, len(numbers) / pace).wait()
    heard, last = listeners.wait(before + len(numbers) * listeners.opened)
    first = dict(effect.read(str(made.commits)))[numbers[0]]
    return heard - before, (last - first) / 1e9, processor.spent(server) - spent


def idle(on: Ground, side: Side, size: Size, found: Round) -> None:
    """Bytes that a socket costs the server on which nothing happens, beyond what the first one brings."""
    with scene(on, side) as made:
        listeners = made.listeners()
        warm(made, listeners)
        before = made.memory()
        for sockets in size.idle:
            listeners.open(sockets)
            time.sleep(1)
            found.sizes[sockets] = (made.memory() - before) * 1e6 / (sockets - 1)
        found.broken += listeners.broken
        listeners.end()


def rounds(on: Ground, pairs: int, size: Size, sides: Sequence[Side] = (OURS, *THEIRS)) -> dict[str, list[Round]]:
    """So many rounds of each side, forwards and backwards in turn."""
    found: dict[str, list[Round]] = {side.name: [] for side in sides}
    for number in range(pairs):
        for side in sides if number % 2 else sides[::-1]:
            one = told(on, side, size)
            idle(on, side, size, one)
            found[side.name].append(one)
            sys.stderr.write(f"{side.name}: {summary(one)}\n")
    return found


def summary(one: Round) -> str:
    return "; ".join(f"{each.what} {format(each.of(one), each.unit)}" for each in measures(one)) + f"; {lost([one])}"


@dataclass(frozen=True)
class Measure:
    """A figure of each round; asked are at least so many times the peer's, or at most so much."""

    what: str
    of: Callable[[Round], float]
    unit: str = ".1f"
    least: float = 0
    most: float = 0

    def beside(self, ours: Sequence[Round], theirs: Sequence[Round], name: str) -> Figure:
        mine, other = ([self.of(one) for one in rounds] for rounds in (ours, theirs))
        met = ratio(mine, other) >= self.least if self.least else median(mine) <= self.most if self.most else None
        return Figure(
            id="P9",
            what=self.what,
            against=name,
            ours=format(median(mine), self.unit),
            peer=format(median(other), self.unit),
            ratio=spread(mine, other),
            target=f"≥ {self.least:g}" if self.least else f"≤ {self.most:g}" if self.most else "",
            met=met,
        )


def measures(one: Round) -> list[Measure]:
    """What there is to say of rounds like this one."""
    found = [at_once(sockets) for sockets in one.rates]
    found += [each for sockets, rate in one.delays for each in at_pace(sockets, rate)]
    return found + [at_rest(sockets) for sockets in one.sizes]


def at_once(sockets: int) -> Measure:
    return Measure(f"frames/s, {sockets} sockets", lambda one: one.rates[sockets], ",.0f", least=8)


def at_pace(sockets: int, rate: float) -> tuple[Measure, ...]:
    key, where = (sockets, rate), f"{sockets} sockets, {rate:g} updates/s"
    most = 200 if (sockets, rate) == (1000, 20) else 0
    return (
        Measure(f"commit → frame, {where}, p50, ms", lambda one: median(one.delays[key])),
        Measure(f"commit → frame, {where}, p99, ms", lambda one: p99(one.delays[key]), most=most),
        Measure(f"processor per frame, {where}, server, µs", lambda one: one.costs[key]),
    )


def at_rest(sockets: int) -> Measure:
    return Measure(f"kB per idle socket, {sockets:,}", lambda one: one.sizes[sockets] / 1000, most=50)


def lost(rounds: Sequence[Round]) -> str:
    missed, twice, broken = (sum(getattr(one, what) for one in rounds) for what in ("missed", "twice", "broken"))
    return f"{missed}, {twice}, {broken} of {sum(one.expected for one in rounds):,}"


def compared(ours: Sequence[Round], theirs: Sequence[Round], name: str) -> list[Figure]:
    """The figures beside one peer."""
    good = not any(one.missed or one.twice or one.broken for one in ours)
    what = "frames missed, frames doubled, connections broken"
    losses = Figure(id="P9", what=what, against=name, ours=lost(ours), peer=lost(theirs), target="0", met=good)
    return [*(each.beside(ours, theirs, name) for each in measures(ours[0])), losses]


def main() -> None:
    with ground() as on:
        found = rounds(on, int(os.environ.get("BENCH_PAIRS", PAIRS)), Size())
    tell([figure for side in THEIRS for figure in compared(found[OURS.name], found[side.name], side.name)])


if __name__ == "__main__":
    main()
