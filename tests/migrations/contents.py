"""What is in the tables, and whether it is the same apart from what was said to be lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def only(self, columns: Collection[str]) -> list[str]:
        """The rows with these columns alone, in an order that is theirs."""
        places = [place for place, name in enumerate(self.columns) if name in columns]
        return sorted(repr([row[place] for place in places]) for row in self.rows)


def contents(connection: BaseDatabaseWrapper, tables: Collection[str]) -> dict[str, Table]:
    """Each of these tables, as the database gives it."""
    found = {}
    with connection.cursor() as cursor:
        for name in sorted(tables):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
            columns = sorted(column[0] for column in cursor.description)
            order = [[column[0] for column in cursor.description].index(name) for name in columns]
            rows = tuple(tuple(row[place] for place in order) for row in cursor.fetchall())
            found[name] = Table(tuple(columns), rows)
    return found


def differences(before: Mapping[str, Table], after: Mapping[str, Table]) -> set[str]:
    """`table` where it has other rows, or is on one side only; `table.column` where only this column differs."""
    found = set(before) ^ set(after)
    for name in set(before) & set(after):
        one, other = before[name], after[name]
        differing = {column for column in one.columns if one.only({column}) != other.only({column})}
        same = set(one.columns) - differing
        if len(one.rows) != len(other.rows) or one.only(same) != other.only(same):
            found.add(name)
        else:
            found |= {f"{name}.{column}" for column in differing | (set(one.columns) ^ set(other.columns))}
    return found
