"""The history of one test: JSON lines in a file, appended by whichever process has something to say.

Each line has `what`, the process (`pid`) and the machine's monotonic time (`at`), which all processes share. A line is
one write to a file opened for appending, so it is there as a whole, or not at all, whenever its writer is killed.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

#: Names the file, for processes that are started by a test.
FILE = "FAULTS_HISTORY"
Line = dict[str, Any]


def record(what: str, **said: Any) -> None:
    """Append one line to the history that the environment names."""
    append(Path(os.environ[FILE]), what, **said)


def append(path: Path, what: str, **said: Any) -> None:
    """Append one line to this history."""
    line: Line = {"what": what, "pid": os.getpid(), "at": time.monotonic(), **said}
    data = (json.dumps(line, default=str, ensure_ascii=False) + "\n").encode()
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, data)
    finally:
        os.close(file)


def read(path: Path) -> list[Line]:
    """The lines so far, as they were written."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
