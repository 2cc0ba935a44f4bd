"""A limit that the kernel keeps: processes with more memory than that are killed by it. Needs root and a cgroup."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

#: Where groups are, with the file of the limit: version 1 has a tree for memory alone.
_TREES = (
    (Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
    (Path("/sys/fs/cgroup"), "memory.max"),
)


@contextlib.contextmanager
def memory_limited(pids: Sequence[int], megabytes: int) -> Iterator[bool]:
    """These processes together have so much memory and no swap, files in memory included; false where that cannot be
    had. The group is removed when they have ended."""
    group = _group(megabytes)
    for pid in pids if group else ():
        (group / "cgroup.procs").write_text(str(pid))  # type: ignore[operator]
    yield group is not None
    if group:
        with contextlib.suppress(OSError):  # still at work: an empty group costs nothing
            group.rmdir()


def _group(megabytes: int) -> Path | None:
    for tree, limit in _TREES:
        folder = tree / f"angarium-test-{os.getpid()}"
        with contextlib.suppress(OSError):
            folder.mkdir(exist_ok=True)
            if (folder / limit).exists():
                (folder / limit).write_text(str(megabytes * 2**20))
                return folder
            folder.rmdir()
    return None
