"""Numbers of several processes as those of one: each keeps its own in a folder that they share, and whoever is
scraped adds them up. Without a folder a scrape would tell of one process of a role, and another one the next time."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from pathlib import Path

from django.conf import settings
from prometheus_client import values

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX = f"angarium-metrics-{socket.gethostname()}-"


def share() -> None:
    """Have the processes that this one starts, or becomes, keep their numbers together with its own.

    Must be called before the first metric is made. A folder that the environment names is kept.
    """
    if not os.environ.get(FOLDER):
        os.environ[FOLDER] = str(_new_folder())
    Path(os.environ[FOLDER]).mkdir(parents=True, exist_ok=True)
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]  # chosen when the client was imported, maybe by somebody else


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
