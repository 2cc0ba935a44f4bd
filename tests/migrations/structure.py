"""What a database consists of, as lines that can be compared: tables with their columns, indexes, constraints, triggers
and functions. The order of columns and the way in which SQLite writes a table down are no part of it."""

from __future__ import annotations

import re

from django.db.backends.base.base import BaseDatabaseWrapper

_POSTGRES = """
    SELECT 'table ' || c.relname || ' ' || coalesce(array_to_string(c.reloptions, ','), '')
      FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    UNION ALL
    SELECT 'column ' || concat_ws(' ', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid))
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT 'index ' || pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'constraint ' || concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'function ' || pg_get_functiondef(p.oid) FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f'
       AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
_SQLITE = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
_BODY = re.compile(r"CREATE TABLE \"?(\w+)\"? ?\((.*)\)", re.DOTALL)


def structure(connection: BaseDatabaseWrapper) -> set[str]:
    """The lines; empty for a database with nothing in it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES)
            return {row[0] for row in cursor.fetchall()}
        cursor.execute(_SQLITE)
        rows = cursor.fetchall()
    return {line for kind, name, sql in rows for line in (_parts(sql) if kind == "table" else [_plain(sql)])}


def triggers(lines: set[str]) -> set[str]:
    return {line for line in lines if line.startswith(("trigger ", "CREATE TRIGGER "))}


def _parts(sql: str) -> list[str]:
    """A line for each column and constraint of a table, without what only says in which way it came to be."""
    found = _BODY.fullmatch(sql)
    assert found, sql
    name, body = found.groups()
    return [f"table {name}", *(f"{name}: {_plain(part)}" for part in _split(body))]


def _split(body: str) -> list[str]:
    """The parts between commas that are in no brackets and no quotes."""
    parts, depth, quoted = [""], 0, ""
    for sign in body:
        if quoted:
            quoted = "" if sign == quoted else quoted
        elif sign in "'\"":
            quoted = sign
        depth += (not quoted) * ((sign == "(") - (sign == ")"))
        if sign == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _plain(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip()
