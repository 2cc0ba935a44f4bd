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

Between these, and finer, every boundary of SQL in a thread that works, counted from its first claim on:

    before-sql, after-sql           a statement is sent next; a statement was answered
    before-commit, after-commit     the same for COMMIT
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db.backends.signals import connection_created

_AT_SQL = {"before-sql", "after-sql", "before-commit", "after-commit"}
_point, _number, _seconds = "", 1, ""
_seen: Counter[str] = Counter()
_lock = threading.Lock()
_here = threading.local()


def arm(fault: str) -> None:
    """Meet this fault, written as in ANGARIUM_FAULT, from now on; counting begins anew."""
    global _point, _number, _seconds
    _point, _, rest = fault.partition(":")
    number, _, _seconds = rest.partition(":")
    _number = int(number or 1)
    _seen.clear()
    connection_created.disconnect(_watch)
    if _point in _AT_SQL:
        connection_created.connect(_watch)


def reached(point: str) -> None:
    """The work has come to this point."""
    if not _point:
        return
    if point == "claim":
        _here.works = True
    if point == _point:
        _met(point)


def _met(point: str) -> None:
    with _lock:
        _seen[point] += 1
        is_it = _seen[point] == _number
    if not is_it:
        return
    if not _seconds:
        os.kill(os.getpid(), signal.SIGKILL)
    sys.stdout.write(f"fault: staying at {point}\n")
    sys.stdout.flush()
    time.sleep(float(_seconds))


def _watch(connection: Any, **_: Any) -> None:
    """Come to a point around each statement and each COMMIT of this connection."""
    if _around_statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_around_statement)
        connection._commit = _around("commit", connection._commit)


def _around_statement(execute: Callable[..., Any], *arguments: Any) -> Any:
    return _around("sql", execute)(*arguments)


def _around(what: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*arguments: Any) -> Any:
        _met_at_sql(f"before-{what}")
        answer = call(*arguments)
        _met_at_sql(f"after-{what}")
        return answer

    return wrapped


def _met_at_sql(point: str) -> None:
    if point == _point and getattr(_here, "works", False):
        _met(point)


arm(os.environ.get("ANGARIUM_FAULT", ""))
