"""The tags that clients have, to be offered where one is asked for."""

from __future__ import annotations

from django.db import connection

MOST = 100
#: From one tag to the next by the index, so that a million clients with few tags are not gone through.
_STATEMENT = """
    WITH RECURSIVE found (tag) AS (
        SELECT min(tag) FROM mailings_client WHERE deleted_at IS NULL
        UNION ALL
        SELECT (SELECT min(tag) FROM mailings_client WHERE deleted_at IS NULL AND tag > found.tag)
        FROM found WHERE found.tag IS NOT NULL
    )
    SELECT tag FROM found WHERE tag <> '' LIMIT %s
"""


def tags_in_use() -> list[str]:
    """The first hundred, in order; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, [MOST])
        return [tag for (tag,) in cursor.fetchall()]
