"""How much processor time processes took, read from /proc: steadier on a busy machine than the wall clock."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def spent(*roots: int) -> float:
    """Seconds that these processes, their descendants, and those of them that have ended have used."""
    ticks, children = _processes()
    return sum(ticks.get(pid, 0) for pid in _tree(roots, children)) / _TICK


def family(root: int) -> list[int]:
    """This process and its descendants."""
    return _tree([root], _processes()[1])


def kill(root: int) -> None:
    """End a process and its descendants, also those that made sessions of their own."""
    for pid in family(root):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _processes() -> tuple[dict[int, int], dict[int, list[int]]]:
    """What each process has used, in ticks, and who its children are."""
    ticks: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        pid = int(entry.parent.name)
        children.setdefault(int(fields[1]), []).append(pid)
        ticks[pid] = sum(map(int, fields[11:15]))  # user, system, and of awaited children both
    return ticks, children


def _tree(roots: Iterable[int], children: dict[int, list[int]]) -> list[int]:
    found, waiting = [], list(roots)
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found
