"""What a transition costs the database: bytes of WAL, commits, and updates that stay within their page."""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg

_QUERY = """
SELECT pg_stat_force_next_flush(), pg_stat_clear_snapshot(), pg_current_wal_insert_lsn() - '0/0'::pg_lsn,
    (SELECT wal_fpi FROM pg_stat_wal),
    (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()),
    (SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = %s),
    (SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = %s)
"""


@dataclass(frozen=True)
class Costs:
    """Of so many transitions: WAL in bytes and how many images of whole pages are in it, commits, updates of heads and
    how many of these stayed within their page."""

    transitions: int
    wal: int
    images: int
    commits: int
    updates: int
    within: int

    @property
    def wal_each(self) -> float:
        return self.wal / max(1, self.transitions)

    @property
    def commits_each(self) -> float:
        return self.commits / max(1, self.transitions)

    @property
    def hot(self) -> float:
        return self.within / max(1, self.updates)


@dataclass
class Meter:
    """Reads the server's own counters; what is between the making and `read` is what was spent."""

    url: str
    heads: str
    before: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.before = self._now()

    def read(self, transitions: int) -> Costs:
        return Costs(transitions, *(now - then for now, then in zip(self._now(), self.before, strict=True)))

    def _now(self) -> tuple[int, ...]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(_QUERY, [self.heads, self.heads]).fetchone()
        assert row
        return tuple(int(value or 0) for value in row[2:])
