"""What the sides stand on: one private PostgreSQL that writes through to the disk, one private Redis."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import environment, postgres, redis

SIDES = Path(__file__).parent / "sides"


@dataclass
class Ground:
    """The running servers. `on_new_database()` gives an empty one, and an empty broker."""

    folder: Path
    broker: redis.Server
    database: str = ""
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10**6)))

    def clear(self) -> None:
        """An empty database and an empty broker for the next round."""
        self.database = postgres.new_database()
        self.broker.wipe()

    def clear_as(self, template: str) -> None:
        """The same, with what is in this database."""
        self.clear()
        server, name, copy = postgres.server(), template.rpartition("/")[2], self.database.rpartition("/")[2]
        server.execute(f"DROP DATABASE {copy}")
        server.execute(f"CREATE DATABASE {copy} TEMPLATE {name}")

    def drop(self) -> None:
        """The database of this round is not needed any more."""
        postgres.server().execute(f"DROP DATABASE {self.database.rpartition('/')[2]} WITH (FORCE)")

    def effects(self) -> Path:
        """Where the effects of one round go."""
        return self.folder / f"effects-{next(self.numbers)}"

    def where(self) -> dict[str, str]:
        """What a side must know to find the servers."""
        return {
            "DATABASE_URL": self.database,
            "REDIS_URL": self.broker.url,
            "CELERY_BROKER_URL": self.broker.url,
            "ANGARIUM_HOME": str(self.folder),
            "LOG_LEVEL": "WARNING",
        }


@contextmanager
def durable_postgres() -> Iterator[Path]:
    """A run's folder on the disk, and in it a PostgreSQL with `fsync` and `synchronous_commit` on."""
    os.environ.setdefault("TMPDIR", "/tmp")  # noqa: S108  not in memory, where nothing is durable
    folder = environment.run_folder()
    os.environ[environment.HOME] = os.environ["ANGARIUM_HOME"] = str(folder)
    postgres._OPTIONS.update(fsync="on", synchronous_commit="on", full_page_writes="on", autovacuum="on")
    try:
        yield folder
    finally:
        postgres.stop()


@contextmanager
def ground() -> Iterator[Ground]:
    """Both servers, for as long as the block lasts."""
    with durable_postgres() as folder:
        try:
            yield Ground(folder, redis.new_server())
        finally:
            redis.stop_all()


def run(python: str, program: str, *arguments: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start `sides/program.py` by that interpreter, in a session of its own that ends with us."""
    from signal import SIGKILL

    from tests.servers.environment import ends_with_us
    from tests.servers.processes import clean_environment

    return subprocess.Popen(  # noqa: S603
        [python, str(SIDES / f"{program}.py"), *arguments],
        env=clean_environment(environment, measured=False),
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr if os.environ.get("BENCH_VERBOSE") else subprocess.DEVNULL,
        stderr=None,
        start_new_session=True,
        preexec_fn=ends_with_us(SIGKILL),
    )
