"""The numbers of tasks and of the relay, and the port on which a worker or beat tells them."""

from __future__ import annotations

from typing import Any

from celery.signals import beat_init, worker_process_init, worker_ready

from angarium.engine.observability.public import counter, gauge, histogram, leave_metrics, serve_metrics

#: Seconds: a task takes from a row's write to half an hour's export.
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
LOST = "lease_lost"

_runs = counter("angarium_task_runs", "Attempts by the state in which they left their operation.", ["task", "state"])
_seconds = histogram("angarium_task_seconds", "Seconds an attempt took.", ["task"], _SECONDS)
_attempts = histogram("angarium_task_attempts", "Which attempt it was that ended.", ["task"], (1, 2, 3, 5, 10, 20))
ignored = counter("angarium_calls_ignored", "Wake-up calls for which there was nothing to do (any more).")
published = counter("angarium_calls_published", "Wake-up calls that the broker took.", ["queue"])
broker_failures = counter("angarium_broker_failures", "Times that the broker did not take what was published.")
relay_pass = gauge("angarium_relay_pass_timestamp_seconds", "When a relay last looked at the database and it answered.")


def ran(task: str, state: str, attempt: int, seconds: float) -> None:
    """Count one attempt; `state` is the operation's after it, or LOST in a worker that was replaced."""
    _runs.labels(task, state).inc()
    _seconds.labels(task).observe(seconds)
    _attempts.labels(task).observe(attempt)


@worker_ready.connect
@beat_init.connect
def _serve(**_: Any) -> None:
    serve_metrics()


@worker_process_init.connect
def _leave(**_: Any) -> None:
    leave_metrics()
