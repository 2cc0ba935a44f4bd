"""This machine: room on the disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from .check import Severity, check
from .source import Source, here

HOST = Source(name="this machine", reach=here)
MIB, GIB = 2**20, 2**30
#: So much must be free whatever the disk is; a twentieth of it as well, where that is less than five gigabytes.
LEAST, SHARE, ENOUGH = 256 * MIB, 0.05, 5 * GIB


@check(
    "ANG014",
    "The disk is nearly full",
    of=HOST,
    severity=Severity.ERROR,
    why="Without room nothing can be accepted: writes are answered with 503 until there is some. With SQLite the "
    "whole database is there, and letters and exports always are.",
    remedy="Free some space, set ANGARIUM_HOME to another disk, or keep less (RETENTION_DAYS).",
)
def disk(_: None) -> Iterator[str]:
    folder = _that_exists(Path(settings.ANGARIUM_HOME))
    room = shutil.disk_usage(folder)
    if room.free < LEAST or room.free < min(SHARE * room.total, ENOUGH):
        yield f"{room.free // MIB} of {room.total // MIB} MiB are free where ANGARIUM_HOME is ({folder})."


def _that_exists(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())
