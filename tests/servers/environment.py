"""What the servers and the product's processes are started with: ports, folders, a clean environment."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

#: What the product reads; a test says each of these itself.
PRODUCT_VARIABLES = (
    "ANGARIUM_DEMO",
    "ANGARIUM_FAULT",
    "ANGARIUM_HOME",
    "ANGARIUM_METRICS_PORT",
    "ANGARIUM_OPEN",
    "ANGARIUM_TOKEN",
    "ANGARIUM_URL",
    "ALLOWED_HOSTS",
    "API_RATE",
    "BEHIND_TLS",
    "CELERY_BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "CELERY_TASK_ALWAYS_EAGER",
    "CONN_MAX_AGE",
    "CSRF_TRUSTED_ORIGINS",
    "DATABASE_URL",
    "DEBUG",
    "DEFAULT_FROM_EMAIL",
    "DEMO",
    "EMAIL_MOST_BYTES",
    "EMAIL_PER_SECOND",
    "EMAIL_TIMEOUT",
    "EMAIL_URL",
    "EXPORTS_ATTACH_BYTES",
    "EXPORTS_AT_ONCE",
    "EXPORTS_KEPT_HOURS",
    "EXPORTS_PER_PERSON",
    "EXPORTS_STORAGE",
    "FORWARDED_ALLOW_IPS",
    "FORWARD_AS",
    "FORWARD_FROM",
    "FORWARD_TO",
    "HOST",
    "LANGUAGE",
    "LEASE_GRACE_SECONDS",
    "LEASE_SECONDS",
    "LIVE_ATTEMPTS",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "MAX_BODY_BYTES",
    "METRICS_TOKEN",
    "MIGRATION_ATTEMPTS",
    "MIGRATION_LOCK_TIMEOUT",
    "MIGRATION_STATEMENT_TIMEOUT",
    "MODULES",
    "PORT",
    "PREPARED_STATEMENTS",
    "PROCESSOR_CONCURRENCY",
    "PROCESSOR_GRACE",
    "PROCESSOR_MODULES",
    "PROCESSOR_QUEUES",
    "PROCESSOR_SPOOL",
    "PROJECTS_LESSONS_PROJECT",
    "PROJECTS_NOTIFY",
    "PUBLIC_URL",
    "QUIET_HOURS",
    "REDIS_URL",
    "REPUBLISH_SECONDS",
    "RETENTION_DAYS",
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "SENDER_IN_FLIGHT",
    "SENDER_PER_SECOND",
    "SENDER_TIMEOUT",
    "SENDER_TOKEN",
    "SENDER_TOKEN_FILE",
    "SENDER_URL",
    "STATS_EMAIL",
    "TIMEOFF_ADVANCE_DAYS",
    "TIMEOFF_ESCALATE_HOURS",
    "TIMEOFF_LINK_HOURS",
    "TIMEOFF_NOTIFY",
    "TIMEOFF_ADVANCE_DAYS",
    "TIME_ZONE",
    "WEBHOOK_ALLOWED_NETWORKS",
    "WEBHOOK_TIMEOUT",
    "WEB_WORKERS",
)
#: Set by the run's first process for its xdist workers: the folder that holds all files of the run.
HOME = "ANGARIUM_TEST_HOME"
_SET_PARENT_DEATH_SIGNAL = 1
_PREFIX = "angarium-test-"
_LOCK = "run.lock"
#: Bytes that a run may need.
_ROOM = 4 * 2**30


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for_port(port: int, *, within: float = 30) -> None:
    """Return when somebody listens on this loopback port; AssertionError when nobody does in time."""
    deadline = time.monotonic() + within
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, f"nobody listens on port {port} after {within} s"
            time.sleep(0.02)  # a server says nowhere that it listens


def run_folder() -> Path:
    """Make the folder of the whole run, with a path short enough for a unix socket, open to other accounts."""
    parent = _parent()
    _sweep(Path(parent))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    folder.chmod(0o711)
    held = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR)  # until this process ends, however it ends
    fcntl.flock(held, fcntl.LOCK_EX)
    return folder


def _sweep(parent: Path) -> None:
    """Remove the folders of runs that were killed: nobody holds their lock any more."""
    for lock in parent.glob(f"{_PREFIX}*/{_LOCK}"):
        with contextlib.suppress(OSError), open(lock) as held:  # somebody else's, or gone meanwhile
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.parent, ignore_errors=True)


def _parent() -> str:
    """Memory where there is enough of it, since emptying tables is four times as fast there; TMPDIR goes first."""
    memory = Path("/dev/shm")
    if "TMPDIR" not in os.environ and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM:
        return str(memory)
    return tempfile.gettempdir() if len(tempfile.gettempdir()) < 40 else "/tmp"


def new_folder(prefix: str) -> Path:
    """A new folder inside the run's, so that it goes with the run even when its maker is killed."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=os.environ[HOME]))
    folder.chmod(0o711)
    return folder


def ends_with_us(with_signal: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the child gets this signal when the thread that started it dies, even by SIGKILL."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def ask_the_kernel() -> None:
        if libc is not None:
            libc.prctl(_SET_PARENT_DEATH_SIGNAL, int(with_signal), 0, 0, 0)

    return ask_the_kernel


def unavailable(sentence: str) -> None:
    """Skip the test; fail it where the run must have every server (ANGARIUM_REQUIRE_BACKENDS=1)."""
    if os.environ.get("ANGARIUM_REQUIRE_BACKENDS") == "1":
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)
