"""Rewriting many rows in one statement gives each its own values, of every type, also none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from angarium.engine.ledger import batch
from angarium.engine.ledger.batch import rewrite
from angarium.engine.ledger.models import Operation

from .story import work

pytestmark = pytest.mark.django_db

COLUMNS = ("stage", "progress_done", "message", "seq", "metadata", "output", "error", "updated_at", "finished_at")
NOON = datetime(2026, 3, 2, 12, 30, 15, 123456, tzinfo=UTC)
VALUES: list[tuple[Any, ...]] = [
    ("", None, "", 0, {}, None, None, NOON, None),
    ("50 %", 0.1, 'O\'Hara\n\\ "%s" Ж', 2**40, {"a": [1, None, "ж"]}, [1], {"e": {}}, NOON, NOON),
    ("s", 3, "m", 5, {"b": 1.5}, "text", 7, NOON, None),
]


@pytest.fixture(autouse=True)
def _invariants() -> None:
    """These tests write heads past the ledger, so its invariants do not hold."""


def stored(id: Any) -> tuple[Any, ...]:
    return Operation.objects.values_list(*COLUMNS).get(id=id)


@pytest.mark.parametrize("most", [1, 2, 1000])
def test_each_row_gets_its_own_values(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MOST", most)
    rows = [Operation.objects.get(id=work()) for _ in VALUES]
    untouched = Operation.objects.get(id=work())
    for row, values in zip(rows, VALUES, strict=True):
        for column, value in zip(COLUMNS, values, strict=True):
            setattr(row, column, value)
    rewrite(rows, COLUMNS)
    assert [stored(row.id) for row in rows] == VALUES
    assert stored(untouched.id) == tuple(getattr(untouched, column) for column in COLUMNS)


@pytest.mark.parametrize("values", VALUES)
def test_one_row_alone(values: tuple[Any, ...]) -> None:
    row = Operation.objects.get(id=work())
    for column, value in zip(COLUMNS, values, strict=True):
        setattr(row, column, value)
    rewrite([row], COLUMNS)
    assert stored(row.id) == values


def test_nothing_is_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        rewrite([], COLUMNS)
