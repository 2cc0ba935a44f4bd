"""A stub of Angarium, a runner that talks to it, and handlers that are forgotten after the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from angarium.client import Client
from angarium.client.tests.stub import Stub, serving
from angarium.processor import registry
from angarium.processor.runner import Runner


@pytest.fixture(autouse=True)
def _own_handlers() -> Iterator[None]:
    before = dict(registry._handlers)
    yield
    registry._handlers.clear()
    registry._handlers.update(before)


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as made:
        yield made


@pytest.fixture
def client(stub: Stub) -> Iterator[Client]:
    made = Client(stub.url, "ang_token", worker="b-1", timeout=5)
    yield made
    made.close(0)


@pytest.fixture
def runner(client: Client) -> Iterator[Runner]:
    made = Runner(client, lease_seconds=30)
    yield made
    made.stop()
