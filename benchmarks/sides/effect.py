"""The effect that every side has, the same and as cheap as can be: its number and the instant, appended to a file.

Only the standard library, since it is imported in the peers' environments. The clock is one for all processes.
"""

from __future__ import annotations

import os
import struct
import time

LINE = struct.Struct("<qq")
_files: dict[str, int] = {}


def happen(number: int, variable: str = "BENCH_EFFECTS") -> None:
    """Append (number, nanoseconds) to the file that this variable names; one small append is atomic."""
    if variable not in _files:
        _files[variable] = os.open(os.environ[variable], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(_files[variable], LINE.pack(number, time.monotonic_ns()))


def read(path: str) -> list[tuple[int, int]]:
    """All (number, nanoseconds) that happened so far."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return []
    return list(LINE.iter_unpack(data[: len(data) // LINE.size * LINE.size]))
