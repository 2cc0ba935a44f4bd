"""Numbers of several processes as those of one: each keeps its own in a folder that they share, and whoever is
scraped adds them up. Without a folder a scrape would tell of one process of a role, and another one the next time."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from prometheus_client import values
from prometheus_client.metrics import MetricWrapperBase

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_values_lock = threading.Lock()
_PREFIX = f"angarium-metrics-{socket.gethostname()}-"


def share() -> None:
    """Have the processes that this one starts, or becomes, keep their numbers together with its own.

    Must be called before the first metric is made. A folder that the environment names is kept.
    """
    if not os.environ.get(FOLDER):
        os.environ[FOLDER] = str(_new_folder())
    Path(os.environ[FOLDER]).mkdir(parents=True, exist_ok=True)
    values.ValueClass = _value_class()  # chosen when the client was imported, maybe by somebody else


def _value_class() -> Any:
    """The client's class of numbers in that folder, with a lock that is ours to hold while a process is forked."""
    kept = values.Lock  # type: ignore[attr-defined]
    values.Lock = lambda: _values_lock  # type: ignore[attr-defined, assignment]
    try:
        return values.get_value_class()  # type: ignore[no-untyped-call]
    finally:
        values.Lock = kept  # type: ignore[attr-defined]


def fork_safely(metrics: Callable[[], Iterable[MetricWrapperBase]]) -> None:
    """Let no fork happen while a thread counts: the child would wait for ever for a lock whose owner it has not got.

    A pool that replaces a process which died forks beside the relay's thread.
    """
    held: list[Any] = []

    def hold() -> None:
        own = (getattr(metric, "_lock", None) for metric in metrics())  # one without labels has none
        for lock in (*filter(None, own), _values_lock):
            lock.acquire()
            held.append(lock)

    def release() -> None:
        while held:
            held.pop().release()

    os.register_at_fork(before=hold, after_in_parent=release, after_in_child=release)


def is_wanted() -> bool:
    """A role that serves its numbers on a port has processes below it; a folder was named for just that."""
    return bool(os.environ.get(FOLDER) or getattr(settings, "METRICS_PORT", 0))


def _new_folder() -> Path:
    """A folder that names its owner, so that those of owners which were killed can be removed by the next one."""
    for old in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = old.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not _lives(int(pid)):
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
