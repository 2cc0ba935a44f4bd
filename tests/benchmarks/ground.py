"""What the short forms stand on: the servers of the run, which do not write through to the disk, and tables that were
made once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.ground import Ground
from benchmarks.p05_drain import migrate
from tests.processes.seeds import once
from tests.servers import postgres, redis
from tests.servers.environment import new_folder


class Prepared(Ground):
    """Its databases have their tables already, so that a side that makes them has nothing to do."""

    tables = ""

    def clear(self) -> None:
        super().clear()
        if not self.tables:
            self.tables = self.made()
        postgres.copy(self.tables, self.database)

    def made(self) -> str:
        """The database of this server that is copied."""
        server = postgres.server()
        url = server.url("tables")
        with once("tables") as folder:
            if not (done := folder / f"tables-of-{Path(server.socket).name}").exists():
                server.execute("CREATE DATABASE tables")
                migrate({**self.where(), "DATABASE_URL": url})
                done.touch()
        return url


@contextmanager
def ground() -> Iterator[Ground]:
    server = redis.new_server()
    yield Prepared(new_folder("bench-"), server)
    server.stop()
