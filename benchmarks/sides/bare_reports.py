"""The least that takes reports durably: our server and reading, head and log row in a group commit, and no rule at all.

No token, no verdicts, no side tables, no counters: what is left is the ceiling of this way to do it.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import local
from typing import Any
from uuid import UUID

import django
import msgspec
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "angarium.config.settings")
django.setup()

from angarium.config.serving import serve  # noqa: E402
from angarium.engine.ledger.public import Report  # noqa: E402
from angarium.modules.operations.wire import report_of, reports_of  # noqa: E402

MOST, WRITERS = 500, 2
STATEMENT = """
WITH given AS MATERIALIZED (
    SELECT o.id, given.epoch, given.seq, given.state, done, total, given.message
    FROM unnest(%s::uuid[], %s::int[], %s::bigint[], %s::text[], %s::float[], %s::float[], %s::text[])
        AS given (id, epoch, seq, state, done, total, message)
    JOIN ledger_operation o ON o.id = given.id ORDER BY o.id FOR NO KEY UPDATE OF o
), moved AS (
    UPDATE ledger_operation o SET seq = g.seq, state = g.state, progress_done = g.done, progress_total = g.total,
        message = g.message, updated_at = now()
    FROM (SELECT DISTINCT ON (id) * FROM given ORDER BY id, seq DESC) g WHERE o.id = g.id
)
INSERT INTO ledger_transition (operation_id, epoch, seq, state, stage, progress_done, progress_total, message, worker,
    verdict, digest, at)
SELECT id, epoch, seq, state, '', done, total, message, '', 'applied', '', now() FROM given
"""
_own = local()
Waiting = deque[tuple[list[Report], "asyncio.Future[None]"]]


def write(reports: list[Report]) -> None:
    if not hasattr(_own, "connection"):
        _own.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    rows = [
        (one.operation, one.epoch, one.seq, one.state, *(one.progress or (None, None)), one.message) for one in reports
    ]
    _own.connection.execute(STATEMENT, [list(column) for column in zip(*rows, strict=True)], prepare=True)


class Gate:
    """Groups as ours: while one is written the next gathers."""

    def __init__(self) -> None:
        self.waiting: Waiting = deque()
        self.writing = 0
        self.threads = ThreadPoolExecutor(WRITERS)

    def take(self, reports: list[Report]) -> asyncio.Future[None]:
        done = asyncio.get_running_loop().create_future()
        self.waiting.append((reports, done))
        self.begin()
        return done

    def begin(self) -> None:
        while self.waiting and self.writing < WRITERS:
            self.writing += 1
            group = [self.waiting.popleft()]
            size = len(group[0][0])
            while self.waiting and size + len(self.waiting[0][0]) <= MOST:
                group.append(self.waiting.popleft())
                size += len(group[-1][0])
            reports = [one for several, _ in group for one in several]
            written = asyncio.get_running_loop().run_in_executor(self.threads, write, reports)
            written.add_done_callback(partial(self.told, group))

    def told(self, group: list[tuple[list[Report], asyncio.Future[None]]], written: asyncio.Future[None]) -> None:
        self.writing -= 1
        error = written.exception()
        for _, done in group:
            done.set_exception(error) if error else done.set_result(None)
        self.begin()


gate: Gate | None = None


async def application(scope: Any, receive: Any, send: Any) -> None:
    global gate
    gate = gate or Gate()
    path: str = scope["path"]
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message["body"])
        more = message.get("more_body", False)
    body = b"".join(parts)
    many = path.endswith(":batch")
    reports = reports_of(body) if many else [report_of(UUID(path.split("/")[-2]), body)]
    await gate.take(reports)  # type: ignore[arg-type]
    found = [answer(one) for one in reports]  # type: ignore[arg-type]
    told = msgspec.json.encode({"results": found} if many else found[0])
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(told))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": told})


def answer(one: Report) -> dict[str, Any]:
    head = {"state": one.state, "epoch": one.epoch, "seq": one.seq}
    return {"status": 200, "applied": True, "verdict": "applied", "head": head}


if __name__ == "__main__":
    serve(application, socket.create_server(("127.0.0.1", int(os.environ["PORT"]))), on_ready=lambda: None)
