"""Every test here starts the product's own processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes.instance import Instance


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
