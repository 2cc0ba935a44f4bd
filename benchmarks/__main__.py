"""`make bench`: every workload in a process of its own, one table of what they found, and the page with it.

Name workloads to run only these; then the page is left as it is. BENCH_PAIRS says how many pairs (5), BENCH_SECONDS how
long a load of reports is (4); BENCH_CLIENTS and BENCH_SENT how large P6 is, BENCH_ROWS, BENCH_TRANSITIONS and
BENCH_PINNED how large P7, P11 and P13 are, BENCH_SOAK and BENCH_RATE how long reports come for P11 and how many,
BENCH_EXPORT and BENCH_REPORT how many rows P8 has, BENCH_TASKS how long the list of P10 is.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Figure, table

WORKLOADS = (
    "p01_reports",
    "p02_batches",
    "p03_hot",
    "p04_latency",
    "p05_drain",
    "p06_mailing",
    "p07_lists",
    "p07_mailings",
    "p08_exports",
    "p09_live",
    "p09_board",
    "p10_cached",
    "p11_growth",
    "p11_soak",
    "p12_idle",
    "p13_pinned",
)
#: Workloads that print a table of their own, for a decision that rests on it.
APART = ("accept_rule",)
ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "benchmarks.md"
#: What a person wrote about the figures; the page is made of the table and this.
ACCOUNT = Path(__file__).with_name("account.md")


def main(chosen: list[str]) -> int:
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "figures")
        for workload in chosen or (*WORKLOADS, *APART):
            print(f"\n## {workload}\n", flush=True)  # noqa: T201
            environment = {**os.environ, "BENCH_FIGURES": str(path)}
            failed |= subprocess.call([sys.executable, "-m", f"benchmarks.{workload}"], env=environment)  # noqa: S603
        lines = path.read_text().splitlines() if path.exists() else []
    found = [Figure(**json.loads(line)) for line in lines]
    print(f"\n{table(found)}", flush=True)  # noqa: T201
    if not chosen and not failed:
        PAGE.write_text(page(found))
    return failed


def page(found: list[Figure]) -> str:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    origin = "<!-- Made by `make bench` from what it measured and from benchmarks/account.md. -->"
    return f"# Benchmarks\n\n{origin}\n\n{day}, {machine}.\n\n{table(found)}\n\n{ACCOUNT.read_text()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
