"""Identifiers that sort by the time of their making, so that indexes grow at one end."""

from __future__ import annotations

import os
import threading
import time
from datetime import datetime
from uuid import UUID

_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """A version 7 UUID (RFC 9562, 5.7): 48 bits of milliseconds, 12 bits that count within this process.

    Strictly increasing within one process, also when the clock steps back.
    """
    global _last
    with _lock:
        stamp = max((time.time_ns() // 1_000_000) << 12, _last + 1)
        _last = stamp
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return UUID(int=(stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | random)


def first_uuid7(moment: datetime) -> UUID:
    """The least version 7 UUID that can be made at this moment, to look for those made since or before."""
    stamp = min(max(int(moment.timestamp() * 1000), 0), (1 << 48) - 1)
    return UUID(int=stamp << 80 | 0x7 << 76 | 0b10 << 62)
