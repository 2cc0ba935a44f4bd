"""Leaving no transaction open, whatever strikes in one.

A run is interrupted between any two bytecodes, those of Django's `atomic` among them. Then Django has lost count: it
takes the outermost block for an inner one, or believes that it has rolled back. What was written would never be
committed, and the locks would be held until the process ends; on SQLite nobody else could write.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def none_left_open() -> Iterator[None]:
    """If what is inside fails and leaves a transaction of its own open, the connection is given up with it."""
    inside_another = connection.in_atomic_block
    try:
        yield
    except BaseException:
        if not inside_another and _is_open():
            connection.in_atomic_block = False
            connection.close()
        raise


def _is_open() -> bool:
    raw = connection.connection
    if raw is None:
        return False
    if connection.vendor == "postgresql":
        return connection.in_atomic_block or bool(raw.info.transaction_status)
    return connection.in_atomic_block or bool(raw.in_transaction)
