"""What PostgreSQL does when a process of ours is frozen, or its machine gone, in the midst of a transaction: it holds
what it has locked until the server ends its session."""

from __future__ import annotations

from django.db import connection

#: Seconds that threads whose transactions take milliseconds may be silent within one.
SILENT = 10.0


def limit_session(*, silent: float = SILENT, lock: float = 0.0) -> None:
    """On this thread's connection no transaction is left open for longer in silence, and none waits for a lock for
    longer, in seconds (0: as the server has it). Asked again it costs nothing."""
    if connection.vendor != "postgresql":
        return
    connection.ensure_connection()
    if getattr(connection.connection, "is_limited", False):
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET idle_in_transaction_session_timeout = {silent * 1000:.0f}")
        if lock:
            cursor.execute(f"SET lock_timeout = {lock * 1000:.0f}")
    connection.connection.is_limited = True
