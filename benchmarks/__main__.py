"""`make bench`: every workload of this folder in a process of its own, one after the other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WORKLOADS = sorted(file.stem for file in Path(__file__).parent.glob("[!_]*.py"))


def main() -> int:
    failed = 0
    for workload in WORKLOADS:
        print(f"\n## {workload}\n", flush=True)  # noqa: T201
        failed |= subprocess.call([sys.executable, "-m", f"benchmarks.{workload}"])  # noqa: S603
    return failed


if __name__ == "__main__":
    sys.exit(main())
