"""Every test here starts the product's own processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.instance import Instance
from tests.servers.processes import Process


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.processes)


@pytest.fixture(scope="session")
def seeded() -> Instance:
    """A migrated SQLite instance with a student, a teacher and a token; copied, never started."""
    return Instance().seed()


@pytest.fixture
def instance(seeded: Instance) -> Instance:
    return seeded.copy()


@pytest.fixture(scope="module")
def process(seeded: Instance) -> Iterator[tuple[Instance, Process]]:
    """An instance that serves all tests of a module, without a limit on how much they ask, and never fails unawares."""
    instance = seeded.copy()
    with instance.up(API_RATE="1000000/min") as running:
        yield instance, running
        assert "Traceback" not in running.output, running.output


@pytest.fixture
def serving(process: tuple[Instance, Process]) -> Instance:
    return process[0]
