"""Prometheus metrics: each is declared where it is counted, and made once however often its module is loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

Metric = TypeVar("Metric", Counter, Gauge, Histogram)

_made: dict[str, Counter | Gauge | Histogram] = {}
_before_scrape: dict[str, Callable[[], None]] = {}

#: Seconds: from a cached page to a request that waited for a lock.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


def counter(name: str, says: str, labels: Sequence[str] = ()) -> Counter:
    """A number that only grows. The name ends without `_total`; Prometheus adds it."""
    return _once(name, Counter, lambda: Counter(name, says, labels))


def gauge(name: str, says: str, labels: Sequence[str] = ()) -> Gauge:
    """A number that goes up and down; with several processes the last one that set it is shown."""
    return _once(name, Gauge, lambda: Gauge(name, says, labels, multiprocess_mode="mostrecent"))


def histogram(name: str, says: str, labels: Sequence[str] = (), buckets: Sequence[float] = SECONDS) -> Histogram:
    """How values (seconds, unless the name says otherwise) are spread over buckets."""
    return _once(name, Histogram, lambda: Histogram(name, says, labels, buckets=buckets))


def before_scrape(name: str, refresh: Callable[[], None]) -> None:
    """Have `refresh` set its gauges before each answer of /metrics; a second one of the name replaces the first."""
    _before_scrape[name] = refresh


def refreshers() -> dict[str, Callable[[], None]]:
    return dict(_before_scrape)


def exposition() -> bytes:
    """All metrics in Prometheus' text format; of all processes when PROMETHEUS_MULTIPROC_DIR names their folder."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest(REGISTRY)
    every = CollectorRegistry()
    multiprocess.MultiProcessCollector(every)  # type: ignore[no-untyped-call]
    return generate_latest(every)


def _once(name: str, kind: type[Metric], make: Callable[[], Metric]) -> Metric:
    found = _made.get(name)
    if found is None:
        found = _made[name] = make()
    if not isinstance(found, kind):
        raise TypeError(f"The metric {name} is a {type(found).__name__} elsewhere.")
    return found
