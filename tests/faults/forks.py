"""Processes in no time: Django is set up once, and each process is a fork of this one, with connections of its own."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable


def forked(call: Callable[[], object]) -> int:
    """Begin the call in a process of its own; its id."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        call()
        status = 0
    except BaseException:  # noqa: BLE001  whatever it is, this process must not run on as its parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(status)


def ended(pid: int) -> int:
    """How the process ended: its status, or minus the signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def in_a_fork(call: Callable[[], object]) -> None:
    """Make the call in a process of its own and wait for it. AssertionError when it fails."""
    status = ended(forked(call))
    assert status == 0, f"{call} ended with {status}"
