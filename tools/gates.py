"""Reads `coverage json` and refuses a run in which a part that must not break is not covered."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

#: What must be covered by its own tests, lines and branches together, in per cent: (glob below src/angarium, least).
GATES = (
    ("modules/*/actions.py", 95.0),
    ("modules/*/actions/**/*.py", 95.0),
    ("modules/*/lifecycle.py", 95.0),
    ("engine/events/**/*.py", 95.0),
    ("engine/ledger/**/*.py", 95.0),
)
#: The key processes of `timeoff`: (name, least, globs below src/angarium), each glob with files that were measured.
_TIMEOFF = "modules/timeoff/"
_PROCESSES = {
    "requests": ("lifecycle.py", "queries/requests.py", *(f"actions/{word}.py" for word in ("requests", "decisions"))),
    "vacation calculation": ("accrual.py", "calendar.py", "derivation.py", "parts.py", "rules.py", "balances/*.py"),
    "rates": ("actions/rates.py", "pay.py", "earnings.py", "overtime.py"),
    "access checks": ("rights.py", "queries/people.py"),
}
PROCESSES = tuple((name, 80.0, tuple(_TIMEOFF + glob for glob in globs)) for name, globs in _PROCESSES.items())
_ROOT = Path("src/angarium")


def main(report: Path) -> int:
    files: dict[str, dict[str, Any]] = json.loads(report.read_text())["files"]
    results = [gate for glob, least in GATES for gate in _results(files, glob, least)]
    results += [_process(files, *process) for process in PROCESSES]
    for label, covered, least, gaps in results:
        verdict = "ok" if covered >= least else f"TOO LOW, least is {least:.0f} %; not covered: {gaps}"
        print(f"  {covered:6.2f} %  {label:40} {verdict}")
    return int(any(covered < least for _, covered, least, _ in results))


def _results(files: dict[str, dict[str, Any]], glob: str, least: float) -> list[tuple[str, float, float, str]]:
    """One result for a whole tree, one for each file where the glob names files by their place."""
    names = [str(path) for path in sorted(_ROOT.glob(glob)) if str(path) in files]
    groups = {glob: names} if "**" in glob else {name.removeprefix("src/angarium/"): [name] for name in names}
    return [(label, _covered(files, group), least, _gaps(files, group)) for label, group in groups.items() if group]


def _process(
    files: dict[str, dict[str, Any]], name: str, least: float, globs: tuple[str, ...]
) -> tuple[str, float, float, str]:
    """One result for all files of a process; nothing is covered where a part of it was not even measured."""
    found = {glob: [str(path) for path in sorted(_ROOT.glob(glob)) if str(path) in files] for glob in globs}
    missing = [glob for glob, names in found.items() if not names]
    every = [each for names in found.values() for each in names]
    gaps = f"no file of {', '.join(missing)} was measured" if missing else _gaps(files, every)
    return f"timeoff: {name}", 0.0 if missing else _covered(files, every), least, gaps


def _covered(files: dict[str, dict[str, Any]], names: list[str]) -> float:
    summaries = [files[name]["summary"] for name in names]
    whole = sum(each["num_statements"] + each.get("num_branches", 0) for each in summaries)
    covered = sum(each["covered_lines"] + each.get("covered_branches", 0) for each in summaries)
    return 100.0 * covered / whole if whole else 100.0


def _gaps(files: dict[str, dict[str, Any]], names: list[str]) -> str:
    """The five files with most lines missing, with the first of these lines."""
    missing = {name: files[name]["missing_lines"] for name in names if files[name]["missing_lines"]}
    ranked = sorted(missing.items(), key=lambda item: -len(item[1]))[:5]
    return "; ".join(f"{name} {', '.join(map(str, lines[:8]))}" for name, lines in ranked)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
