"""Procrastinate on PostgreSQL: deferred in batches, asynchronous worker, concurrency ten, finished jobs are deleted."""

from __future__ import annotations

import asyncio
import os
import sys

import procrastinate
from effect import happen

app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=os.environ["DATABASE_URL"]))


@app.task(queue="bench", name="touch")
async def touch(number: int) -> None:
    happen(number)


async def fill(count: int) -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for first in range(0, count, 1000):
            numbers = range(first, min(first + 1000, count))
            await touch.batch_defer_async(*({"number": number} for number in numbers))


async def work() -> None:
    async with app.open_async():
        await app.run_worker_async(queues=["bench"], concurrency=10, delete_jobs="successful")


asyncio.run(fill(int(sys.argv[2])) if sys.argv[1] == "fill" else work())
