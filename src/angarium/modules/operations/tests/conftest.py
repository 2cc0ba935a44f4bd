"""A server in this process that takes reports as the real one does, and operations that somebody works on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from angarium.config.asgi import with_fast_paths
from angarium.engine.identity.public import create_token
from angarium.engine.ledger.public import Claim, claim, start
from angarium.engine.live import threads
from angarium.engine.tasks.testing import working
from angarium.modules.operations.api.reports import door, gate
from angarium.modules.operations.tests.entries import ENTRIES, Entry, Queued
from tests.servers.asgi import hang_up, served

KIND = "operations.task"


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.fixture
def port(transactional_db: None) -> Iterator[int]:
    """Where reports are taken on the fast path."""
    door._known.clear()
    with served(with_fast_paths(nothing)) as number:
        yield number
    hang_up([(threads._threads, threads.NUMBER), *((one._threads, gate.WRITERS) for one in gate._gates.values())])


@pytest.fixture
def token(transactional_db: None) -> str:
    """Of a service that may report."""
    return create_token("service", ["operations:report"])[1]


@pytest.fixture
def claimed(transactional_db: None) -> Callable[..., Claim]:
    """Makes an operation that somebody holds."""

    def make(**terms: Any) -> Claim:
        id = start(KIND, name="n", processing_time=1)
        return claim(id, **{"worker": "w", "lease_seconds": 60, **terms})

    return make


@pytest.fixture(params=ENTRIES, ids=lambda entry: entry.__name__)
def entry(request: pytest.FixtureRequest, token: str, port: int, claimed: Callable[..., Claim]) -> Iterator[Entry]:
    """Every way in which a report can come."""
    made: Entry = request.param(token, port)
    if not isinstance(made, Queued):
        yield made
        return
    made.marker = claimed().operation
    with working():
        yield made
