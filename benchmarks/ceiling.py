"""What PostgreSQL does by itself: pgbench and one statement, with nobody before it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from benchmarks.ground import SIDES, Ground
from benchmarks.loads import OPERATIONS, busy
from benchmarks.reports import DATABASE, scene
from tests.servers import postgres

SCRIPT = SIDES / "ordered.sql"


def ceiling(on: Ground, *, heads: int, clients: int, seconds: float, operations: int = OPERATIONS) -> float:
    """Transitions a second with so many heads in a transaction."""
    with scene(on, DATABASE, operations) as made:
        found = _pgbench(made.url, {"heads": heads, "operations": operations}, clients, seconds)
    sys.stderr.write(f"pgbench, {heads} heads, {clients} clients: {found:,.0f} transactions/s, {busy()}\n")
    return found * heads


def _pgbench(url: str, variables: dict[str, int], clients: int, seconds: float) -> float:
    """Transactions a second, without the time for connecting."""
    given = [word for name, value in variables.items() for word in ("-D", f"{name}={value}")]
    words = ["-n", "-M", "prepared", "-f", SCRIPT, "-c", clients, "-j", 2, "-T", max(1, int(seconds))]
    program = Path(postgres._binaries(Path(), None)) / "pgbench"
    told = subprocess.check_output([program, *map(str, words), *given, url], text=True)  # noqa: S603
    answer = re.search(r"tps = ([0-9.]+)", told)
    assert answer, told
    return float(answer[1])
