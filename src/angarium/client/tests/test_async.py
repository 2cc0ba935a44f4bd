"""The same verbs in a loop, which is never kept waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from angarium.client import AsyncClaim, AsyncClient, LeaseLost, NoOperation, Unavailable

from .stub import LOST, SLOW, Op, Stub


def in_loop(stub: Stub, work: Callable[[AsyncClient], Awaitable[Any]], **options: Any) -> Any:
    async def run() -> Any:
        async with AsyncClient(stub.url, "ang_token", worker="w-1", **options) as client:
            return await work(client)

    return asyncio.run(run())


async def claimed(client: AsyncClient, op: Op) -> AsyncClaim:
    held = await client.claim(op.id)
    assert held is not None
    return held


def test_work_is_claimed_reported_and_ended_in_order(stub: Stub) -> None:
    async def work(client: AsyncClient) -> None:
        id = await client.create("a", {"n": 1})
        async with await claimed(client, stub.operations[id]) as held:
            await held.report(stage="one")
            await asyncio.gather(*(held.report(metadata={"n": number}) for number in range(20)))
            await held.progress(1, 2)
            await held.succeed({"ok": True})
        assert await client.flush()
        assert (await client.operation(id, wait=1)).done

    in_loop(stub, work)
    op = next(iter(stub.operations.values()))
    assert [report["metadata"]["n"] for report in op.applied if "metadata" in report] == list(range(20))
    assert (op.applied[-1]["output"], op.late) == ({"ok": True}, [])


def test_the_loop_goes_on_while_the_server_is_silent(stub: Stub) -> None:
    async def work(client: AsyncClient) -> None:
        held = await claimed(client, stub.op())
        stub.mood = SLOW
        async with asyncio.timeout(2):
            for number in range(50):
                await held.report(stage=f"s{number}")
            await held.fail("no", code="bad")
        assert client.waiting == 51
        stub.mood = None
        stub.released.set()
        assert await client.flush()

    in_loop(stub, work, timeout=1)
    assert next(iter(stub.operations.values())).state == "failed"


def test_every_verb_has_its_state(stub: Stub) -> None:
    ops = [stub.op() for _ in range(4)]

    async def work(client: AsyncClient) -> None:
        one, two, three, four = [await claimed(client, op) for op in ops]
        await one.retry(after=60, because="busy")
        await two.cancel(because="gone")
        await three.snooze(one.lease_until, because="night")
        await four.fail("no")
        assert await client.flush()

    in_loop(stub, work)
    assert [op.state for op in ops] == ["retrying", "cancelled", "scheduled", "failed"]


def test_an_exception_fails_and_a_cancellation_leaves_the_work_to_another(stub: Stub) -> None:
    ops = [stub.op(), stub.op()]

    async def work(client: AsyncClient) -> None:
        with pytest.raises(KeyError):
            async with await claimed(client, ops[0]):
                raise KeyError("a")
        with pytest.raises(asyncio.CancelledError):
            async with await claimed(client, ops[1]):
                raise asyncio.CancelledError
        assert await client.flush()

    in_loop(stub, work)
    assert [op.state for op in ops] == ["failed", "running"]


def test_who_lost_the_lease_is_told(stub: Stub) -> None:
    op = stub.op()

    async def work(client: AsyncClient) -> None:
        held = await claimed(client, op)
        op.epoch = 2
        await held.report(stage="a")
        assert await client.flush()
        with pytest.raises(LeaseLost):
            await held.succeed()
        assert client.refused == 1

    in_loop(stub, work)


def test_questions_are_repeated_and_pages_followed(stub: Stub) -> None:
    ops = [stub.op("a") for _ in range(3)]

    async def work(client: AsyncClient) -> None:
        stub.moods.extend([LOST, 500])
        assert [held.operation for held in await client.claim_due(["a"], limit=2)] == [op.id for op in ops[:2]]
        assert [one.id async for one in client.operations(kind="a")] == [op.id for op in ops]
        assert await client.claim(ops[0].id) is None
        assert (await client.cancel(ops[2].id)).state == "cancelled"
        with pytest.raises(NoOperation):
            await client.operation(client_id())
        stub.refuse()
        with pytest.raises(Unavailable):
            await client.operation(ops[0].id)

    in_loop(stub, work)


def client_id() -> str:
    return "00000000-0000-0000-0000-000000000007"
