"""Prefect's server on PostgreSQL, without the loops that have nothing to do with setting states."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from urllib.parse import unquote

SOCKET, _, DATABASE = os.environ["DATABASE_URL"].removeprefix("postgres://angarium@").partition("/")
SOCKET = unquote(SOCKET)
SETTINGS = {
    "PREFECT_API_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://angarium@/{DATABASE}?host={SOCKET}",
    "PREFECT_HOME": f"{os.environ['ANGARIUM_HOME']}/prefect",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
    "PREFECT_CLI_PROMPT": "false",
}
RUNS = """
INSERT INTO flow_run (id, name, flow_id)
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'run', $1 FROM generate_series(0, $2::int - 1) n
"""


async def fill(count: int) -> None:
    import asyncpg

    connection = await asyncpg.connect(host=SOCKET, user="angarium", database=DATABASE)
    flow = await connection.fetchval("INSERT INTO flow (name) VALUES ('bench') RETURNING id")
    await connection.execute(RUNS, flow, count)
    await connection.execute("VACUUM (ANALYZE)")
    await connection.close()


def main(command: str, *numbers: str) -> None:
    os.environ.update(SETTINGS)
    prefect = [sys.executable, "-m", "prefect"]
    if command == "seed":
        subprocess.run([*prefect, "server", "database", "upgrade", "-y"], check=True)  # noqa: S603
        asyncio.run(fill(int(numbers[0])))
    else:
        where = ["--host", "127.0.0.1", "--port", os.environ["PORT"], "--no-services", "--no-ui"]
        os.execv(sys.executable, [*prefect, "server", "start", *where])  # noqa: S606


main(*sys.argv[1:])
