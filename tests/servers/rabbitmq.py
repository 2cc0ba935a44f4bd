"""A private RabbitMQ node: Debian's program, ports and folders of its own, one per process of the run.

Starting a node takes seconds, so a test that asks for a server gets the one of its process, running and without
queues. Its queues are durable: what it holds outlives a restart, and not `wipe()`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import amqp

from tests.servers.distribution import program
from tests.servers.environment import ends_with_us, free_port, new_folder, unavailable, wait_for_port

_CONFIGURATION = """
listeners.tcp.default = 127.0.0.1:{port}
loopback_users = none
log.console = false
raft.wal_max_size_bytes = 16777216
max_message_size = {most}
"""
#: Bytes; a message that is larger closes the channel.
MAX_MESSAGE = 1_000_000
#: One scheduler that does not spin: it shares its machine with what is being tested.
_ERLANG = "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"
#: Erlang's own traffic stays on this machine.
_LOCAL = "-kernel inet_dist_use_interface {127,0,0,1}"
_NAME = "rabbitmq-server"


class Server:
    """One node."""

    def __init__(self, scripts: Path) -> None:
        self._scripts = scripts
        self.folder = new_folder("rabbitmq-")
        self.port = free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        (self.folder / "rabbitmq.conf").write_text(_CONFIGURATION.format(port=self.port, most=MAX_MESSAGE))
        self._environment = self._places(names := free_port())
        self._names = _started(["epmd", "-address", "127.0.0.1", "-port", str(names)], self._environment)
        wait_for_port(names)
        self.start()

    def _places(self, names: int) -> dict[str, str]:
        """A node that does not know of any other: its own name server, name, ports and folders."""
        folder = str(self.folder)
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": folder,  # of the cookie
            "ERL_EPMD_PORT": str(names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "NOTIFY_SOCKET": "/none",  # the script then becomes the node, and is not its parent
            "RABBITMQ_NODENAME": f"angarium-{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/none",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{_ERLANG} {_LOCAL}",
        }

    def start(self) -> None:
        """Start on the same port as before, with what it held; returns when it answers."""
        self._process = _started([str(self._scripts / _NAME)], self._environment)
        self._wait()

    def pause(self) -> None:
        """Make it silent: it accepts connections and never answers."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it in order; connecting is then refused. Killed in the first moments of a queue, RabbitMQ 3.10 would not
        find a leader for that queue ever again."""
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def renew(self) -> None:
        """Running and without queues, whatever the last test has done to it."""
        if self._process.poll() is not None:
            self.start()
        self.resume()
        self.wipe()

    def end(self) -> None:
        self.kill()
        self._names.kill()
        self._names.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connected(self) -> amqp.Connection:
        """A connection of the test's own, to be used in a `with` block."""
        return amqp.Connection(
            f"127.0.0.1:{self.port}", userid="guest", password="guest", connect_timeout=2, read_timeout=5
        )

    def queues(self) -> list[str]:
        """The names of all queues, asked of the node itself."""
        answer = self._control("list_queues", "--silent", "name")
        return sorted(line.strip() for line in answer.splitlines() if line.strip())

    def depth(self, queue: str) -> int | None:
        """How many messages wait in it; None where there is no such queue."""
        with self.connected() as connection:
            try:
                return int(connection.channel().queue_declare(queue, passive=True).message_count)
            except amqp.NotFound:
                return None

    def kinds(self) -> dict[str, str]:
        """The type of each queue."""
        lines = self._control("list_queues", "--silent", "name", "type").splitlines()
        return dict(line.split("\t") for line in lines if line.strip())

    def listed(self) -> dict[str, int]:
        """What `rabbitmqctl list_queues` shows: the messages in each queue."""
        lines = self._control("list_queues", "--silent", "name", "messages").splitlines()
        return {name: int(number) for name, number in (line.split("\t") for line in lines if line.strip())}

    def reject(self, queue: str, *, times: int, again: bool) -> None:
        """Take the first message and refuse it, so many times; `again` puts it back for another delivery."""
        with self.connected() as connection:
            channel = connection.channel()
            for _ in range(times):
                if (message := channel.basic_get(queue)) is None:
                    return
                channel.basic_reject(message.delivery_tag, requeue=again)

    @contextmanager
    def refusing(self, queue: str) -> Iterator[None]:
        """It says no to what is published to this queue, which must hold a message."""
        limit = '{"max-length": 1, "overflow": "reject-publish"}'
        self._control("set_policy", "refusing", f"^{queue}$", limit, "--apply-to", "queues")
        try:
            yield
        finally:
            self._control("clear_policy", "refusing")

    def empty(self) -> None:
        """Take every message out of every queue of tasks."""
        with self.connected() as connection:
            for queue in self._shared_queues():
                connection.channel().queue_purge(queue)

    def wipe(self) -> None:
        """Delete every queue with what is in it."""
        with self.connected() as connection:
            for queue in self._shared_queues():
                connection.channel().queue_delete(queue)

    def _shared_queues(self) -> list[str]:
        """Those that outlive their maker; a worker's own ones for remote control go with its connection."""
        return [name for name in self.queues() if "celery" not in name]

    def _control(self, *words: str) -> str:
        command = [str(self._scripts / "rabbitmqctl"), "--node", self._environment["RABBITMQ_NODENAME"], *words]
        return subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=True, timeout=60
        ).stdout

    def _wait(self, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                return self.connected().connect()
            except (OSError, amqp.AMQPError):
                time.sleep(0.1)  # the server says nowhere that it listens
        self.stop()
        raise RuntimeError(f"RabbitMQ on port {self.port} does not start; see {self.folder}/log")


def _started(words: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        words,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=ends_with_us(signal.SIGKILL),
    )


def new_server() -> Server:
    """The server of this process, running and without queues, started at the first call."""
    global _mine
    if _mine is None:
        path = program([_NAME, f"/usr/lib/rabbitmq/bin/{_NAME}"], "rabbitmq-server")
        if path is None:
            unavailable("No RabbitMQ here: install Debian's `rabbitmq-server`.")
        _mine = Server(_scripts(Path(str(path))))
    _mine.renew()
    return _mine


def stop_all() -> None:
    global _mine
    if _mine is not None:
        _mine.end()
    _mine = None


def _scripts(program: Path) -> Path:
    """Debian's programs change the account first, which a folder of ours would have to allow."""
    plain = Path("/usr/lib/rabbitmq/bin")
    return plain if plain.is_dir() else program.resolve().parent


_mine: Server | None = None
