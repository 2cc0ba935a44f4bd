"""Who owns a spool: one living process, told by a lock that the kernel takes back however the process ends.

The lock is on a file of its own beside the spool, since closing a second descriptor of a SQLite file would drop
SQLite's own locks. When the file is taken, the next free name is used (`reports.2.sqlite`), so that the processes of
one service share a path; what one left in its file is sent by whoever takes that next, or by a neighbour (`heirs`).
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from .errors import SpoolBroken


@dataclass(frozen=True, slots=True)
class Place:
    """A spool's file, and the descriptor that holds its lock."""

    path: Path
    lock: int

    def release(self) -> None:
        """In a forked process this leaves the parent's lock as it is."""
        os.close(self.lock)


def free_place(path: Path) -> Place:
    """The first free one of `reports.sqlite`, `reports.2.sqlite`, … SpoolBroken when no file can be made there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return next(place for one in _names(path) if (place := hold(one)) is not None)
    except OSError as error:
        raise SpoolBroken(f"The spool {path} cannot be opened: {error}.") from error


def hold(path: Path) -> Place | None:
    """This very file; None when a living process owns it."""
    lock = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # what is reported is nobody else's to read
    except BlockingIOError:
        os.close(lock)
        return None
    except OSError:
        os.close(lock)
        raise
    return Place(path, lock)


def neighbours(path: Path) -> list[Path]:
    """The files of this name that there are, owned or not."""
    name = re.compile(rf"{re.escape(path.stem)}(\.\d+)?{re.escape(path.suffix)}")
    return [one for one in sorted(path.parent.iterdir()) if name.fullmatch(one.name) and one.is_file()]


def _names(path: Path) -> Iterator[Path]:
    yield path
    for number in count(2):
        yield path.with_name(f"{path.stem}.{number}{path.suffix}")
