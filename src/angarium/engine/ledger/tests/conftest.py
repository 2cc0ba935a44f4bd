"""A kind of work that nobody runs, and the invariants asked after every test that has a database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from angarium.engine.ledger import kinds
from angarium.engine.ledger.public import Kind, register
from angarium.engine.ledger.testing import broken_invariants


@pytest.fixture(autouse=True)
def _work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    register(Kind("test.work", "test", max_claims=3))
    register(Kind("test.other", "test"))


@pytest.fixture(autouse=True)
def _invariants(request: pytest.FixtureRequest) -> Iterator[None]:
    marker = request.node.get_closest_marker("django_db")
    if marker is not None:
        request.getfixturevalue("transactional_db" if marker.kwargs.get("transaction") else "db")
    yield
    if marker is not None:
        assert broken_invariants() == []
