"""A lease is renewed while somebody works, and until the end of the work is known; whoever lost it learns that."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from angarium.client import Claim, Client, LeaseLost
from angarium.kernel.clock import now

from .conftest import Connect
from .stub import LOST, Op, Stub

LEASES, BATCH = "leases:batch", "transitions:batch"


def claimed(client: Client, op: Op, lease_seconds: int = 1) -> Claim:
    held = client.claim(op.id, lease_seconds=lease_seconds)
    assert held is not None
    return held


def renewals(stub: Stub, op: Op) -> int:
    return sum(str(op.id).encode() in call.body for call in stub.asked(LEASES))


def test_a_lease_is_renewed_every_third_of_its_length(stub: Stub, connect: Connect) -> None:
    held = claimed(connect(), op := stub.op())
    before = held.lease_until
    stub.until(lambda: renewals(stub, op) >= 3)
    stub.until(lambda: held.lease_until > before)
    assert (held.lease_until - now()).total_seconds() < 1
    assert stub.asked(LEASES)[0].json == {"leases": [{"operation": str(op.id), "epoch": 1}], "lease_seconds": 1}
    assert not held.lost


def test_leases_of_one_length_are_renewed_together(stub: Stub, connect: Connect) -> None:
    client = connect()
    held = [claimed(client, stub.op()) for _ in range(20)]
    stub.until(lambda: any(len(call.json["leases"]) >= 10 for call in stub.asked(LEASES)))
    assert len(held) == 20


def test_who_loses_a_lease_learns_it_without_saying_anything(stub: Stub, connect: Connect) -> None:
    held = claimed(connect(), op := stub.op())
    op.epoch, op.held = 2, True
    stub.until(lambda: held.lost)
    with pytest.raises(LeaseLost):
        held.succeed()


@pytest.mark.parametrize("mood", [500, 401, LOST])
def test_a_keeper_that_is_not_answered_goes_on_and_loses_nothing(stub: Stub, connect: Connect, mood: int) -> None:
    held = claimed(connect(), op := stub.op())
    stub.mood, stub.moody = mood, LEASES
    stub.until(lambda: renewals(stub, op) >= 3)
    assert not held.lost
    stub.mood = None
    before = held.lease_until
    stub.until(lambda: held.lease_until > before)


def test_the_lease_is_kept_until_the_end_has_arrived(stub: Stub, connect: Connect) -> None:
    """Who finished while nobody could be told must not see the work given to another."""
    client, op = connect(), stub.op()
    held = claimed(client, op)
    stub.mood, stub.moody = 503, BATCH
    held.succeed()
    del held
    before = renewals(stub, op)
    stub.until(lambda: renewals(stub, op) >= before + 3)
    stub.mood = None
    assert client.flush()
    assert op.state == "succeeded"


def test_once_its_end_is_known_nothing_is_renewed_and_nothing_is_lost(stub: Stub, connect: Connect) -> None:
    client, op, other = connect(), stub.op(), stub.op()
    held, still = claimed(client, op), claimed(client, other)
    held.succeed()
    assert client.flush()
    stub.until(lambda: renewals(stub, other) >= 1)
    before = renewals(stub, op)
    stub.until(lambda: renewals(stub, other) >= 4)
    assert renewals(stub, op) <= before + 1
    assert (held.lost, held.ended, still.lost) == (False, True, False)


def test_an_end_that_was_left_on_disk_keeps_its_lease_in_the_next_process(
    stub: Stub, connect: Connect, spool: Path
) -> None:
    client, op = connect(spool=spool), stub.op()
    held = claimed(client, op)
    stub.mood, stub.moody = 503, BATCH
    held.succeed()
    assert not client.close(0)
    before = renewals(stub, op)
    heir = connect(spool=spool)
    stub.until(lambda: renewals(stub, op) >= before + 2)
    stub.mood = None
    assert heir.flush()
    assert op.state == "succeeded"


def test_who_drops_a_claim_or_releases_it_gives_the_lease_up(stub: Stub, connect: Connect) -> None:
    client = connect()
    ops = [stub.op() for _ in range(3)]
    claims: list[Claim | None] = [claimed(client, op) for op in ops]
    stub.until(lambda: all(renewals(stub, op) >= 1 for op in ops))
    claims[0] = None
    gc.collect()
    assert claims[1] is not None
    claims[1].release()
    before = [renewals(stub, op) for op in ops]
    stub.until(lambda: renewals(stub, ops[2]) >= before[2] + 3)
    assert all(renewals(stub, op) <= counted + 1 for op, counted in zip(ops[:2], before[:2], strict=True))


def test_the_newer_claim_of_an_operation_is_the_one_that_is_kept(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    old = claimed(client, op)
    op.held = False
    new = claimed(client, op)
    stub.until(lambda: any(call.json["leases"][0]["epoch"] == 2 for call in stub.asked(LEASES)))
    stub.until(lambda: renewals(stub, op) >= 2)
    assert not new.lost
    assert old.lost
