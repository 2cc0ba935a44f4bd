"""P12: what the embedded process costs while nobody asks anything of it.

`angarium up` on SQLite: seconds until it says that it is ready (in a new folder with its migrations and demo data, and
again in the same folder), then memory, processor and statements over half a minute of rest. The peers' figures are
those that they publish as the least to run them on; nothing of theirs is measured.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import processor
from benchmarks.figures import Figure, tell
from benchmarks.ground import SIDES
from tests.servers.processes import Process, free_port

STARTS = 5
#: Half a minute after work the counters are folded once; that is not rest yet.
SETTLE = 40.0
REST = 30.0
PUBLISHED = "Plane: 13 services · Huly: 8 GB · Novu: 4 vCPU, 8 GB"


@dataclass(frozen=True)
class Idle:
    """Seconds to start anew and again, MB of memory, share of one processor, statements a second."""

    first: float
    again: float
    memory: float
    processor: float
    statements: float


def idle(rest: float = REST, settle: float = SETTLE) -> Idle:
    """Start it twice in a new folder; watch the second one rest."""
    with TemporaryDirectory(prefix="angarium-bench-") as home:
        with started(home) as process:
            first = ready(process)
        with started(home) as process:
            again = ready(process)
            time.sleep(settle)
            statements, spent = Path(home, "statements").stat().st_size, processor.spent(process.pid)
            time.sleep(rest)
            statements = Path(home, "statements").stat().st_size - statements
            spent = processor.spent(process.pid) - spent
            return Idle(first, again, memory(process.pid), spent / rest, statements / rest)


def started(home: str) -> Process:
    where = {"ANGARIUM_HOME": home, "PORT": str(free_port()), "BENCH_STATEMENTS": f"{home}/statements"}
    return Process(str(SIDES / "counted_up.py"), program=sys.executable, environment=where)


def ready(process: Process) -> float:
    began = time.monotonic()
    process.wait_for(r"^ready: ", within=60)
    return time.monotonic() - began


def memory(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return kilobytes / 1000


def figures(found: list[Idle]) -> list[Figure]:
    def figure(what: str, values: list[float], unit: str, most: float | None) -> Figure:
        middle = median(values)
        return Figure(
            id="P12",
            what=what,
            against="published figures",
            ours=f"{middle:.2f} {unit} ({min(values):.2f} to {max(values):.2f})",
            peer=PUBLISHED if unit == "MB" else "",
            target="" if most is None else f"≤ {most:g} {unit}",
            met=None if most is None else middle <= most,
        )

    return [
        figure("first start, with migrations and demo data", [one.first for one in found], "s", None),
        figure("start", [one.again for one in found], "s", 3),
        figure("memory at rest (RSS)", [one.memory for one in found], "MB", 150),
        figure("processor at rest", [one.processor * 100 for one in found], "%", 1),
        figure("statements at rest", [one.statements for one in found], "/s", 1),
    ]


def main() -> None:
    tell(figures([idle() for _ in range(int(os.environ.get("BENCH_PAIRS", STARTS)))]))


if __name__ == "__main__":
    main()
