"""Faults on demand, so that tests can kill the product at every moment that matters. Without ANGARIUM_FAULT nothing.

`ANGARIUM_FAULT=point:n` kills this process when it comes to the point for the n-th time, `ANGARIUM_FAULT=point:n:30`
makes it stay there for thirty seconds instead. The points, in the order in which a piece of work meets them:

    due         taken by the dispatcher and not yet published
    claim       a worker has the call and claims next
    claimed     the claim is committed
    effect      the function of an `outside` task has returned, in no transaction
    written     the function of any other task has returned, inside its transaction
    outcome     outcome and events are written, not committed
    committed   they are committed; what is told after the commit (the line of the log) is not told yet
    ran         everything is done, the broker does not know it
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import Counter

_point, _, _rest = os.environ.get("ANGARIUM_FAULT", "").partition(":")
_number, _, _seconds = _rest.partition(":")
_seen: Counter[str] = Counter()
_lock = threading.Lock()


def reached(point: str) -> None:
    """The work has come to this point."""
    if point != _point:
        return
    with _lock:
        _seen[point] += 1
        is_it = _seen[point] == int(_number or 1)
    if not is_it:
        return
    if not _seconds:
        os.kill(os.getpid(), signal.SIGKILL)
    sys.stdout.write(f"fault: staying at {point}\n")
    sys.stdout.flush()
    time.sleep(float(_seconds))
