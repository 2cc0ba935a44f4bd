"""What Prometheus is told of mailings; docs/reference/metrics.md has them all."""

from __future__ import annotations

from angarium.engine.observability.public import counter, histogram

_messages = counter(
    "angarium_mailing_messages",
    "Messages of mailings that a worker was done with, by the state and the reason in which it left them.",
    ["state", "reason"],
)
_seconds = histogram("angarium_sender_seconds", "Seconds until the external sender answered, or failed to.", [])


def ended(state: str, reason: str, seconds: float | None) -> None:
    """A worker is done with a message; `seconds` is how long the sender took, None when it was not asked."""
    _messages.labels(state, reason).inc()
    if seconds is not None:
        _seconds.observe(seconds)
