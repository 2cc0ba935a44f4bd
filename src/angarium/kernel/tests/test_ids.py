"""Identifiers: RFC 9562 in shape, and in the order of their making whatever the clock does."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import RFC_4122, UUID

import pytest

from angarium.kernel import ids
from angarium.kernel.ids import uuid7


def milliseconds(id: UUID) -> int:
    return id.int >> 80


def test_version_variant_and_time() -> None:
    before, id, after = time.time_ns() // 1_000_000, uuid7(), time.time_ns() // 1_000_000
    assert id.version == 7
    assert id.variant == RFC_4122
    assert before <= milliseconds(id) <= after + 10


def test_they_increase_also_within_one_millisecond() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert all(first < second for first, second in pairwise(made))


def test_threads_get_different_ones_each_in_order() -> None:
    with ThreadPoolExecutor(8) as threads:
        lots = list(threads.map(lambda _: [uuid7() for _ in range(2000)], range(8)))
    assert len({id for lot in lots for id in lot}) == 16_000
    assert all(lot == sorted(lot) for lot in lots)


def test_they_increase_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = uuid7()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 0)
    assert first < uuid7() < uuid7()


def test_the_counter_carries_into_the_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_last", (5_000 << 12) | 0xFFF)
    monkeypatch.setattr(ids.time, "time_ns", lambda: 5_000 * 1_000_000)
    id = uuid7()
    assert (milliseconds(id), id.int >> 64 & 0xFFF) == (5_001, 0)
    assert (id.version, id.variant) == (7, RFC_4122)
