"""Every test here starts the product's own processes, except those of the checker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.scene import Scene
from tests.servers import postgres

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).parent == HERE and item.path.stem != "test_checker":
            item.add_marker(pytest.mark.processes)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def scene(request: pytest.FixtureRequest) -> Scene:
    """An instance on each of the two databases."""
    return Scene(postgres.new_database() if request.param == "postgres" else "")
