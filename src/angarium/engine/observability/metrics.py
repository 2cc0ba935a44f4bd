"""Prometheus metrics: each is declared where it is counted, and made once however often its module is loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from django.db import OperationalError
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from . import processes
from .logs import get_logger

log = get_logger("angarium.observability")
Metric = TypeVar("Metric", Counter, Gauge, Histogram)

_made: dict[str, Counter | Gauge | Histogram] = {}
_readers: dict[str, Callable[[], Iterable[Reading]]] = {}

#: Seconds: from a cached page to a request that waited for a lock.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

if processes.is_wanted():
    processes.share()
    processes.fork_safely(lambda: list(_made.values()))


@dataclass(frozen=True, slots=True)
class Reading:
    """What the whole instance stands at, read when somebody asks: {values of the labels: number}.

    `grows` says that it only ever grows; its name then ends with `_total`.
    """

    name: str
    says: str
    values: Mapping[tuple[str, ...], float]
    labels: tuple[str, ...] = ()
    grows: bool = False

    def family(self) -> Family:
        kind = CounterMetricFamily if self.grows else GaugeMetricFamily
        family = kind(self.name, self.says, labels=self.labels)
        for labels, value in self.values.items():
            family.add_metric(labels, value)
        return family


def counter(name: str, says: str, labels: Sequence[str] = ()) -> Counter:
    """A number that only grows. The name ends without `_total`; Prometheus adds it."""
    return _once(name, Counter, lambda: Counter(name, says, labels))


def gauge(name: str, says: str, labels: Sequence[str] = (), *, summed: bool = False) -> Gauge:
    """A number that goes up and down; with several processes the last one that set it is shown, or their sum."""
    mode: Literal["livesum", "mostrecent"] = "livesum" if summed else "mostrecent"
    return _once(name, Gauge, lambda: Gauge(name, says, labels, multiprocess_mode=mode))


def histogram(name: str, says: str, labels: Sequence[str] = (), buckets: Sequence[float] = SECONDS) -> Histogram:
    """How values (seconds, unless the name says otherwise) are spread over buckets."""
    return _once(name, Histogram, lambda: Histogram(name, says, labels, buckets=buckets))


def at_scrape(name: str, read: Callable[[], Iterable[Reading]]) -> None:
    """Have `read` asked for each answer of /metrics; a second one of the name replaces the first.

    For what the database knows of the whole instance: it is right in whichever process is asked, and after a restart.
    """
    _readers[name] = read


def readings() -> list[Reading]:
    """What every reader says. One that fails leaves its numbers out, and the others are served; once the database does
    not answer nobody else waits for it, or the scrape would time out and what was counted would be lost as well."""
    found: list[Reading] = []
    for name, read in _readers.items():
        try:
            found.extend(read())
        except OperationalError as error:
            log.warning("metrics.database_unavailable", metric=name, error=str(error).strip())
            break
        except Exception:  # one part's numbers may be missing, the others' must be served
            log.warning("metrics.reading_failed", metric=name, exc_info=True)
    return found


def counted() -> CollectorRegistry:
    """What was counted by this process, or by all of its role where they share a folder."""
    if not os.environ.get(processes.FOLDER):
        return REGISTRY
    every = CollectorRegistry()
    multiprocess.MultiProcessCollector(every)  # type: ignore[no-untyped-call]
    return every


def exposition() -> bytes:
    """All metrics in Prometheus' text format: what was counted here, and what the instance stands at."""
    read = CollectorRegistry()
    read.register(_Read())
    return generate_latest(counted()) + generate_latest(read)


class _Read(Collector):
    """The readings as the client's registry wants them."""

    def collect(self) -> Iterable[Family]:
        return [reading.family() for reading in readings()]

    def describe(self) -> Iterable[Family]:
        return []


def _once(name: str, kind: type[Metric], make: Callable[[], Metric]) -> Metric:
    found = _made.get(name)
    if found is None:
        found = _made[name] = make()
    if not isinstance(found, kind):
        raise TypeError(f"The metric {name} is a {type(found).__name__} elsewhere.")
    return found
