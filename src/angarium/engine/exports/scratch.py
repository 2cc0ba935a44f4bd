"""Where the compiled writer keeps the rows until it packs them: a file without a name in TMPDIR, which in a container
is often memory. While a workbook is written TMPDIR is the folder that the workbook is made in."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Of the operating system, and no setting of ours.
PLACE = "TMPDIR"
_lock = threading.Lock()
_writing = 0
_before: str | None = None


@contextmanager
def rows_kept_in(folder: Path) -> Iterator[None]:
    """The whole process has this TMPDIR for as long as one of its threads is in the block."""
    global _writing, _before
    with _lock:
        if not _writing:
            _before = os.environ.get(PLACE)
        os.environ[PLACE] = str(folder)
        _writing += 1
    try:
        yield
    finally:
        with _lock:
            _writing -= 1
            if not _writing:
                _put_back()


def _put_back() -> None:
    if _before is None:
        os.environ.pop(PLACE, None)
    else:
        os.environ[PLACE] = _before
