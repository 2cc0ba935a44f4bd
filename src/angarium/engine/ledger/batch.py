"""Writing many rows in one statement, appended or each rewritten to values of its own.

Django's bulk_create and bulk_update prepare each value of each row by itself and compile a CASE per column; that was
most of what a batch cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, models

#: Rows in one statement: below the least number of parameters that an SQLite may be built with.
MOST = 1000
Fields = Sequence["models.Field[Any, Any]"]
Table = Sequence[Sequence[Any]]
#: What psycopg takes as it is in our rows. Floats are not among them: a list must not hold whole numbers as well.
_NATIVE = (models.UUIDField, models.ForeignKey, models.DateTimeField, models.IntegerField)


def append(model: type[models.Model], columns: Sequence[str], rows: Table) -> None:
    """Insert these rows; what is not among the columns is empty (NULL), so they must name the rest."""
    quote = connection.ops.quote_name
    fields = fields_of(model, columns)
    names = ", ".join(quote(str(field.column)) for field in fields)
    for source, parameters in sources(fields, rows):
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({names}) {source}", parameters)


def rewrite(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Write these columns of rows of one model. Whoever calls holds the locks on them."""
    if not rows:
        return
    meta = type(rows[0])._meta
    fields: Fields = [meta.pk, *(meta.get_field(name) for name in columns)]  # type: ignore[list-item]
    table = [[getattr(row, field.attname) for field in fields] for row in rows]
    for source, parameters in sources(fields, table):
        with connection.cursor() as cursor:
            cursor.execute(_statement(meta.db_table, fields, source), parameters)


def fields_of(model: type[models.Model], columns: Sequence[str]) -> Fields:
    """The fields of these names."""
    return [model._meta.get_field(name) for name in columns]  # type: ignore[misc]


def sources(fields: Fields, table: Table) -> Sequence[tuple[str, list[Any]]]:
    """The rows as sources of statements, with their parameters."""
    given = _lists if connection.vendor == "postgresql" else _values
    return [given(fields, _prepared(fields, table[first : first + MOST])) for first in range(0, len(table), MOST)]


def _prepared(fields: Fields, table: Table) -> list[list[Any]]:
    """The columns of this table as the database wants their values."""
    columns = zip(*table, strict=True)
    return [_column(field, values) for field, values in zip(fields, columns, strict=True)]


def _column(field: models.Field[Any, Any], values: Sequence[Any]) -> list[Any]:
    if connection.vendor == "postgresql" and isinstance(field, _NATIVE):
        return list(values)
    prepare = str if isinstance(field, models.CharField) else partial(field.get_db_prep_save, connection=connection)
    return [None if value is None else prepare(value) for value in values]


def _lists(fields: Fields, columns: list[list[Any]]) -> tuple[str, list[Any]]:
    """For PostgreSQL one typed list per column, so that the statement stays short however many rows there are; what
    is the same in every row is given once."""
    chosen: list[str] = []
    lists: list[str] = []
    constants: list[Any] = []
    parameters: list[Any] = []
    for number, (field, column) in enumerate(zip(fields, columns, strict=True)):
        given = f"%s::{field.rel_db_type(connection)}"
        if number and column.count(column[0]) == len(column):
            chosen.append(given)
            constants.append(column[0])
        else:
            chosen.append(f"listed.c{len(lists)}")
            lists.append(f"{given}[]")
            parameters.append(column)
    names = ", ".join(f"c{number}" for number in range(len(lists)))
    source = f"SELECT {', '.join(chosen)} FROM UNNEST({', '.join(lists)}) AS listed ({names})"  # noqa: S608
    return source, [*constants, *parameters]


def _values(fields: Fields, columns: list[list[Any]]) -> tuple[str, list[Any]]:
    """For SQLite, which has no lists, and turns dates into years when it is told types."""
    row = "(" + ", ".join(["%s"] * len(fields)) + ")"
    rows = list(zip(*columns, strict=True))
    return "VALUES " + ", ".join([row] * len(rows)), [value for values in rows for value in values]


def _statement(table: str, fields: Fields, source: str) -> str:
    """`WITH … UPDATE … FROM`, understood by PostgreSQL and by SQLite from 3.33."""
    quote = connection.ops.quote_name
    key, *others = [quote(str(field.column)) for field in fields]
    changes = ", ".join(f"{name} = given.{name}" for name in others)
    return (
        f"WITH given ({', '.join([key, *others])}) AS ({source}) "  # noqa: S608  names come from the model
        f"UPDATE {quote(table)} SET {changes} FROM given WHERE {quote(table)}.{key} = given.{key}"
    )


def as_uuid(value: Any) -> Any:
    """An id as a raw statement answers it: SQLite keeps ids as texts."""
    return UUID(value) if isinstance(value, str) else value
