"""P8: exports of 10,000 and of a million rows from PostgreSQL to XLSX, and what the same report costs the web process.

BENCH_EXPORT says how many rows the large one has (a million), BENCH_REPORT those of the report in a request (100,000).
Each file is made by a process of its own, and its rows are counted by another library. The large one is made once by
each peer, since that takes minutes. For HR-08 the web process's peak is read while it answers with a workbook that it
makes itself (openpyxl, behind gunicorn), and while it takes an export, tells of it and hands the file out (ours).
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

from python_calamine import CalamineWorkbook

from benchmarks import claimed, memory, peers, processor
from benchmarks.figures import Figure, ratio, spread, tell
from benchmarks.ground import SIDES, Ground, ground, run
from benchmarks.loads import busy
from benchmarks.measures import pairs
from benchmarks.reports import Side, seeded
from tests.servers.environment import free_port, wait_for_port
from tests.servers.processes import clean_environment

SMALL, LARGE, REPORT = 10_000, 1_000_000, 100_000
FASTER, GROWTH, LESS = 10.0, 15.0, 24.0
OURS = Side(name="angarium", seeding="ours_exports", serving=())
PEERS = {"openpyxl": peers.OPENPYXL, "django-import-export": peers.IMPORT_EXPORT, "pandas": peers.PANDAS}
KIND = "'kind.' || n % 20"
STATE = "CASE n % 10 WHEN 0 THEN 'failed' ELSE 'succeeded' END"


@dataclass(frozen=True)
class File:
    """One file: seconds that it took, MB that its process kept at most and look after look, rows found in it."""

    seconds: float
    memory: float
    rows: int
    sizes: list[float] = field(default_factory=list)


@dataclass
class Made:
    """The files of one size, by who made them."""

    rows: int
    files: dict[str, list[File]] = field(default_factory=dict)

    def add(self, name: str, file: File) -> None:
        self.files.setdefault(name, []).append(file)
        sys.stderr.write(f"{self.rows:,} rows, {name}: {file.seconds:.1f} s, {file.memory:.0f} MB; {busy()}\n")

    def whole(self) -> bool:
        return all(file.rows == self.rows for found in self.files.values() for file in found)


@contextmanager
def stocked(on: Ground, rows: int) -> Iterator[str]:
    """A database with so many operations; the file with the token."""
    on.clear()
    token = seeded(on, OURS, rows)
    claimed.write(on.database, claimed.Rows(first=0, last=rows, kind=KIND, state=STATE, history=False))
    yield token


def made(on: Ground, name: str) -> File:
    """Have one file made by a process of its own, and count its rows."""
    target = on.effects().with_suffix(".xlsx")
    words = [sys.executable, SIDES / "ours_exports.py", "build", target]
    if name in PEERS:
        how = name.removeprefix("django-").replace("-", "_")
        words = [PEERS[name].python, SIDES / "plain_exports.py", how, target]
    environment = clean_environment(on.where(), measured=False)
    maker = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE)  # noqa: S603
    with memory.Watched(maker.pid) as watched:
        told, _ = maker.communicate()
    assert maker.returncode == 0, name
    found = json.loads(told)
    rows = rows_in(target)
    target.unlink()
    return File(found["seconds"], found["memory"], rows, watched.sizes)


def rows_in(path: Path) -> int:
    book = CalamineWorkbook.from_path(str(path))
    return sum(book.get_sheet_by_index(number).height - 1 for number in range(len(book.sheet_names)))


def rounds(on: Ground, rows: int, times: int, *, beside: tuple[str, ...] = tuple(PEERS), once: bool = False) -> Made:
    """So many files of ours, and of each peer as many or one."""
    found = Made(rows)
    with stocked(on, rows):
        for number in range(times):
            for name in (OURS.name, *beside):
                if name == OURS.name or number == 0 or not once:
                    found.add(name, made(on, name))
    return found


def peak(pid: int) -> float:
    """MB that these processes have kept at most, added up."""
    lines = [Path(f"/proc/{one}/status").read_text().splitlines() for one in processor.family(pid)]
    return sum(int(line.split()[1]) / 1024 for one in lines for line in one if line.startswith("VmHWM"))


def asked(port: int, method: str, path: str, token: str = "", body: object = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
    said = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"} if token else {}
    connection.request(method, path, json.dumps(body) if body is not None else None, said)
    answer = connection.getresponse()
    found = answer.read() if "/file/" not in path else sum_of(answer)
    connection.close()
    return answer.status, found


def sum_of(answer: http.client.HTTPResponse) -> bytes:
    """Read it without keeping it."""
    size = 0
    while block := answer.read(1 << 20):
        size += len(block)
    return str(size).encode()


def in_the_request(on: Ground) -> float:
    """MB of the web process that makes the report itself."""
    environment = {**on.where(), "PORT": str(free_port())}
    web = run(peers.OPENPYXL.python, "plain_exports", "serve", environment=environment)
    try:
        wait_for_port(int(environment["PORT"]), within=60)
        status, body = asked(int(environment["PORT"]), "GET", "/report/")
        assert status == 200, body[:300]
        assert body
        return peak(web.pid)
    finally:
        processor.kill(web.pid)
        web.wait()


def by_export(on: Ground, token: str) -> float:
    """MB of our web process that has the report made."""
    environment, secret = {**on.where(), "PORT": str(free_port()), "WEB_WORKERS": "1"}, Path(token).read_text()
    port = int(environment["PORT"])
    web = run(sys.executable, "ours_exports", "web", environment=environment)
    worker = run(sys.executable, "ours_exports", "worker", environment=environment)
    try:
        wait_for_port(port, within=60)
        wanted = {"dataset": "operations.operations", "filters": {}, "email": ""}
        status, body = asked(port, "POST", "/api/exports/", secret, wanted)
        assert status == 202, body[:300]
        path = f"/api/exports/{json.loads(body)['id']}/"
        while (found := json.loads(asked(port, "GET", path, secret)[1]))["state"] in {"queued", "running"}:
            time.sleep(0.2)
        assert found["state"] == "succeeded", found
        assert int(asked(port, "GET", f"{path}file/", secret)[1]) == found["bytes"]
        return peak(web.pid)
    finally:
        for process in (web, worker):
            processor.kill(process.pid)
            process.wait()


def figures(small: Made, large: Made) -> list[Figure]:
    found = [figure for one in (small, large) for figure in _beside(one)]
    most = [median(file.memory for file in one.files[OURS.name]) for one in (small, large)]
    growth, sizes = most[1] - most[0], large.files[OURS.name][-1].sizes or [most[1]]
    rows = f"{small.rows:,} to {large.rows:,} rows"
    return [
        *found,
        Figure(
            id="P8",
            what=f"memory grows from {rows}, MB",
            against="itself",
            ours=f"{growth:.1f}",
            peer=f"{most[0]:.0f} and {most[1]:.0f} kept",
            target=f"≤ {GROWTH:g}",
            met=growth <= GROWTH,
            note=f"memory from the start to the end of {large.rows:,} rows, from 0 to {max(sizes):.0f} MB: "
            f"`{memory.bars(sizes)}`",
        ),
        Figure(
            id="P8",
            what="rows in every file as many as in the table",
            against="itself",
            ours="yes" if small.whole() and large.whole() else "no",
            peer="",
            target="yes",
            met=small.whole() and large.whole(),
        ),
    ]


def _beside(one: Made) -> Iterator[Figure]:
    ours = one.files[OURS.name]
    for name, theirs in one.files.items():
        if name == OURS.name:
            continue
        mine, other = [file.seconds for file in ours[: len(theirs)]], [file.seconds for file in theirs]
        faster = ratio(other, mine)
        yield Figure(
            id="P8",
            what=f"{one.rows:,} rows to XLSX, s (MB kept)",
            against=name,
            ours=f"{median(mine):.1f} ({median(file.memory for file in ours):.0f})",
            peer=f"{median(other):.1f} ({median(file.memory for file in theirs):.0f})",
            ratio=f"{spread(other, mine)} × as fast",
            target=f"≥ {FASTER:g}" if name == "openpyxl" else "",
            met=faster >= FASTER if name == "openpyxl" else None,
        )


def report(ours: list[float], theirs: list[float], rows: int) -> Figure:
    less = (1 - ratio(ours, theirs)) * 100
    return Figure(
        id="HR-08",
        what=f"peak of the web process, report of {rows:,} rows, MB",
        against="the same report made in the request (openpyxl)",
        ours=f"{median(ours):.0f}",
        peer=f"{median(theirs):.0f}",
        ratio=f"{spread(ours, theirs)}, {less:.0f} % lower",
        target=f"≥ {LESS:g} % lower",
        met=less >= LESS,
    )


def draw(one: Made) -> None:
    """The memory of each maker over time, as a picture for each."""
    for name, files in one.files.items():
        title = f"memory while {name} writes {one.rows:,} rows"
        (peers.CACHE / f"p08_{name}.svg").write_text(memory.drawing(files[-1].sizes or [0.0, files[-1].memory], title))


def main() -> None:
    large, rows = int(os.environ.get("BENCH_EXPORT", LARGE)), int(os.environ.get("BENCH_REPORT", REPORT))
    with ground() as on:
        small, great = rounds(on, SMALL, pairs()), rounds(on, large, pairs(), once=True)
        with stocked(on, rows) as token:
            peaks = [(by_export(on, token), in_the_request(on)) for _ in range(pairs())]
    ours, theirs = ([pair[side] for pair in peaks] for side in (0, 1))
    draw(great)
    tell([*figures(small, great), report(ours, theirs, rows)])


if __name__ == "__main__":
    main()
