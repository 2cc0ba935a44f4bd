"""`filter(id__among=ids)`: as `__in`, with one parameter instead of one for each id on PostgreSQL.

With hundreds of ids in several statements per batch, writing and reading the placeholders was an eighth of its cost.
"""

from __future__ import annotations

from typing import Any

from django.db.models import ForeignKey, Lookup, UUIDField
from django.db.models.fields.related_lookups import RelatedIn
from django.db.models.lookups import In


class _OneParameter(Lookup):
    lookup_name = "among"

    def get_prep_lookup(self) -> Any:
        return list(self.rhs)

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", [*parameters, self.rhs]


@UUIDField.register_lookup
class Among(_OneParameter, In):
    """The values are UUIDs, not texts."""


@ForeignKey.register_lookup
class RelatedAmong(_OneParameter, RelatedIn):
    """The values are keys, not rows."""
