"""Tests of the runtime register their own tasks, which are forgotten after each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from angarium.engine.tasks.testing import own_tasks


@pytest.fixture(autouse=True)
def _forget_tasks() -> Iterator[None]:
    with own_tasks():
        yield
