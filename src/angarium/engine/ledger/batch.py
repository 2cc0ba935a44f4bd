"""Updating many rows, each to values of its own, in one statement; Django's bulk_update compiles a CASE per column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models

#: Rows in one statement: below the least number of parameters that an SQLite may be built with.
MOST = 1000
Fields = Sequence["models.Field[Any, Any]"]


def rewrite(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Write these columns of rows of one model. Whoever calls holds the locks on them."""
    if not rows:
        return
    meta = type(rows[0])._meta
    fields: Fields = [meta.pk, *(meta.get_field(name) for name in columns)]  # type: ignore[list-item]
    given = _lists if connection.vendor == "postgresql" else _values
    for first in range(0, len(rows), MOST):
        table = [[_prepared(field, row) for field in fields] for row in rows[first : first + MOST]]
        source, parameters = given(fields, table)
        with connection.cursor() as cursor:
            cursor.execute(_statement(meta.db_table, fields, source), parameters)


def _prepared(field: models.Field[Any, Any], row: models.Model) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection)


def _lists(fields: Fields, table: list[list[Any]]) -> tuple[str, list[Any]]:
    """For PostgreSQL one typed list per column, so that the statement stays short however many rows there are."""
    lists = ", ".join(f"%s::{field.rel_db_type(connection)}[]" for field in fields)
    source = f"SELECT * FROM UNNEST({lists})"  # noqa: S608  types come from the model
    return source, [list(column) for column in zip(*table, strict=True)]


def _values(fields: Fields, table: list[list[Any]]) -> tuple[str, list[Any]]:
    """For SQLite, which has no lists, and turns dates into years when it is told types."""
    row = "(" + ", ".join(["%s"] * len(fields)) + ")"
    return "VALUES " + ", ".join([row] * len(table)), [value for values in table for value in values]


def _statement(table: str, fields: Fields, source: str) -> str:
    """`WITH … UPDATE … FROM`, understood by PostgreSQL and by SQLite from 3.33."""
    quote = connection.ops.quote_name
    key, *others = [quote(str(field.column)) for field in fields]
    changes = ", ".join(f"{name} = given.{name}" for name in others)
    return (
        f"WITH given ({', '.join([key, *others])}) AS ({source}) "  # noqa: S608  names come from the model
        f"UPDATE {quote(table)} SET {changes} FROM given WHERE {quote(table)}.{key} = given.{key}"
    )
