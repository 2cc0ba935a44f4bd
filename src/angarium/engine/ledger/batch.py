"""Updating many rows, each to values of its own, in one statement; Django's bulk_update compiles a CASE per column."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, models

#: Rows in one statement: below the least number of parameters that an SQLite may be built with.
MOST = 1000


def rewrite(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Write these columns of rows of one model. Whoever calls holds the locks on them."""
    if not rows:
        return
    meta = type(rows[0])._meta
    fields: list[models.Field[object, object]] = [meta.pk, *(meta.get_field(name) for name in columns)]  # type: ignore[list-item]
    for first in range(0, len(rows), MOST):
        chunk = rows[first : first + MOST]
        values = [field.get_db_prep_save(getattr(row, field.attname), connection) for row in chunk for field in fields]
        with connection.cursor() as cursor:
            cursor.execute(_statement(meta.db_table, fields, len(chunk)), values)


def _statement(table: str, fields: Sequence[models.Field[object, object]], rows: int) -> str:
    """`WITH … (VALUES …) UPDATE … FROM`, understood by PostgreSQL and by SQLite from 3.33."""
    quote = connection.ops.quote_name
    names = [quote(str(field.column)) for field in fields]
    places = "(" + ", ".join(["%s"] * len(fields)) + ")"
    values = ", ".join([places] * rows)
    given = [_typed(f"given.{name}", field) for name, field in zip(names, fields, strict=True)]
    changes = ", ".join(f"{name} = {value}" for name, value in list(zip(names, given, strict=True))[1:])
    return (
        f"WITH given ({', '.join(names)}) AS (VALUES {values}) "  # noqa: S608  names come from the model
        f"UPDATE {quote(table)} SET {changes} FROM given WHERE {quote(table)}.{names[0]} = {given[0]}"
    )


def _typed(value: str, field: models.Field[object, object]) -> str:
    """PostgreSQL does not guess the type of a list of values; SQLite must not be told, or it turns dates into years."""
    return f"CAST({value} AS {field.rel_db_type(connection)})" if connection.vendor == "postgresql" else value
