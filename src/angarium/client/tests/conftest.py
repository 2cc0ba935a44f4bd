"""A stub of Angarium and clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from angarium.client import Client

from .stub import Stub, serving

Connect = Callable[..., Client]


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as made:
        yield made


@pytest.fixture
def connect(stub: Stub) -> Iterator[Connect]:
    """Makes clients of the stub; those that are still open at the end are closed without waiting."""
    with ExitStack() as closing:

        def connected(**options: Any) -> Client:
            client = Client(stub.url, "ang_token", worker="w-1", **options)
            closing.callback(client.close, 0)
            return client

        yield connected


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "reports.sqlite"
