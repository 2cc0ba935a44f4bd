"""A service that makes thumbnails, and says how that goes. Of Angarium it knows the client alone.

ANGARIUM_URL=http://localhost:8000 ANGARIUM_TOKEN=ang_… uvicorn service:app --port 8100
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel

from angarium.client import AsyncClaim, AsyncClient, LeaseLost, Refused, Unavailable

KIND = "make_thumbnails"
#: How many pictures are worked on together; seconds for one size, and between two looks for work.
AT_ONCE = 4
PACE = float(os.environ.get("RESIZER_PACE", "0.5"))
LOOK = 0.5

log = logging.getLogger("uvicorn.error")


class Picture(BaseModel):
    url: str
    sizes: list[int] = [64, 128, 256]


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    """One client for the whole process; on the way out it sends what is left, or leaves it to the next process."""
    async with AsyncClient(
        os.environ["ANGARIUM_URL"],
        os.environ["ANGARIUM_TOKEN"],
        worker="resizer-1",
        spool=os.environ.get("RESIZER_SPOOL", "reports.sqlite"),
    ) as client:
        looking = asyncio.create_task(look_for_work(client))
        yield {"client": client}
        looking.cancel()


app = FastAPI(title="Resizer", lifespan=lifespan)


def client_of(request: Request) -> AsyncClient:
    return request.state.client


Angarium = Annotated[AsyncClient, Depends(client_of)]


@app.post("/pictures", status_code=202)
async def accept(picture: Picture, angarium: Angarium) -> dict[str, UUID]:
    """Somebody wants thumbnails: that is an operation from here on, and this process may die."""
    return {"operation": await angarium.create(KIND, picture.model_dump())}


@app.get("/pictures/{id}")
async def show(id: UUID, angarium: Angarium) -> dict[str, Any]:
    found = await angarium.operation(id)
    return {"state": found.state, "done": found.progress.done, "files": found.output}


async def look_for_work(client: AsyncClient) -> None:
    """Take what is due, as much as there are hands; while Angarium is away there is nothing to take."""
    working: set[asyncio.Task[None]] = set()
    while True:
        if len(working) < AT_ONCE:
            try:
                for held in await client.claim_due([KIND], limit=AT_ONCE - len(working)):
                    task = asyncio.create_task(work(held))
                    working.add(task)
                    task.add_done_callback(working.discard)
            except (Unavailable, Refused) as error:
                log.warning("no work can be had: %s", error)
        await asyncio.sleep(LOOK)


async def work(held: AsyncClaim) -> None:
    """One picture. An exception that leaves the block is reported as its failure."""
    try:
        async with held:
            picture = Picture(**held.input)
            files = []
            for size in picture.sizes:
                files.append(await shrink(picture.url, size))
                await held.progress(len(files), len(picture.sizes), unit="sizes", stage=f"{size} px")
            await held.succeed({"files": files})
            log.info("made %s", held.operation)
    except LeaseLost:
        log.warning("%s was given to somebody else", held.operation)
    except Exception:
        log.exception("%s failed", held.operation)


async def shrink(url: str, size: int) -> str:
    """Where a real service would fetch and scale, this one takes its time."""
    await asyncio.sleep(PACE)
    return f"{url.rpartition('/')[2]}.{size}.webp"
