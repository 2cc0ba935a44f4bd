"""Which transport an address means. It is loaded when one connects: that of Redis is a tenth of a process."""

from __future__ import annotations

from kombu.transport import TRANSPORT_ALIASES


def install_transports() -> None:
    """Have `redis://` and `rediss://` mean the one with its faults mended, `memory://` the one that wakes who waits."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = "angarium.processor.broker:Transport"
    TRANSPORT_ALIASES["memory"] = "angarium.processor.inmemory:Transport"
