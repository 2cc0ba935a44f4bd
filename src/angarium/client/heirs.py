"""What a process left behind is sent by a neighbour: rows of spools that nobody owns are moved into one's own.

The rows are committed here before they are deleted there, so that a crash between the two sends them twice, which the
server answers as the first time, and never loses them.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from .owner import hold, neighbours
from .pacing import log
from .spool import Spool
from .table import opened

#: Rows moved in one transaction.
AT_ONCE = 1000


def inherit_from_neighbours(spool: Spool) -> int:
    """Take over what waits in files of the same name that no living process owns; returns how many rows came."""
    own = spool.place
    if spool.path is None or own is None:
        return 0
    return sum(_inherit(spool, path) for path in neighbours(spool.path) if path != own.path)


def _inherit(spool: Spool, path: Path) -> int:
    place = hold(path)
    if place is None:
        return 0
    try:
        with closing(opened(path)) as table:
            moved = _move(table, spool)
    finally:
        place.release()
    if moved:
        log.info("%d reports that another process left in %s are sent from here.", moved, path)
    return moved


def _move(table: sqlite3.Connection, spool: Spool) -> int:
    moved = 0
    query = "SELECT id, operation, epoch, weight, lease_seconds, body FROM reports ORDER BY id LIMIT ?"
    while rows := table.execute(query, [AT_ONCE]).fetchall():
        spool.inherit([tuple(row[1:]) for row in rows])
        table.execute("DELETE FROM reports WHERE id <= ?", [rows[-1][0]])
        moved += len(rows)
    return moved
