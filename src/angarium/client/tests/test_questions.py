"""Questions are asked at once, tried three times more, and then say that nobody answers."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from angarium.client import Client, Invalid, NoOperation, Refused, Unavailable

from .conftest import Connect
from .stub import HTML, LOST, MALFORMED, RESET, SLOW, Stub


def test_an_operation_is_created_with_what_was_given(stub: Stub, connect: Connect) -> None:
    at = datetime(2030, 1, 1, tzinfo=UTC)
    id = connect().create("resize_image", {"url": "u"}, key="order-7", run_at=at, metadata={"a": 1})
    assert list(stub.operations) == [id]
    call = stub.asked("/operations")[0]
    assert (call.method, call.path) == ("POST", "/api/operations/operations")
    assert call.json == {
        "kind": "resize_image",
        "input": {"url": "u"},
        "key": "order-7",
        "run_at": "2030-01-01T00:00:00Z",
        "metadata": {"a": 1},
    }


def test_creating_again_after_a_lost_answer_brings_the_same_key(stub: Stub, connect: Connect) -> None:
    client = connect()
    stub.moods.extend([LOST, 500])
    client.create("resize_image")
    keys = {call.headers["Idempotency-Key"] for call in stub.asked("/operations")}
    assert len(keys) == 1
    client.create("resize_image")
    assert len({call.headers["Idempotency-Key"] for call in stub.asked("/operations")}) == 2


def test_a_claim_brings_what_is_to_be_done(stub: Stub, connect: Connect) -> None:
    op = stub.op("resize_image", url="u")
    held = connect().claim(op.id, lease_seconds=60)
    assert held is not None
    assert (held.operation, held.kind, held.epoch, held.attempt, held.max_claims) == (op.id, op.kind, 1, 1, 5)
    assert (held.input, held.metadata, held.lease_seconds, held.worker) == ({"url": "u"}, {}, 60, "w-1")
    assert timedelta(seconds=50) < held.lease_until - datetime.now(UTC) <= timedelta(seconds=60)
    said = stub.asked("/claim")[0].json
    assert (said["worker"], said["lease_seconds"]) == ("w-1", 60)


def test_what_is_taken_or_done_is_not_given(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    held = client.claim(op.id)
    assert held is not None
    assert client.claim(str(op.id)) is None


def test_a_claim_whose_answer_was_lost_is_given_again(stub: Stub, connect: Connect) -> None:
    op = stub.op()
    stub.moods.append(LOST)
    held = connect().claim(op.id)
    assert held is not None
    assert (held.epoch, op.epoch, len(stub.asked("/claim"))) == (1, 1, 2)


def test_what_is_due_is_claimed_oldest_first(stub: Stub, connect: Connect) -> None:
    client, ops = connect(), [stub.op("a"), stub.op("b"), stub.op("a"), stub.op("a")]
    held = client.claim_due(["a"], limit=2)
    assert [one.operation for one in held] == [ops[0].id, ops[2].id]
    assert [one.operation for one in client.claim_due(["a"], limit=10)] == [ops[3].id]
    assert client.claim_due(["a"]) == []


def test_an_operation_is_looked_at_and_waited_for(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op("a")
    assert (client.operation(op.id).state, client.operation(op.id).done) == ("queued", False)
    op.state = "succeeded"
    assert client.operation(str(op.id), wait=29.5).done
    assert stub.calls[-1].path.endswith("?wait=30s")
    assert client.operation(op.id, wait=600).done
    assert stub.calls[-1].path.endswith("?wait=60s")


def test_a_list_goes_through_all_its_pages(stub: Stub, connect: Connect) -> None:
    client, ops = connect(), [stub.op("a") for _ in range(5)]
    stub.op("b")
    assert [one.id for one in client.operations(kind="a", state=None)] == [op.id for op in ops]
    assert [call.path.partition("?")[2] for call in stub.asked("/operations")] == [
        "kind=a", "kind=a&cursor=2", "kind=a&cursor=4",
    ]  # fmt: skip


def test_an_operation_is_cancelled(stub: Stub, connect: Connect) -> None:
    client, op = connect(), stub.op()
    assert client.cancel(op.id, because="not wanted").state == "cancelled"
    assert stub.calls[-1].json == {"because": "not wanted"}


@pytest.mark.parametrize("mood", [500, 503, 429, HTML, MALFORMED, RESET])
def test_three_failures_are_forgiven_and_a_fourth_is_not(stub: Stub, connect: Connect, mood: int | str) -> None:
    client, op = connect(), stub.op()
    stub.moods.extend([mood] * 3)
    assert client.operation(op.id).id == op.id
    stub.moods.extend([mood] * 4)
    with pytest.raises(Unavailable):
        client.operation(op.id)
    assert len(stub.calls) == 8


def test_nobody_there_is_said_in_time(stub: Stub, connect: Connect) -> None:
    client = connect()
    stub.refuse()
    began = time.monotonic()
    with pytest.raises(Unavailable, match="ConnectError"):
        client.claim(uuid4())
    assert time.monotonic() - began < 5


def test_who_does_not_answer_is_not_waited_for(stub: Stub, connect: Connect) -> None:
    client = connect(timeout=0.1)
    stub.mood = SLOW
    with pytest.raises(Unavailable, match="ReadTimeout"):
        client.operation(uuid4())


def test_a_refusal_is_not_repeated_and_says_its_code(stub: Stub, connect: Connect) -> None:
    client = connect()
    stub.mood = 403
    with pytest.raises(Refused, match="of_403") as refused:
        client.create("a")
    assert (refused.value.status, refused.value.code, len(stub.calls)) == (403, "of_403", 1)
    stub.mood = None
    with pytest.raises(NoOperation):
        client.operation(uuid4())


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://a", "http://", "", "http://a:b"])
def test_what_is_no_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(Invalid, match="is no address"):
        Client(url)


@pytest.mark.parametrize("tail", ["", "/", "/api/operations", "/api/operations/"])
def test_an_address_is_a_host_or_where_operations_stand(stub: Stub, tail: str) -> None:
    op = stub.op()
    with Client(stub.url + tail) as client:
        assert client.operation(op.id).id == op.id
    assert "Authorization" not in stub.calls[0].headers


def test_what_is_no_id_or_no_json_is_refused_before_anything_is_asked(stub: Stub, connect: Connect) -> None:
    client = connect()
    with pytest.raises(Invalid, match="no id"):
        client.claim("7")
    with pytest.raises(Invalid, match="JSON"):
        client.create("a", {"a": object()})
    assert stub.calls == []
